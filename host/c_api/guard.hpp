// The border of the C interface: no exception crosses it, and nothing is read through what is NULL.
#pragma once

#include "core/check.hpp"

#include <clique/clique.h>
#include <clique/datatype.hpp>
#include <clique/region.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <span>

namespace clique::c_api {

// Keeps what clique_last_error_*() tell of it.
clique_status remember(const error& failure) noexcept;

// All entries that return a status go through this.
template <class Work>
clique_status guard(Work&& work) noexcept {
  try {
    work();
    return CLIQUE_SUCCESS;
  } catch (...) {
    return remember(core::current_error());
  }
}

// Nothing lies in the first page: a number below is an operator, a datatype, or a mistake, but no pointer.
template <class T>
bool is_pointer(T* argument) noexcept {
  return reinterpret_cast<std::uintptr_t>(argument) >= 4096;
}

template <class T>
T& given(T* argument, const char* what) {
  require(argument != nullptr, status::invalid_argument, "{} is NULL", what);
  require(is_pointer(argument), status::invalid_argument, "{} is the number {}, no pointer: nothing can be there", what,
          reinterpret_cast<std::uintptr_t>(argument));
  return *argument;
}

// Gives a handle back; what is none was never made.
template <class Handle>
void free_handle(Handle* handle) noexcept {
  if (is_pointer(handle)) delete handle;
}

// As many entries as that; may be NULL where that is 0.
template <class T>
std::span<T> list(T* entries, std::size_t count, const char* what) {
  require(entries != nullptr || count == 0, status::invalid_argument,
          "the list of {} is NULL, but must have {} entries", what, count);
  require(count <= PTRDIFF_MAX / sizeof(T), status::invalid_argument,
          "a list of {} cannot have {} entries: is it a negative number?", what, count);
  if (count != 0) static_cast<void>(given(entries, what));
  return {entries, count};
}

// One result, or several: all of them are there before any is written.
template <class T, class Value>
void hand_out(T* to, const Value& value) {
  if (to != nullptr) *to = static_cast<T>(value);
}

// Throws for what is no datatype.
datatype type_of(clique_datatype type);

// `offset` is in bytes.
region region_of(cl_mem buffer, std::size_t offset, std::size_t count, clique_datatype type);

}  // namespace clique::c_api
