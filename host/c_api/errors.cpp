// Status codes and the last error, datatypes, operators, version.
#include "c_api/handles.hpp"

#include <clique/reduce_op.hpp>
#include <clique/version.hpp>

#include <cstring>
#include <string>

namespace clique::c_api {
namespace {

struct last_error {
  std::string message;
  int rank = -1, native = 0;
};
thread_local last_error last;

// The C names of what has a number in C++.
static_assert(static_cast<int>(status::internal) == CLIQUE_INTERNAL && static_cast<int>(status::success) == 0 &&
              static_cast<int>(status::poisoned) == CLIQUE_POISONED);
static_assert(static_cast<int>(status::build_failure) == CLIQUE_BUILD_FAILURE);
static_assert(static_cast<int>(datatype::float64_index) == CLIQUE_FLOAT64_INDEX &&
              static_cast<int>(datatype::half) == CLIQUE_HALF && static_cast<int>(datatype::int8) == CLIQUE_INT8);
static_assert(datatype_count == CLIQUE_FLOAT64_INDEX + 1);

}  // namespace

clique_status remember(const error& failure) noexcept {
  last.rank = failure.rank();
  last.native = failure.native();
  try {
    last.message = failure.what();
  } catch (...) {  // no memory for it
    last.message.clear();
  }
  return static_cast<clique_status>(failure.code());
}

datatype type_of(clique_datatype type) {
  require(type >= 0 && type <= UINT16_MAX, status::invalid_argument, "{} is no datatype", type);
  const auto result = static_cast<datatype>(type);
  static_cast<void>(size_of(result));  // throws
  return result;
}

region region_of(cl_mem buffer, std::size_t offset, std::size_t count, clique_datatype type) {
  const datatype element = type_of(type);
  const std::size_t bytes = size_of(element);
  if (buffer != nullptr) static_cast<void>(given(buffer, "the buffer"));
  require(buffer != CLIQUE_IN_PLACE, status::invalid_argument, "CLIQUE_IN_PLACE is not allowed for this buffer");
  require(offset % bytes == 0, status::invalid_argument,
          "an offset of {} bytes is not a multiple of the {} bytes of a {}", offset, bytes, name(element));
  return {buffer, offset / bytes, count, element};
}

namespace {

// Handles of built-in operators are their kind plus 1.
std::uintptr_t number_of(clique_op op) {
  return reinterpret_cast<std::uintptr_t>(op);
}

clique_status create_op(reduce_op (*of)(std::string_view), const char* text, int commutative, const void* identity,
                        std::size_t identity_bytes, clique_op* op) {
  return guard([&] {
    given(op, "op");
    reduce_op made = of(&given(text, "the text"));
    if (identity != nullptr) made = made.with_identity(identity, identity_bytes);
    if (commutative != 0) made = made.as_commutative();
    make(op, std::move(made));
  });
}

}  // namespace

reduce_op op_of(clique_op op) {
  if (op == nullptr || is_pointer(op)) return given(op, "the operator").op;
  require(number_of(op) <= builtin_op_count, status::invalid_argument,
          "{} is no operator: the built-in ones are 1 (CLIQUE_SUM) to {} (CLIQUE_MEAN)", number_of(op),
          builtin_op_count);
  return static_cast<op_kind>(number_of(op) - 1);
}

}  // namespace clique::c_api

using namespace clique::c_api;

int clique_version() {
  return CLIQUE_VERSION;
}

const char* clique_status_name(clique_status code) {
  return clique::name(static_cast<clique::status>(code));
}
const char* clique_last_error_message() {
  return last.message.c_str();
}
int clique_last_error_rank() {
  return last.rank;
}
int clique_last_error_native() {
  return last.native;
}

clique_status clique_datatype_register(const char* name, size_t size, const char* source, clique_datatype* type) {
  return guard([&] {
    given(type, "type");
    *type = static_cast<clique_datatype>(
        clique::register_struct(&given(name, "the name"), size, source == nullptr ? "" : source));
  });
}

clique_status clique_datatype_size(clique_datatype type, size_t* bytes) {
  return guard([&] { given(bytes, "bytes") = size_of(type_of(type)); });
}

const char* clique_datatype_name(clique_datatype type) {
  const bool fits = type >= 0 && type <= UINT16_MAX;
  return clique::name(static_cast<clique::datatype>(fits ? type : UINT16_MAX));
}

clique_status clique_datatype_parse(const char* name, clique_datatype* type) {
  return guard(
      [&] { given(type, "type") = static_cast<clique_datatype>(clique::parse_datatype(&given(name, "the name"))); });
}

clique_status clique_op_create_expression(const char* text, int commutative, const void* identity,
                                          size_t identity_bytes, clique_op* op) {
  return create_op(clique::reduce_op::expression, text, commutative, identity, identity_bytes, op);
}

clique_status clique_op_create_body(const char* text, int commutative, const void* identity, size_t identity_bytes,
                                    clique_op* op) {
  return create_op(clique::reduce_op::body, text, commutative, identity, identity_bytes, op);
}

clique_status clique_op_parse(const char* name, clique_op* op) {
  return guard([&] {
    const clique::op_kind kind = clique::parse_reduce_op(&given(name, "the name")).kind();
    given(op, "op") = reinterpret_cast<clique_op>(static_cast<std::uintptr_t>(kind) + 1);
  });
}

clique_status clique_op_name(clique_op op, char* name, size_t capacity) {
  return guard([&] {
    const std::string text = op_of(op).name();
    if (capacity == 0) return;
    const std::size_t length = std::min(text.size(), capacity - 1);
    std::memcpy(&given(name, "name"), text.data(), length);
    name[length] = '\0';
  });
}

void clique_op_free(clique_op op) {
  free_handle(op);
}
