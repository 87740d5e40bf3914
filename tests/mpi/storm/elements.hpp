// The element types of the storm, their operators and kernels, each with what it must give, computed on the host.
#pragma once

#include <clique/clique.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace storm {

struct particle {
  float x, y;
  std::int32_t id;
};

struct operator_row {
  clique::reduce_op op;
  std::function<void(std::byte* left, const std::byte* right, std::size_t count)> combine;  // left = left op right
  std::function<void(std::byte* values, std::size_t count, int ranks)> finish;              // of mean alone
};

// A kernel that changes a region, what it does being a function of the seed.
struct touch {
  int what;  // 0 fill, 1 arange, 2 random, 3 transform
  std::uint64_t seed;
};
inline constexpr int touch_kinds = 4;

class element_row {
 public:
  element_row(clique::datatype of, std::vector<operator_row> with) : type(of), operators(std::move(with)) {}
  virtual ~element_row() = default;
  const clique::datatype type;
  const std::vector<operator_row> operators;
  [[nodiscard]] std::size_t bytes() const { return clique::size_of(type); }

  virtual void enqueue(const clique::device& where, const clique::region& at, const touch& how) const = 0;
  virtual void expect(std::byte* at, std::size_t count, const touch& how) const = 0;
};

// Those that the device has.
std::vector<std::unique_ptr<element_row>> element_rows(const clique::device& where);

}  // namespace storm

template <>
inline constexpr clique::struct_text clique::struct_of<storm::particle>{
    "particle", "typedef struct { float x, y; int id; } particle;"};
