#include "json.hpp"

#include <nlohmann/json.hpp>

#include <type_traits>
#include <utility>

namespace clique::tools {

namespace {

using library_json = nlohmann::ordered_json;

library_json to_library(const json& from) {
  return std::visit(
      [](const auto& value) -> library_json {
        using type = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::is_same_v<type, json::array>) {
          library_json items = library_json::array();
          for (const json& item : value) items.push_back(to_library(item));
          return items;
        } else if constexpr (std::is_same_v<type, json::object>) {
          library_json members = library_json::object();
          for (const json::member& one : value) members[one.name] = to_library(one.value);
          return members;
        } else {
          return value;
        }
      },
      from.value);
}

std::string written(const json& value, int indent) {
  return to_library(value).dump(indent, ' ', false, library_json::error_handler_t::replace);
}

}  // namespace

json::json(std::nullptr_t) : value(nullptr) {}
json::json(bool truth) : value(truth) {}
json::json(int number) : value(number) {}
json::json(unsigned number) : value(std::size_t{number}) {}
json::json(std::size_t number) : value(number) {}
json::json(double number) : value(number) {}
json::json(const char* text) : value(std::string(text)) {}
json::json(std::string text) : value(std::move(text)) {}
json::json(array items) : value(std::move(items)) {}
json::json(object members) : value(std::move(members)) {}
json::json(std::initializer_list<member> members) : value(object(members)) {}

json::json(const json& other) = default;
json::json(json&& other) noexcept = default;
json& json::operator=(const json& other) = default;
json& json::operator=(json&& other) noexcept = default;
json::~json() = default;

std::string to_line(const json& value) {
  return written(value, -1);
}

std::string to_text(const json& value) {
  return written(value, 2) + '\n';
}

}  // namespace clique::tools
