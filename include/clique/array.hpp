// Arrays on a device: array<T> owns its memory, span<T> borrows a part of an array or of any cl::Buffer.
#pragma once

#include <clique/datatype.hpp>
#include <clique/device.hpp>
#include <clique/elementwise.hpp>
#include <clique/region.hpp>

#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace clique {

// `count` elements of T in a buffer, from element `offset` of it. Borrows: the buffer must live as long as the span is
// used, and, for a non-blocking operation, until clique has retained it (when the call returns).
template <class T>
class span {
 public:
  using value_type = std::remove_const_t<T>;

  span() = default;
  // Throw only where a struct cannot be registered (see type_of).
  span(cl_mem buffer, std::size_t offset, std::size_t count) noexcept(detail::built_in<value_type>)
      : region_{buffer, offset, count, type_of<value_type>()} {}
  span(const cl::Buffer& buffer, std::size_t offset, std::size_t count) noexcept(detail::built_in<value_type>)
      : span(buffer(), offset, count) {}

  // The `count` elements from element `offset` of this one. Not checked here: an operation that is given more than
  // the buffer holds throws.
  [[nodiscard]] span subspan(std::size_t offset, std::size_t count) const noexcept {
    span part = *this;
    // A sum that wraps must not become a valid place: no buffer has an element of the largest number.
    if (__builtin_add_overflow(part.region_.offset, offset, &part.region_.offset))
      part.region_.offset = ~std::size_t{0};
    part.region_.count = count;
    return part;
  }

  [[nodiscard]] cl_mem buffer() const noexcept { return region_.buffer; }
  [[nodiscard]] std::size_t offset() const noexcept { return region_.offset; }  // elements
  [[nodiscard]] std::size_t count() const noexcept { return region_.count; }    // elements
  [[nodiscard]] const clique::region& region() const noexcept { return region_; }

 private:
  template <element U>
  friend class array;
  clique::region region_;
};

// The device memory of an array, untyped: from the node's arena where the device can work in it; of a GPU that several
// ranks drive, where that can be had, memory that all of them see; else from clCreateBuffer.
class CLIQUE_API array_memory {
 public:
  // Throws clique::error(out_of_memory) that names CL_DEVICE_MAX_MEM_ALLOC_SIZE where `bytes` is above it.
  array_memory(const clique::device& device, std::size_t bytes);
  [[nodiscard]] const cl::Buffer& buffer() const noexcept { return buffer_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::byte* host() const noexcept { return host_; }  // where the arena has it; null elsewhere

 private:
  cl::Buffer buffer_;
  std::size_t bytes_ = 0;
  std::byte* host_ = nullptr;
  std::shared_ptr<void> held_;  // where peers that drive the same device see it
};

// `count` elements of T on a device. Move-only. Elements are uninitialized. An operation in flight keeps the
// memory alive, the array may go before it. Kernels run in the device's queue, in order, and the calls return
// before they are done; copy_from, copy_to and to_host block.
template <element T>
class array {
 public:
  using value_type = T;

  // `device` may be a communicator: then its device. Throws clique::error(out_of_memory, unsupported, and for a struct
  // what type_of throws); local.
  array(const clique::device& device, std::size_t count)
      : device_(device), memory_(device, detail::bytes_of(count, type_of<T>())), count_(count) {
    detail::require_support(device, type_of<T>());
  }
  array(array&& other) noexcept
      : device_(other.device_), memory_(std::move(other.memory_)), count_(std::exchange(other.count_, 0)) {}
  array& operator=(array&& other) noexcept {
    device_ = other.device_;
    memory_ = std::move(other.memory_);
    count_ = std::exchange(other.count_, 0);
    return *this;
  }

  [[nodiscard]] std::size_t count() const noexcept { return count_; }  // elements
  [[nodiscard]] const cl::Buffer& buffer() const noexcept { return memory_.buffer(); }
  [[nodiscard]] const clique::device& device() const noexcept { return device_; }
  [[nodiscard]] span<T> all() const noexcept {
    span<T> whole(memory_.buffer(), 0, count_);
    whole.region_.host = memory_.host();
    return whole;
  }
  operator span<T>() const noexcept { return all(); }  // NOLINT: an array is a span of itself
  [[nodiscard]] span<T> subspan(std::size_t offset, std::size_t count) const noexcept {
    return all().subspan(offset, count);
  }
  [[nodiscard]] clique::region region() const noexcept { return all().region(); }

  // Each as the function of that name in elementwise.hpp; each returns *this.
  array& fill(T value) {
    clique::fill(device_, region(), &value);
    return *this;
  }
  array& arange(T start = T(0), T step = T(1)) {
    clique::arange(device_, region(), &start, &step);
    return *this;
  }
  array& random(std::uint64_t seed, std::uint64_t first = 0) {
    clique::random(device_, region(), seed, first);
    return *this;
  }
  // x = expression, where `x` is this array's own element.
  array& transform(std::string_view expression, std::initializer_list<arg> args = {}) {
    std::vector<arg> all_args{arg("x", region())};
    all_args.insert(all_args.end(), args.begin(), args.end());
    clique::transform(device_, region(), expression, all_args);
    return *this;
  }

  // Exactly count() elements; anything else throws clique::error(invalid_argument). Block.
  void copy_from(std::span<const T> host) { clique::copy_from(device_, region(), host.data(), host.size()); }
  void copy_to(std::span<T> host) const { clique::copy_to(device_, region(), host.data(), host.size()); }
  [[nodiscard]] std::vector<T> to_host() const {
    std::vector<T> host(count_);
    copy_to(host);
    return host;
  }

 private:
  clique::device device_;
  array_memory memory_;
  std::size_t count_;
};

// What the collectives take: an array or a span.
template <class A>
concept device_range = requires(const A& a) {
  typename std::remove_cvref_t<A>::value_type;
  { a.region() } -> std::convertible_to<region>;
};

namespace detail {
// `fact`, for a constraint: where it does not hold, the compiler quotes the constraint and so says what is wrong. (A
// static_assert would say it too, but also where overload resolution only looks, for a function of the user's own.)
consteval bool holds(bool fact, [[maybe_unused]] const char* otherwise) {
  return fact;
}
template <class A>
concept device_memory = holds(device_range<A>, "not device memory: use clique::array, or clique::span of a cl::Buffer");

template <class A, class B>
inline constexpr bool one_element_type =
    std::is_same_v<typename std::remove_cvref_t<A>::value_type, typename std::remove_cvref_t<B>::value_type>;
template <class A, class B>
concept same_elements = holds(one_element_type<A, B>, "source and target have different element types");
}  // namespace detail

}  // namespace clique
