// The border of the C interface: no exception crosses it, and nothing is read through what is NULL.
#pragma once

#include "core/check.hpp"

#include <clique/clique.h>
#include <clique/datatype.hpp>
#include <clique/region.hpp>

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

template <class T>
T& given(T* argument, const char* what) {
  require(argument != nullptr, status::invalid_argument, "{} is NULL", what);
  return *argument;
}

// As many entries as that; may be NULL where that is 0.
template <class T>
std::span<T> list(T* entries, std::size_t count, const char* what) {
  require(entries != nullptr || count == 0, status::invalid_argument,
          "the list of {} is NULL, but must have {} entries", what, count);
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
