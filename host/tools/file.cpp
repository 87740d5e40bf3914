#include "file.hpp"

#include "fail.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace clique::tools {

namespace {

// Null for a regular file.
const char* other_kind(mode_t mode) {
  if (S_ISREG(mode)) return nullptr;
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a pipe (FIFO)";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

void require_regular(const char* attempt, const std::string& path, mode_t mode) {
  if (const char* const kind = other_kind(mode); kind != nullptr)
    fail("cannot {} {}: it is {}, not a regular file", attempt, path, kind);
}

}  // namespace

file::file(const std::string& path, int flags, const std::string& shown) : path_(shown.empty() ? path : shown) {
  // A pipe without a writer would hold up an open() that blocks, for good.
  descriptor_ = ::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
  const int reason = errno;
  struct stat about {};
  const bool known = (descriptor_ < 0 ? ::stat(path.c_str(), &about) : ::fstat(descriptor_, &about)) == 0;
  if (descriptor_ >= 0 && known && S_ISREG(about.st_mode)) return;
  if (descriptor_ >= 0) ::close(descriptor_);  // no destructor runs for a constructor that throws
  if (known) require_regular("open", path_, about.st_mode);
  fail("cannot open {}: {}", path_, std::strerror(reason));
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

void file::sync() {
  if (::fsync(descriptor_) != 0) fail("cannot write {}: {}", path_, std::strerror(errno));
}

void file::close() {
  if (descriptor_ >= 0 && ::close(std::exchange(descriptor_, -1)) != 0)
    fail("cannot write {}: {}", path_, std::strerror(errno));
}

namespace {

namespace paths = std::filesystem;

// What a rename must put its file in the place of, so that links to it stay links.
std::string behind_links(paths::path path) {
  constexpr int most_links = 40;  // as in Linux
  std::error_code ignored;
  for (int links = 0; links < most_links && paths::is_symlink(path, ignored); ++links)
    path = path.parent_path() / paths::read_symlink(path, ignored);
  return path.string();
}

// Gives a file the owner and the mode of the one that it will replace. An owner that it cannot have stays this user;
// then the old owner's group is as good as everybody.
void dress_as(const std::string& path, const struct stat& old, const std::string& shown) {
  mode_t mode = old.st_mode & 0777;
  const bool same_user = ::chown(path.c_str(), old.st_uid, static_cast<gid_t>(-1)) == 0;
  const bool same_group = ::chown(path.c_str(), static_cast<uid_t>(-1), old.st_gid) == 0;
  if (!same_group) mode = (mode & ~070u) | ((mode & 007) << 3);
  if (same_user && same_group) mode = old.st_mode & 07777;
  if (::chmod(path.c_str(), mode) != 0) fail("cannot set the mode of {}: {}", shown, std::strerror(errno));
}

// A rename is sure to be there after a power failure when the directory is written, too. Some file systems have no such
// thing: what they can do they have done.
void sync_directory(const paths::path& directory) {
  const int descriptor =
      ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

part_file::part_file(const std::string& target) : target_(behind_links(target)) {
  // A rename over /dev/null or a directory is nobody's wish.
  struct stat about {};
  const bool exists = ::stat(target_.c_str(), &about) == 0;
  if (!exists && errno != ENOENT) fail("cannot write {}: {}", target, std::strerror(errno));
  if (exists) require_regular("write", target, about.st_mode);
  const paths::path folder = paths::path(target_).parent_path();
  std::random_device random;
  for (int attempt = 0; attempt < 100; ++attempt) {
    // Not made of the target's name, which may be as long as names can be.
    path_ = (folder / fmt::format(".clique-part-{:08x}", random())).string();
    // In the place of a private file it is private from the beginning.
    const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, exists ? 0600 : 0666);
    if (descriptor >= 0) {
      ::close(descriptor);
      return;
    }
    if (errno != EEXIST) break;
  }
  fail("cannot write {}: {}", target, std::strerror(errno));
}

part_file::~part_file() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void part_file::commit() {
  file(path_, O_RDONLY, target_).sync();
  struct stat old {};
  if (::stat(target_.c_str(), &old) == 0) {
    require_regular("write", target_, old.st_mode);
    dress_as(path_, old, target_);
  }
  if (std::rename(path_.c_str(), target_.c_str()) != 0) fail("cannot write {}: {}", target_, std::strerror(errno));
  path_.clear();
  sync_directory(paths::path(target_).parent_path());
}

output_file::output_file(const std::string& path) {
  if (!path.empty()) part_.emplace(path);
}

void output_file::write(const std::string& text) {
  if (!part_) return;
  file to(part_->path(), O_WRONLY, part_->target());
  to.write_at(0, std::as_bytes(std::span(text)));
  to.close();
  part_->commit();
}

}  // namespace clique::tools
