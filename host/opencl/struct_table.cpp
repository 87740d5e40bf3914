#include "opencl/struct_table.hpp"

#include "core/check.hpp"
#include "opencl/identifier.hpp"
#include "opencl/reserved_words.hpp"

#include <cstdint>
#include <limits>
#include <memory>

namespace clique {
namespace opencl {
namespace {

constexpr std::size_t capacity =
    std::size_t{std::numeric_limits<std::underlying_type_t<datatype>>::max()} + 1 - std::size_t(first_struct);
constinit struct_table::entry_pointer entries[capacity];  // 512 KiB of which only touched pages become memory
constinit struct_table table(entries);

// FNV-1a (Fowler, Noll, Vo), 32 bits.
std::uint32_t hash(std::uint32_t before, std::string_view text) noexcept {
  for (const char c : text) before = (before ^ static_cast<unsigned char>(c)) * 16777619u;
  return before;
}

std::uint32_t id_of(std::string_view name, std::size_t size, std::string_view source) {
  const std::string head = core::formatted("{}\n{}\n", name, size);
  return hash(hash(2166136261u, head), source) | 0x80000000u;
}

bool is_built_in(std::string_view name) {
  for (int k = 0; k < datatype_count; ++k) {
    if (name == clique::name(static_cast<datatype>(k))) return true;
  }
  return name == "float" || name == "double" || name == "char";  // which parse_datatype() knows
}

void check(std::string_view name, std::size_t size, std::string_view source) {
  require(is_identifier(name), status::invalid_argument,
          "\"{}\" cannot name a struct; a name is letters, digits and _, and begins with no digit", name);
  require(!is_cliques_own(name) && !is_built_in(name), status::invalid_argument,
          "\"{}\" cannot name a struct: it is a name of clique's own", name);
  const word meaning = meaning_of(name);
  // Without a text a type of OpenCL C's own is meant, such as float4.
  require(meaning == word::free || (meaning == word::type && source.empty()), status::invalid_argument,
          "\"{0}\" cannot name a struct: in OpenCL C it is {1}; take another name, {0}_ for instance", name,
          describe(meaning));
  require(size > 0, status::invalid_argument, "struct {} has size 0; an element has at least one byte", name);
  require(size <= PTRDIFF_MAX, status::invalid_argument, "struct {} cannot have {} bytes: no object is larger than {}",
          name, size, PTRDIFF_MAX);
}

const struct_entry& entry_of(datatype type) {
  const struct_entry* const entry = table.find(type);
  require(entry != nullptr, status::invalid_argument,
          "{} is no datatype: neither a built-in one nor what register_struct() has returned", static_cast<int>(type));
  return *entry;
}

}  // namespace

datatype struct_table::add(std::string_view name, std::size_t size, std::string_view source) {
  check(name, size, source);
  const std::uint32_t id = id_of(name, size, source);
  const std::scoped_lock lock(mutex_);
  std::size_t index = 0;
  for (; index < entries_.size(); ++index) {
    const struct_entry* const other = entries_[index].load(std::memory_order_relaxed);
    if (other == nullptr) break;
    if (other->name == name) {
      require(other->size == size, status::invalid_argument,
              "struct {} of {} bytes is registered already with {} bytes; give one of them another name", name, size,
              other->size);
      require(other->source == source, status::invalid_argument,
              "struct {} is registered already with another text; give one of them another name:\n{}\nand\n{}", name,
              other->source, source);
      return static_cast<datatype>(static_cast<std::size_t>(first_struct) + index);
    }
    require(other->id != id, status::invalid_argument,
            "structs {} and {} have the same type_id {:#x} by chance; change the text of one, by a blank for instance",
            name, other->name, id);
  }
  require(index < entries_.size(), status::invalid_argument,
          "struct {} cannot be registered: there are {} structs, and there can be no more", name, entries_.size());
  auto entry = std::make_unique<struct_entry>(struct_entry{std::string(name), size, std::string(source), id});
  entries_[index].store(entry.release(), std::memory_order_release);
  return static_cast<datatype>(static_cast<std::size_t>(first_struct) + index);
}

std::optional<datatype> struct_table::with_id(std::uint32_t id) const noexcept {
  for (std::size_t index = 0; index < entries_.size(); ++index) {
    const struct_entry* const entry = entries_[index].load(std::memory_order_acquire);
    if (entry == nullptr) break;
    if (entry->id == id) return static_cast<datatype>(static_cast<std::size_t>(first_struct) + index);
  }
  return std::nullopt;
}

std::optional<datatype> type_with_id(std::uint32_t id) noexcept {
  if (id < datatype_count) return static_cast<datatype>(id);
  return table.with_id(id);
}

const struct_entry* find_struct(datatype type) noexcept {
  return table.find(type);
}

}  // namespace opencl

datatype register_struct(std::string_view name, std::size_t size, std::string_view source) {
  return opencl::table.add(name, size, source);
}

const std::string& struct_source(datatype type) {
  static const std::string none;
  if (static_cast<int>(type) < datatype_count) return none;
  return opencl::entry_of(type).source;
}

std::uint32_t type_id(datatype type) {
  if (static_cast<int>(type) < datatype_count) return static_cast<std::uint32_t>(type);
  return opencl::entry_of(type).id;
}

std::size_t detail::struct_size(datatype type) {
  return opencl::entry_of(type).size;
}

}  // namespace clique
