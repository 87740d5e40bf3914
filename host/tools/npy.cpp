#include "npy.hpp"

#include "fail.hpp"
#include "table.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace clique::tools {

namespace {

// The Python literal of the header: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class dict_parser {
 public:
  explicit dict_parser(std::string_view text) : text_(text) {}

  void parse() {
    expect('{');
    while (!take('}')) {
      const std::string_view key = string();
      expect(':');
      if (key == "descr") {
        if (look() != '\'' && look() != '"') fail("its dtype is structured; clique takes arrays of plain numbers");
        once(descr, key, [this] { return string(); });
      } else if (key == "fortran_order") {
        once(fortran_order, key, [this] { return boolean(); });
      } else if (key == "shape") {
        once(shape, key, [this] { return tuple(); });
      } else {
        fail("its header has the unknown key '{}'", key);
      }
      if (!take(',') && look() != '}') malformed("',' or '}'");
    }
    if (look() != end) malformed("nothing after '}'");
    if (!descr || !fortran_order || !shape) fail("its header lacks 'descr', 'fortran_order' or 'shape'");
  }

  std::optional<std::string_view> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<std::size_t>> shape;

 private:
  static constexpr int end = -1;

  [[noreturn]] void malformed(std::string_view wanted) const {
    fail("its header is malformed: {} is missing at byte {} of the dictionary", wanted, at_);
  }
  template <class T, class F>
  void once(std::optional<T>& value, std::string_view key, F&& read) {
    if (value) fail("its header has the key '{}' twice", key);
    value = read();
  }
  int look() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
    return at_ < text_.size() ? static_cast<unsigned char>(text_[at_]) : end;
  }
  bool take(char c) {
    if (look() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) malformed(fmt::format("'{}'", c));
  }
  std::string_view string() {
    const int quote = look();
    if (quote != '\'' && quote != '"') malformed("a string");
    const std::size_t close = text_.find(static_cast<char>(quote), at_ + 1);
    if (close == text_.npos) malformed("the end of a string");
    const std::string_view inside = text_.substr(at_ + 1, close - at_ - 1);
    at_ = close + 1;
    return inside;
  }
  bool boolean() {
    look();
    for (const std::string_view word : {"True", "False"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return word == "True";
    }
    malformed("True or False");
  }
  std::vector<std::size_t> tuple() {
    std::vector<std::size_t> numbers;
    expect('(');
    while (!take(')')) {
      look();
      std::size_t value = 0;
      const char* const first = text_.data() + at_;
      const auto [rest, code] = std::from_chars(first, text_.data() + text_.size(), value);
      if (code == std::errc::result_out_of_range) fail("its shape is too large");
      if (code != std::errc{}) malformed("a number of elements");
      at_ += static_cast<std::size_t>(rest - first);
      if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // as Python 2 wrote them
      numbers.push_back(value);
      if (!take(',') && look() != ')') malformed("',' or ')'");
    }
    return numbers;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

struct kind_type {
  std::string_view kind;
  datatype type;
};
constexpr kind_type kinds[] = {
    {"b1", datatype::uint8},     {"i1", datatype::int8},        {"u1", datatype::uint8},   {"i2", datatype::int16},
    {"u2", datatype::uint16},    {"i4", datatype::int32},       {"u4", datatype::uint32},  {"i8", datatype::int64},
    {"u8", datatype::uint64},    {"f2", datatype::half},        {"f4", datatype::float32}, {"f8", datatype::float64},
    {"c8", datatype::complex64}, {"c16", datatype::complex128},
};

void parse_dtype(std::string_view descr, npy_header& header) {
  const char order = descr.empty() ? '\0' : descr.front();
  const auto* const known = std::find_if(std::begin(kinds), std::end(kinds), [&](const kind_type& k) {
    return !descr.empty() && k.kind == descr.substr(1) && (order == '<' || order == '>' || order == '|');
  });
  if (known == std::end(kinds) || (order == '|' && size_of(known->type) != 1)) {
    const bool raw = descr.size() > 1 && descr[1] == 'V';
    fail("its dtype '{}' is not supported{}; clique takes b1, i1, u1, i2, u2, i4, u4, i8, u8, f2, f4, f8, c8 and c16",
         descr, raw ? " (NumPy has no name for bfloat16 and writes raw bytes)" : "");
  }
  header.kind = known->kind;
  header.type = known->type;
  header.big_endian = order == '>' && size_of(known->type) != 1;
}

std::size_t product(const std::vector<std::size_t>& shape, std::size_t element_bytes) {
  if (std::find(shape.begin(), shape.end(), std::size_t{0}) != shape.end()) return 0;
  std::size_t bytes = element_bytes;
  for (const std::size_t n : shape)
    if (__builtin_mul_overflow(bytes, n, &bytes)) fail("its shape ({}) is too large", joined(shape, ", "));
  return bytes;
}

std::size_t byte_at(std::string_view text, std::size_t index) {
  return static_cast<unsigned char>(text[index]);
}

}  // namespace

npy_header parse_npy(std::string_view start, std::uint64_t file_bytes) {
  if (start.size() < 10 || !start.starts_with("\x93NUMPY")) fail("it is not a .npy file");
  const std::size_t major = byte_at(start, 6), minor = byte_at(start, 7);
  if (major < 1 || major > 3 || minor != 0) fail("its .npy version is {}.{}; known are 1.0, 2.0 and 3.0", major, minor);

  const std::size_t begin = major == 1 ? 10 : 12;
  if (start.size() < begin) fail("its header is truncated");
  std::size_t length = byte_at(start, 8) | byte_at(start, 9) << 8;
  if (major > 1) length |= byte_at(start, 10) << 16 | byte_at(start, 11) << 24;
  if (begin + length > file_bytes) fail("its header is truncated");
  if (begin + length > start.size()) fail("its header has {} bytes, more than the {} that are read", length, 65535);

  dict_parser dict(start.substr(begin, length));
  dict.parse();

  npy_header header;
  parse_dtype(*dict.descr, header);
  header.fortran_order = *dict.fortran_order;
  header.shape = *dict.shape;
  header.data_offset = begin + length;
  header.data_bytes = product(header.shape, size_of(header.type));
  const std::uint64_t there = file_bytes - header.data_offset;
  if (there != header.data_bytes)
    fail("it holds {} bytes of data where its shape ({}) of '{}' needs {}: it is {}", there, joined(header.shape, ", "),
         header.kind, header.data_bytes, there < header.data_bytes ? "truncated" : "followed by something else");
  return header;
}

std::string format_npy(std::string_view kind, std::span<const std::size_t> shape) {
  const bool bytes = kind.ends_with('1');  // no byte order; "f4" and "c16" do not end so
  std::string dict = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}{}), }}", bytes ? '|' : '<',
                                 kind, joined(shape, ", "), shape.size() == 1 ? "," : "");
  dict.append(63 - (10 + dict.size()) % 64, ' ');
  dict += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(dict.size() & 0xff);
  header += static_cast<char>(dict.size() >> 8);
  return header + dict;
}

void swap_bytes(std::span<std::byte> data, datatype type) {
  const bool complex = type == datatype::complex64 || type == datatype::complex128;
  const std::size_t width = size_of(type) / (complex ? 2 : 1);
  for (std::size_t at = 0; at + width <= data.size(); at += width)
    std::reverse(data.begin() + static_cast<std::ptrdiff_t>(at),
                 data.begin() + static_cast<std::ptrdiff_t>(at + width));
}

}  // namespace clique::tools
