// The .npy header: what NumPy writes is read, what we write is what NumPy writes, and nothing else is taken for one.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "npy.hpp"

#include <clique/error.hpp>

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>

using namespace clique;
using namespace clique::tools;

namespace {

// A header of any version around a dictionary.
std::string file_start(const std::string& dict, int major = 1) {
  std::string text = "\x93NUMPY";
  text += static_cast<char>(major);
  text += '\0';
  for (int byte = 0; byte < (major == 1 ? 2 : 4); ++byte) text += static_cast<char>(dict.size() >> (8 * byte) & 0xff);
  return text + dict;
}

npy_header parse(const std::string& dict, std::size_t data_bytes, int major = 1) {
  const std::string start = file_start(dict, major);
  return parse_npy(start, start.size() + data_bytes);
}

std::string dict(const std::string& descr, const std::string& shape) {
  return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }     \n";
}

// The message with which the file is refused.
std::string refusal(const std::string& start, std::uint64_t file_bytes) {
  try {
    (void)parse_npy(start, file_bytes);
  } catch (const error& problem) {
    CHECK(problem.code() == status::invalid_argument);
    return problem.what();
  }
  return "";
}

std::string refusal(const std::string& text) {
  return refusal(file_start(text), file_start(text).size() + 24);
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("headers as NumPy writes them") {
  for (const int major : {1, 2, 3}) {
    const npy_header header = parse(dict("<f4", "(3, 2)"), 24, major);
    CHECK(header.kind == "f4");
    CHECK(header.type == datatype::float32);
    CHECK_FALSE(header.big_endian);
    CHECK_FALSE(header.fortran_order);
    CHECK(header.shape == std::vector<std::size_t>{3, 2});
    CHECK(header.data_offset == file_start(dict("<f4", "(3, 2)"), major).size());
    CHECK(header.data_bytes == 24);
  }
  CHECK(parse("{'descr': '>i2', 'fortran_order': True, 'shape': (3, 4), }\n", 24).big_endian);
  CHECK(parse("{'descr': '>i2', 'fortran_order': True, 'shape': (3, 4), }\n", 24).fortran_order);
}

TEST_CASE("other ways to write the same dictionary") {
  for (const char* text : {"{\"shape\":(3,2),\"descr\":\"<f4\",\"fortran_order\":False}",
                           "{'fortran_order' : False , 'shape' : ( 3 , 2 , ) , 'descr' : '<f4' , }\n\n",
                           "{'descr': '<f4', 'fortran_order': False, 'shape': (3L, 2L), }"})
    CHECK(parse(text, 24).shape == std::vector<std::size_t>{3, 2});
}

TEST_CASE("shapes") {
  CHECK(parse(dict("<f4", "()"), 4).shape.empty());
  CHECK(parse(dict("<f4", "(6,)"), 24).shape == std::vector<std::size_t>{6});
  CHECK(parse(dict("<f4", "(0, 7)"), 0).data_bytes == 0);
  CHECK(parse(dict("<f4", "(18446744073709551615, 0)"), 0).data_bytes == 0);
}

TEST_CASE("all dtypes") {
  struct one {
    const char* kind;
    datatype type;
  };
  for (const auto& [kind, type] :
       {one{"b1", datatype::uint8}, one{"i1", datatype::int8}, one{"u1", datatype::uint8}, one{"i2", datatype::int16},
        one{"u2", datatype::uint16}, one{"i4", datatype::int32}, one{"u4", datatype::uint32},
        one{"i8", datatype::int64}, one{"u8", datatype::uint64}, one{"f2", datatype::half},
        one{"f4", datatype::float32}, one{"f8", datatype::float64}, one{"c8", datatype::complex64},
        one{"c16", datatype::complex128}}) {
    CAPTURE(kind);
    const std::string descr = (size_of(type) == 1 ? "|" : "<") + std::string(kind);
    const npy_header header = parse(dict(descr, "(2, 5)"), 10 * size_of(type));
    CHECK(header.kind == kind);
    CHECK(header.type == type);
    CHECK_FALSE(header.big_endian);

    // Written again it is the same, and padded as NumPy wants it.
    const std::string written = format_npy(kind, std::array<std::size_t, 2>{2, 5});
    CHECK(written.size() % 64 == 0);
    CHECK(written.back() == '\n');
    npy_header again = parse_npy(written, written.size() + 10 * size_of(type));
    CHECK(again.data_offset == written.size());
    again.data_offset = header.data_offset;
    CHECK(again == header);
    CHECK(written.find("'descr': '" + descr + "'") != written.npos);
  }
}

TEST_CASE("dtypes that clique has not") {
  for (const char* descr : {"<U5", "|S3", "<M8[s]", "|O", "<f16", "<c32", "|f4", "=f4", "f4", "<", "", "<f44"})
    CHECK(contains(refusal(dict(descr, "(1, 6)")), "is not supported"));
  CHECK(contains(refusal(dict("|V2", "(1, 12)")), "bfloat16"));
  CHECK(contains(refusal("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }"), "structured"));
}

TEST_CASE("files that are not .npy") {
  CHECK(contains(refusal("", 0), "not a .npy file"));
  CHECK(contains(refusal("PK\x03\x04 an .npz archive", 1000), "not a .npy file"));
  CHECK(contains(refusal("\x93NUMP", 5), "not a .npy file"));
  CHECK(contains(refusal(file_start(dict("<f4", "(3, 2)"), 4), 1000), "version is 4.0"));
  std::string minor = file_start(dict("<f4", "(3, 2)"));
  minor[7] = 1;
  CHECK(contains(refusal(minor, 1000), "version is 1.1"));
}

TEST_CASE("malformed headers") {
  for (const char* text :
       {"", "{", "}", "garbage", "{'descr'", "{'descr': '<f4", "{'descr': '<f4' 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (3, 2), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 6}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3 2), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-3, 2), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), } and more",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3.0, 2), }", "{'descr': '<f4', 'shape': (3, 2), }",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), 'more': 1}"}) {
    CAPTURE(text);
    CHECK(contains(refusal(text), "its header"));
  }
}

TEST_CASE("sizes that do not fit") {
  const std::string start = file_start(dict("<f4", "(3, 2)"));
  CHECK(contains(refusal(start, start.size() + 23), "truncated"));
  CHECK(contains(refusal(start, start.size() + 25), "followed by something else"));
  CHECK(contains(refusal(start.substr(0, start.size() - 1), start.size() - 1), "header is truncated"));
  CHECK(contains(refusal(start.substr(0, 10), 10), "header is truncated"));
  for (const char* shape : {"(4294967296, 4294967296)", "(4611686018427387904, 1)", "(18446744073709551616, 1)",
                            "(2, 9223372036854775807)"})
    CHECK(contains(refusal(dict("<f4", shape)), "too large"));
  // A header whose length says more than is read.
  std::string large = file_start(std::string(70000, ' '), 2);
  CHECK(contains(refusal(large.substr(0, npy_header_limit), large.size()), "more than"));
}

TEST_CASE("damaged headers are refused or read, and nothing else happens") {
  std::mt19937 random(2024);
  const std::string good = file_start(dict("<f4", "(3, 2)"), 1) + std::string(24, 'x');
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bad = good;
    for (unsigned edits = 1 + random() % 4; edits > 0 && !bad.empty(); --edits) {
      const std::size_t at = random() % bad.size();
      switch (random() % 4) {
        case 0: bad[at] = static_cast<char>(random()); break;
        case 1: bad.erase(at, 1 + random() % 8); break;
        case 2: bad.insert(at, 1, "{}()'\",:0123456789 TF\n"[random() % 22]); break;
        default: bad.resize(at); break;
      }
    }
    try {
      const npy_header header = parse_npy(bad, bad.size());
      CHECK(header.data_offset + header.data_bytes == bad.size());
    } catch (const error& problem) {
      if (problem.code() != status::invalid_argument) FAIL_CHECK(problem.what());
      ++refused;
    }
  }
  CHECK(refused > 10000);
  CHECK(refused < 20000);
}

TEST_CASE("swap_bytes") {
  const auto swapped = [](datatype type) {
    std::array<std::byte, 16> data{};
    for (int i = 0; i < 16; ++i) data[static_cast<std::size_t>(i)] = static_cast<std::byte>(i);
    swap_bytes(data, type);
    std::string order;
    for (const std::byte b : data) order += "0123456789abcdef"[static_cast<int>(b)];
    return order;
  };
  CHECK(swapped(datatype::uint8) == "0123456789abcdef");
  CHECK(swapped(datatype::half) == "1032547698badcfe");
  CHECK(swapped(datatype::float32) == "32107654ba98fedc");
  CHECK(swapped(datatype::complex64) == "32107654ba98fedc");
  CHECK(swapped(datatype::int64) == "76543210fedcba98");
  CHECK(swapped(datatype::complex128) == "76543210fedcba98");
}
