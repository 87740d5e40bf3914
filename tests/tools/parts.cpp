// The parts of the clique command that need no device: byte sizes, statistics, tables, files.
#include "bench/statistics.hpp"
#include "file.hpp"
#include "options.hpp"
#include "table.hpp"

#include <clique/error.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

using namespace clique;
using namespace clique::tools;

namespace {

// A directory of its own, removed with all that is in it.
struct scratch {
  scratch() : path(std::filesystem::temp_directory_path() / "clique-tools-XXXXXX") {
    std::string name = path.string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  [[nodiscard]] std::string at(const char* name) const { return (path / name).string(); }
  [[nodiscard]] std::ptrdiff_t entries() const {
    return std::distance(std::filesystem::directory_iterator(path), std::filesystem::directory_iterator());
  }
  std::filesystem::path path;
};

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::span<const std::byte> bytes_of(const char* text) {
  return std::as_bytes(std::span(text, std::strlen(text)));
}

}  // namespace

TEST_CASE("parse_bytes") {
  CHECK(parse_bytes("0") == 0);
  CHECK(parse_bytes("8") == 8);
  CHECK(parse_bytes("8B") == 8);
  CHECK(parse_bytes("64K") == 65536);
  CHECK(parse_bytes("64k") == 65536);
  CHECK(parse_bytes("64KB") == 65536);
  CHECK(parse_bytes("64KiB") == 65536);
  CHECK(parse_bytes("8M") == std::size_t{8} << 20);
  CHECK(parse_bytes("3G") == std::size_t{3} << 30);
  CHECK(parse_bytes("17179869183G") == std::size_t{17179869183} << 30);
  for (const char* text : {"", "K", "-1", "+1", "1.5M", "8X", "8Ki", "8MM", "8 M", " 8", "0x10", "8Mi B", "8BB",
                           "17179869184G", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)parse_bytes(text), error);
  }
}

TEST_CASE("summarize") {
  const summary odd = summarize({5, 1, 3});
  CHECK(odd.p5 == 1);
  CHECK(odd.median == 3);
  CHECK(odd.p95 == 5);
  CHECK(summarize({4, 1, 2, 8}).median == 3);
  CHECK(summarize({7}).median == 7);
  CHECK(summarize({}).p95 == 0);
  std::vector<double> many;
  for (int k = 100; k > 0; --k) many.push_back(k);
  CHECK(summarize(many).p5 == 6);
  CHECK(summarize(many).p95 == 95);
}

TEST_CASE("format_table aligns, and leaves no blanks at the ends") {
  CHECK(format_table({{"n", true}, {"name"}, {"x", true}}, {{"1", "a", "10"}, {"12", "bcdefg", "2"}}) ==
        " n  name     x\n"
        " 1  a       10\n"
        "12  bcdefg   2\n");
  CHECK(format_table({{"a"}, {"b"}}, {{"1", "2"}, {"\xc3\xa4\xc3\xb6", "3"}}) == "a   b\n1   2\n\xc3\xa4\xc3\xb6  3\n");
  CHECK(format_table({{"a"}}, {}) == "a\n");
  CHECK(format_line({{"a", true, 4}, {"b", false, 4}}, {"x", "y"}) == "   x  y\n");
}

TEST_CASE("format_bytes") {
  CHECK(format_bytes(0) == "0 B");
  CHECK(format_bytes(999) == "999 B");
  CHECK(format_bytes(1000) == "0.977 KiB");
  CHECK(format_bytes(1536) == "1.5 KiB");
  CHECK(format_bytes(std::size_t{64} << 20) == "64 MiB");
  CHECK(format_bytes(~std::size_t{0}) == "16 EiB");
}

TEST_CASE("files at offsets") {
  const scratch here;
  file out(here.at("f"), O_RDWR | O_CREAT);
  out.resize(10);
  out.write_at(7, bytes_of("xyz"));
  out.write_at(0, bytes_of("ab"));
  CHECK(out.size() == 10);
  std::array<char, 4> got{};
  out.read_at(6, std::as_writable_bytes(std::span(got)));
  CHECK(std::memcmp(got.data(), "\0xyz", 4) == 0);
  CHECK_THROWS_AS(out.read_at(7, std::as_writable_bytes(std::span(got))), error);
  out.close();
  CHECK(content(here.at("f")) == std::string("ab\0\0\0\0\0xyz", 10));

  CHECK_THROWS_AS(file(here.at("none"), O_RDONLY), error);
  CHECK_THROWS_AS(file(here.path.string(), O_RDONLY), error);
  CHECK_THROWS_AS(file("/dev/null", O_RDONLY), error);
  CHECK_THROWS_AS(file(here.at("f"), O_RDONLY).resize(5), error);
}

TEST_CASE("part_file appears whole or not at all") {
  const scratch here;
  const std::string target = here.at("out");
  {
    const part_file part(target);
    file(part.path(), O_WRONLY).write_at(0, bytes_of("half of it"));
    CHECK(here.entries() == 1);
    CHECK_FALSE(std::filesystem::exists(target));
  }
  CHECK(here.entries() == 0);
  {
    part_file part(target);
    file(part.path(), O_WRONLY).write_at(0, bytes_of("all"));
    part.commit();
  }
  CHECK(here.entries() == 1);
  CHECK(content(target) == "all");

  CHECK_THROWS_AS(part_file(here.path.string()), error);
  CHECK_THROWS_AS(part_file(here.at("no/such/folder")), error);
  CHECK_THROWS_AS(part_file("/dev/null"), error);
  CHECK(std::filesystem::exists("/dev/null"));
  CHECK(here.entries() == 1);
}

TEST_CASE("what is not a regular file is refused at once, by its kind") {
  const scratch here;
  REQUIRE(::mkfifo(here.at("fifo").c_str(), 0600) == 0);
  const struct {
    std::string path;
    const char* kind;
  } table[] = {{here.at("fifo"), "pipe"}, {here.path.string(), "directory"}, {"/dev/null", "device"}};
  for (const auto& row : table) {
    const auto says = [&](auto&& attempt) {
      try {
        attempt();
      } catch (const error& problem) {
        const std::string text = problem.what();
        return text.find(row.path) != text.npos && text.find(row.kind) != text.npos;
      }
      return false;
    };
    CAPTURE(row.path);
    CHECK(says([&] { file(row.path, O_RDONLY); }));
    CHECK(says([&] { file(row.path, O_WRONLY); }));
    CHECK(says([&] { part_file(row.path); }));
    CHECK(says([&] { output_file(row.path).write("text"); }));
  }
  CHECK(here.entries() == 1);
}

TEST_CASE("a part_file takes the place of the file behind links, with its mode") {
  const scratch here;
  namespace files = std::filesystem;
  const auto replace = [](const std::string& target, const char* text) {
    part_file part(target);
    file(part.path(), O_WRONLY).write_at(0, bytes_of(text));
    part.commit();
  };
  const auto mode = [&](const char* name) { return static_cast<unsigned>(files::status(here.at(name)).permissions()); };
  files::create_directory(here.at("d"));
  files::create_symlink("d/file", here.at("near"));  // relative to where the link is
  files::create_symlink(here.at("near"), here.at("far"));
  replace(here.at("far"), "made");  // the links lead to nothing yet
  CHECK(content(here.at("d/file")) == "made");
  for (const unsigned wanted : {0600u, 0640u, 0444u, 0666u, 0755u}) {
    files::permissions(here.at("d/file"), static_cast<files::perms>(wanted));
    replace(here.at("far"), "again");
    CHECK(content(here.at("d/file")) == "again");
    CHECK(mode("d/file") == wanted);
  }
  CHECK(files::read_symlink(here.at("near")) == "d/file");
  CHECK(files::is_symlink(here.at("far")));
  CHECK(here.entries() == 3);

  files::create_symlink("loop", here.at("loop"));
  CHECK_THROWS_AS(part_file(here.at("loop")), error);
  const std::string longest(255, 'n');
  replace(here.at(longest.c_str()), "as long as a name can be");
  CHECK(content(here.at(longest.c_str())).size() == 24);
}

TEST_CASE("an output_file leaves what was there until it is written") {
  const scratch here;
  output_file(here.at("f")).write("first");
  { const output_file never(here.at("f")); }
  CHECK(content(here.at("f")) == "first");
  output_file(here.at("f")).write("second");
  CHECK(content(here.at("f")) == "second");
  CHECK(here.entries() == 1);
  CHECK_NOTHROW(output_file("").write("nowhere"));
}
