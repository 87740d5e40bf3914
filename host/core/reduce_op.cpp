// Operators: their names, checks and ids.
#include <clique/reduce_op.hpp>

#include "core/check.hpp"

#include <cstdint>
#include <iterator>

namespace clique {
namespace {

constexpr const char* names[] = {"sum",  "prod", "min",  "max",    "land",   "lor", "lxor",
                                 "band", "bor",  "bxor", "minloc", "maxloc", "mean"};
static_assert(std::size(names) == builtin_op_count);

// FNV-1a over all that makes a user's operator, lengths included, so that ("ab", "c") is not ("a", "bc").
class hash {
 public:
  void bytes(const void* data, std::size_t count) noexcept {
    const std::uint64_t length = count;
    raw(&length, sizeof length);
    raw(data, count);
  }
  // Never an id of a built-in operator.
  [[nodiscard]] std::uint32_t id() const noexcept {
    return static_cast<std::uint32_t>(state_ ^ (state_ >> 32)) | 0x80000000u;
  }

 private:
  void raw(const void* data, std::size_t count) noexcept {
    const auto* const at = static_cast<const unsigned char*>(data);
    for (std::size_t k = 0; k < count; ++k) state_ = (state_ ^ at[k]) * 0x100000001b3u;
  }
  std::uint64_t state_ = 0xcbf29ce484222325u;
};

// A line of at most 60 characters.
std::string shortened(std::string_view text) {
  constexpr std::size_t most = 60;
  std::string line(text.substr(0, most));
  for (char& each : line) {
    if (static_cast<unsigned char>(each) < ' ') each = ' ';
  }
  return text.size() > most ? line + "..." : line;
}

}  // namespace

void detail::not_builtin(op_kind kind) {
  if (kind == op_kind::expression || kind == op_kind::body) {
    fail(status::invalid_argument,
         "a user's operator has a text: make it with reduce_op::expression() or reduce_op::body()");
  }
  fail(status::invalid_argument, "{} is no kind of operator", static_cast<int>(kind));
}

reduce_op::reduce_op(op_kind kind, definition user) : kind_(kind) {
  hash all;
  const unsigned char flags[] = {static_cast<unsigned char>(kind), user.commutative};
  all.bytes(flags, sizeof flags);
  all.bytes(user.text.data(), user.text.size());
  all.bytes(user.identity.data(), user.identity.size());
  user.id = all.id();
  user_ = std::make_shared<const definition>(std::move(user));
}

reduce_op reduce_op::of_text(op_kind kind, std::string_view text) {
  require(text.find_first_not_of(" \t\r\n") != text.npos, status::invalid_argument,
          "the {} of a user's operator is empty", kind == op_kind::body ? "body" : "expression");
  return {kind, definition{std::string(text), {}, false, 0}};
}

reduce_op reduce_op::expression(std::string_view text) {
  return of_text(op_kind::expression, text);
}

reduce_op reduce_op::body(std::string_view text) {
  require(text.empty() || text.find("return") != text.npos, status::invalid_argument,
          "the body of a user's operator has no return: \"{}\"; an expression is reduce_op::expression()'s",
          shortened(text));
  return of_text(op_kind::body, text);
}

reduce_op reduce_op::as_commutative() const {
  if (!user_) return *this;
  definition changed = *user_;
  changed.commutative = true;
  return {kind_, std::move(changed)};
}

reduce_op reduce_op::with_identity(const void* element, std::size_t bytes) const {
  require(user_ != nullptr, status::invalid_argument, "{} has an identity of its own; only a user's operator takes one",
          name());
  require(element != nullptr && bytes > 0, status::invalid_argument, "the identity given for the {} has no bytes",
          name());
  require(bytes <= PTRDIFF_MAX, status::invalid_argument, "the identity given for the {} cannot have {} bytes", name(),
          bytes);
  definition changed = *user_;
  const auto* const first = static_cast<const std::byte*>(element);
  changed.identity.assign(first, first + bytes);
  return {kind_, std::move(changed)};
}

std::string reduce_op::name() const {
  if (!user_) return names[static_cast<int>(kind_)];
  return core::formatted("user operator \"{}\"", shortened(user_->text));
}

reduce_op parse_reduce_op(std::string_view text) {
  std::string known;
  for (int k = 0; k < builtin_op_count; ++k) {
    if (text == names[k]) return static_cast<op_kind>(k);
    known += (k == 0 ? "" : ", ") + std::string(names[k]);
  }
  fail(status::invalid_argument, "\"{}\" is no operator; there are: {}", text, known);
}

}  // namespace clique
