// Files read and written at offsets, and outputs: one that appears whole or not at all, and a plain text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <span>
#include <string>

namespace clique::tools {

// An open regular file. Errors throw clique::error(invalid_argument) with the path and the system's reason.
class file {
 public:
  file() = default;
  file(const std::string& path, int flags);  // flags as open(2)
  file(file&& other) noexcept;
  file& operator=(file&& other) noexcept;
  ~file();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::uint64_t size() const;
  void resize(std::uint64_t bytes);
  // All of `bytes`; an early end of the file is an error.
  void read_at(std::uint64_t offset, std::span<std::byte> bytes) const;
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  // Closed with its errors reported, which some file systems give only then. The destructor drops them.
  void close();

 private:
  std::string path_;
  int descriptor_ = -1;
};

// A new, empty file beside `target` under a temporary name: removed when this goes, unless commit() has put it in the
// target's place.
class part_file {
 public:
  explicit part_file(std::string target);
  part_file(const part_file&) = delete;
  part_file& operator=(const part_file&) = delete;
  ~part_file();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  void commit();

 private:
  std::string target_, path_;
};

// A text to be written later, opened now: a name that cannot be written is known at once. An empty one stands for none.
class output_file {
 public:
  explicit output_file(const std::string& path);
  void write(const std::string& text);

 private:
  std::string path_;
  std::ofstream stream_;
};

}  // namespace clique::tools
