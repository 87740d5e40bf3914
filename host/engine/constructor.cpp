#include "engine/constructor.hpp"

#include "core/check.hpp"

#include <algorithm>

namespace clique::engine {
namespace {

constexpr std::size_t most_in_full = 4;
constexpr int field_bits = 16;

std::string show_grid(std::uint64_t fields) {
  std::string dims, periods;
  for (int d = 0; fields != 0; ++d, fields >>= field_bits) {
    const std::uint64_t field = fields & ((1u << field_bits) - 1);
    dims += core::formatted("{}{}", d == 0 ? "" : " x ", field >> 1);
    if ((field & 1) != 0) periods += core::formatted("{} {}", periods.empty() ? ", periodic in dimension" : " and", d);
  }
  return (dims.empty() ? "1" : dims) + " ranks" + periods;
}

std::string show_dimensions(std::uint64_t mask) {
  std::string result;
  for (int d = 0; mask != 0; ++d, mask >>= 1) {
    if ((mask & 1) != 0) result += core::formatted("{} {}", result.empty() ? "" : " and", d);
  }
  return result.empty() ? " no dimension" : " dimension" + result;
}

}  // namespace

void sign(transport::signature& mine, constructor what) {
  mine.op = static_cast<std::uint32_t>(what);
}

void sign(transport::signature& mine, constructor what, const cartesian& grid) {
  sign(mine, what);
  const auto& dims = grid.dims();
  const bool in_full = dims.size() <= most_in_full &&
                       std::all_of(dims.begin(), dims.end(), [](int each) { return each < 1 << (field_bits - 1); });
  mine.root = in_full ? 0 : static_cast<std::int32_t>(dims.size());
  mine.count = 0;
  for (std::size_t d = dims.size(); d-- != 0;) {
    const std::uint64_t field = static_cast<std::uint64_t>(dims[d]) << 1 | static_cast<unsigned>(grid.periods()[d]);
    if (in_full) {
      mine.count = mine.count << field_bits | field;
    } else {
      mine.count = (mine.count ^ field) * 0x9e3779b97f4a7c15u;
      mine.count ^= mine.count >> 32;
    }
  }
}

void sign(transport::signature& mine, constructor what, std::span<const int> remains) {
  sign(mine, what);
  mine.count = 0;
  for (std::size_t d = 0; d < remains.size(); ++d) mine.count |= std::uint64_t{remains[d] != 0} << d;
}

std::string describe_constructor(const transport::signature& of) {
  switch (static_cast<constructor>(of.op)) {
    case constructor::none: return "agree";
    case constructor::dup: return "dup";
    case constructor::split: return "split";
    case constructor::split_by_node: return "split_by_node";
    case constructor::make_cart:
      return of.root == 0 ? "make_cart of " + show_grid(of.count)
                          : core::formatted("make_cart of {} dimensions (mark {:x})", of.root, of.count);
    case constructor::cart_sub: return "cart_sub that keeps" + show_dimensions(of.count);
    case constructor::make_graph: return "make_graph";
  }
  return "a constructor that does not exist";
}

}  // namespace clique::engine
