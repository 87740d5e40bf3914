// What a series of timings comes to.
#pragma once

#include <vector>

namespace clique::tools {

struct summary {
  double min = 0, median = 0, max = 0;
};

// Of at least one value; of none, all zero. The median of an even number is the mean of the two in the middle.
[[nodiscard]] summary summarize(std::vector<double> values);

}  // namespace clique::tools
