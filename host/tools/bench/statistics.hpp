// What a series of timings comes to.
#pragma once

#include <vector>

namespace clique::tools {

struct summary {
  double p5 = 0, median = 0, p95 = 0;
};

// Of at least one value; of none, all zero. p5 is the value that a twentieth of them do not pass, p95 the one that only
// a twentieth do; of fewer than twenty, the least and the greatest. The median of an even number is the mean of the two
// in the middle.
[[nodiscard]] summary summarize(std::vector<double> values);

}  // namespace clique::tools
