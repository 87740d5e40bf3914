// The text of a program that has lines of the user's in it: the structs of the element types, an expression.
#pragma once

#include "opencl/device_state.hpp"

#include <clique/datatype.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace clique::opencl {

class program_text {
 public:
  // Lines of clique's own.
  void add(std::string_view lines) { source_ += lines; }
  // Lines of the user's, which build logs shall call NAME:LINE, on lines of their own.
  void add_named(std::string_view name, std::string_view lines);
  // What declares a type, where it is a struct: once, however often it is asked for.
  void add_struct(datatype type);

  // The program. Throws clique::error(build_failure) with the build log in the user's lines, and (invalid_argument)
  // where a struct is not as large on the device as it is in C++.
  program& build(device_state& state, const std::string& options) const;

 private:
  struct part {
    std::string name;
    std::size_t first_line, last_line;  // in source_
  };
  [[nodiscard]] std::string in_users_lines(std::string_view log) const;

  std::string source_;
  std::vector<part> parts_;
  std::vector<datatype> structs_;
};

// How lines of the user's understand literals and complex numbers: 0.1 is a double in OpenCL C where the device has
// them, and a float elsewhere; here it is a float everywhere, unless doubles take part. Begins with a space.
std::string precision_options(bool doubles, bool complex128);

}  // namespace clique::opencl
