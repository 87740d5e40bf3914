// Lists as calls take them: counts, displacements, dimensions.
#pragma once

#include <initializer_list>
#include <span>

namespace clique {

// Borrows any contiguous range of T (a std::vector, a std::array, a std::span), or what stands in braces: as a
// parameter, which lives as long as these do. Not for members.
template <class T>
class list_of : public std::span<const T> {
 public:
  using std::span<const T>::span;
  list_of(std::span<const T> items) noexcept : std::span<const T>(items) {}
  list_of(std::initializer_list<T> items) noexcept : std::span<const T>(items.begin(), items.size()) {}
};

}  // namespace clique
