// JSON values, as the commands build and write them. nlohmann's library makes the text, in json.cpp alone: its header
// costs seconds in each file that includes it.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace clique::tools {

// {{"name", "x"}, {"sizes", json::array{1, 2}}} is an object with two members, which keep their order.
struct json {
  struct member;
  using array = std::vector<json>;
  using object = std::vector<member>;

  json(std::nullptr_t) {}                                                     // NOLINT: a value of C++ is one of JSON's
  json(bool truth) : value(truth) {}                                          // NOLINT
  json(std::signed_integral auto number) : value(std::int64_t{number}) {}     // NOLINT
  json(std::unsigned_integral auto number) : value(std::uint64_t{number}) {}  // NOLINT
  json(double number) : value(number) {}                                      // NOLINT
  json(const char* text) : value(std::string(text)) {}                        // NOLINT
  json(std::string text) : value(std::move(text)) {}                          // NOLINT
  json(array items) : value(std::move(items)) {}                              // NOLINT
  json(object members);                                                       // NOLINT
  json(std::initializer_list<member> members);                                // NOLINT

  std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, array, object> value;
};

struct json::member {
  std::string name;
  json value;
};

// In one line; or indented, with an end of line. Bytes that are not UTF-8, in a device's name say, are replaced.
[[nodiscard]] std::string to_line(const json& value);
[[nodiscard]] std::string to_text(const json& value);

}  // namespace clique::tools
