// Files read and written at offsets, and outputs: one that appears whole or not at all, and a plain text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace clique::tools {

// An open regular file: nothing else is opened, and opening never blocks. Errors throw clique::error(invalid_argument)
// with the path and the system's reason.
class file {
 public:
  file() = default;
  // Flags as open(2). Errors call it `shown`, where that is given: for a file that has a temporary name.
  file(const std::string& path, int flags, const std::string& shown = "");
  file(file&& other) noexcept;
  file& operator=(file&& other) noexcept;
  ~file();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }  // as shown
  [[nodiscard]] std::uint64_t size() const;
  void resize(std::uint64_t bytes);
  // All of `bytes`; an early end of the file is an error.
  void read_at(std::uint64_t offset, std::span<std::byte> bytes) const;
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  // Returns when the data is on the disk. Another process that has written to the file must do so itself.
  void sync();
  // Closed with its errors reported, which some file systems give only then. The destructor drops them.
  void close();

 private:
  std::string path_;
  int descriptor_ = -1;
};

// A new, empty file beside `target` under a temporary name: removed when this goes, unless commit() has put it in the
// target's place. There it has the mode and, where that is allowed, the owner of the file that it replaces; a symbolic
// link stays one, and what it leads to is replaced. What is there and no regular file is an error.
class part_file {
 public:
  explicit part_file(const std::string& target);
  part_file(const part_file&) = delete;
  part_file& operator=(const part_file&) = delete;
  ~part_file();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const std::string& target() const noexcept { return target_; }  // behind links
  // Returns when the file is on the disk under the target's name.
  void commit();

 private:
  std::string target_, path_;
};

// A text to be written later into a part_file of now: a name that cannot be written is known at once, and what was
// there stays until then. An empty name stands for none.
class output_file {
 public:
  explicit output_file(const std::string& path);
  void write(const std::string& text);

 private:
  std::optional<part_file> part_;
};

}  // namespace clique::tools
