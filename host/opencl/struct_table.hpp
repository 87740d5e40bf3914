// The structs that are element types: registered under a lock, read without one, never removed.
#pragma once

#include <clique/datatype.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace clique::opencl {

struct struct_entry {
  std::string name;
  std::size_t size;
  std::string source;
  std::uint32_t id;  // see type_id()
};

// What structs a table can hold, and how many, is given by its entries, which must live as long.
class struct_table {
 public:
  // Written once, by add() under the mutex, with release: who reads it, acquire, sees the whole entry.
  using entry_pointer = std::atomic<const struct_entry*>;
  constexpr explicit struct_table(std::span<entry_pointer> entries) noexcept : entries_(entries) {}

  // See register_struct() in datatype.hpp.
  datatype add(std::string_view name, std::size_t size, std::string_view source);

  // Null where the type is none of this table's. The entry lives as long as the process: names of it are handed out.
  [[nodiscard]] const struct_entry* find(datatype type) const noexcept {
    const std::size_t index = static_cast<std::size_t>(type) - static_cast<std::size_t>(first_struct);
    return index < entries_.size() ? entries_[index].load(std::memory_order_acquire) : nullptr;
  }

  // The type with that id; none where this table has no such struct.
  [[nodiscard]] std::optional<datatype> with_id(std::uint32_t id) const noexcept;

 private:
  std::span<entry_pointer> entries_;
  std::mutex mutex_;  // held by add()
};

// What register_struct() has registered; null where the type is no struct.
[[nodiscard]] const struct_entry* find_struct(datatype type) noexcept;

// The datatype, built-in or struct, that has this type_id() (another rank's, say); none where this process knows none.
[[nodiscard]] std::optional<datatype> type_with_id(std::uint32_t id) noexcept;

}  // namespace clique::opencl
