#include "file.hpp"

#include "fail.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace clique::tools {

file::file(const std::string& path, int flags)
    : path_(path), descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) fail("cannot open {}: {}", path_, std::strerror(errno));
  struct stat about {};
  const bool known = ::fstat(descriptor_, &about) == 0;
  if (!known || !S_ISREG(about.st_mode)) {
    ::close(descriptor_);  // no destructor runs for a constructor that throws
    fail("cannot open {}: it is not a regular file", path_);
  }
}

file::file(file&& other) noexcept : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

file& file::operator=(file&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

file::~file() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::uint64_t file::size() const {
  struct stat about {};
  if (::fstat(descriptor_, &about) != 0) fail("cannot ask for the size of {}: {}", path_, std::strerror(errno));
  return static_cast<std::uint64_t>(about.st_size);
}

void file::resize(std::uint64_t bytes) {
  if (::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0)
    fail("cannot make {} {} bytes long: {}", path_, bytes, std::strerror(errno));
}

void file::read_at(std::uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t got = ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("cannot read {}: {}", path_, std::strerror(errno));
    if (got == 0) fail("cannot read {}: it ends at byte {}, earlier than it should", path_, offset);
    offset += static_cast<std::uint64_t>(got);
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

void file::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail("cannot write {}: {}", path_, std::strerror(errno));
    offset += static_cast<std::uint64_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

void file::close() {
  if (descriptor_ >= 0 && ::close(std::exchange(descriptor_, -1)) != 0)
    fail("cannot write {}: {}", path_, std::strerror(errno));
}

part_file::part_file(std::string target) : target_(std::move(target)) {
  // A rename over /dev/null or a directory is nobody's wish.
  struct stat about {};
  if (::stat(target_.c_str(), &about) == 0 && !S_ISREG(about.st_mode))
    fail("cannot write {}: it is there and is not a regular file", target_);
  std::random_device random;
  for (int attempt = 0; attempt < 100; ++attempt) {
    path_ = fmt::format("{}.part-{:06x}", target_, random() & 0xffffffu);
    const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) {
      ::close(descriptor);
      return;
    }
    if (errno != EEXIST) break;
  }
  fail("cannot write {}: {}", target_, std::strerror(errno));
}

part_file::~part_file() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void part_file::commit() {
  if (std::rename(path_.c_str(), target_.c_str()) != 0) fail("cannot write {}: {}", target_, std::strerror(errno));
  path_.clear();
}

output_file::output_file(const std::string& path) : path_(path) {
  if (path_.empty()) return;
  stream_.open(path_, std::ios::binary);
  if (!stream_) fail("cannot write {}: {}", path_, std::strerror(errno));
}

void output_file::write(const std::string& text) {
  if (path_.empty()) return;
  stream_ << text;
  stream_.close();
  if (!stream_) fail("cannot write {}: {}", path_, std::strerror(errno));
}

}  // namespace clique::tools
