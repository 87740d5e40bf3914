// JSON values, as the commands build and write them. nlohmann's library makes the text, in json.cpp alone: its header
// costs seconds in each file that includes it.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <variant>
#include <vector>

namespace clique::tools {

// {{"name", "x"}, {"sizes", json::array{1, 2}}} is an object with two members, which keep their order.
struct json {
  struct member;
  using array = std::vector<json>;
  using object = std::vector<member>;

  // All are defined in json.cpp, so that the variant's code is compiled once.
  json(std::nullptr_t);                         // NOLINT: a value of C++ is one of JSON's
  json(bool truth);                             // NOLINT
  json(double number);                          // NOLINT
  json(int number);                             // NOLINT
  json(unsigned number);                        // NOLINT
  json(std::size_t number);                     // NOLINT
  json(const char* text);                       // NOLINT
  json(std::string text);                       // NOLINT
  json(array items);                            // NOLINT
  json(object members);                         // NOLINT
  json(std::initializer_list<member> members);  // NOLINT

  json(const json& other);
  json(json&& other) noexcept;
  json& operator=(const json& other);
  json& operator=(json&& other) noexcept;
  ~json();

  std::variant<std::nullptr_t, bool, int, std::size_t, double, std::string, array, object> value;
};

struct json::member {
  std::string name;
  json value;
};

// In one line; or indented, with an end of line. Bytes that are not UTF-8, in a device's name say, are replaced.
[[nodiscard]] std::string to_line(const json& value);
[[nodiscard]] std::string to_text(const json& value);

}  // namespace clique::tools
