// Names of the datatypes.
#include <clique/datatype.hpp>

#include "core/check.hpp"
#include "opencl/struct_table.hpp"

#include <iterator>
#include <string>

namespace clique {
namespace {

constexpr const char* names[] = {"int8",        "uint8",         "int16",        "uint16",     "int32",
                                 "uint32",      "int64",         "uint64",       "half",       "bfloat16",
                                 "float32",     "float64",       "complex64",    "complex128", "int32_index",
                                 "int64_index", "float32_index", "float64_index"};
static_assert(std::size(names) == datatype_count);

struct alias {
  std::string_view name;
  datatype type;
};
constexpr alias aliases[] = {{"float", datatype::float32}, {"double", datatype::float64}, {"char", datatype::int8}};

}  // namespace

const char* name(datatype type) noexcept {
  const auto index = static_cast<std::size_t>(type);
  if (index < std::size(names)) return names[index];
  const opencl::struct_entry* const entry = opencl::find_struct(type);
  return entry != nullptr ? entry->name.c_str() : "unknown";
}

datatype parse_datatype(std::string_view text) {
  std::string known;
  for (int k = 0; k < number_type_count; ++k) {
    if (text == names[k]) return static_cast<datatype>(k);
    known += (k == 0 ? "" : ", ") + std::string(names[k]);
  }
  for (const alias& each : aliases) {
    if (text == each.name) return each.type;
  }
  fail(status::invalid_argument, "\"{}\" is no datatype; there are: {} (and float, double, char)", text, known);
}

}  // namespace clique
