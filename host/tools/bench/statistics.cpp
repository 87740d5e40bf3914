#include "bench/statistics.hpp"

#include <algorithm>

namespace clique::tools {

summary summarize(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2, beyond = values.size() / 20;
  const double median = values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {values[beyond], median, values[values.size() - 1 - beyond]};
}

}  // namespace clique::tools
