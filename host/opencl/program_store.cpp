#include "opencl/program_store.hpp"

#include "core/config.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace clique::opencl {
namespace {

constexpr char magic[8] = {'c', 'l', 'i', 'q', 'u', 'e', 'P', '1'};
constexpr std::size_t most_bytes = std::size_t{256} << 20;  // no program is larger; a length above it is a bad one

struct header {
  char mark[8];
  program_key key;
  std::uint64_t bytes, checksum;
};

// FNV-1a, and a final mix so that close inputs do not end close.
std::uint64_t hash(const void* data, std::size_t bytes, std::uint64_t state) {
  const auto* const at = static_cast<const unsigned char*>(data);
  for (std::size_t k = 0; k < bytes; ++k) state = (state ^ at[k]) * 0x100000001b3u;
  return state ^ (state >> 29);
}

class file {
 public:
  explicit file(int descriptor) : descriptor_(descriptor) {}
  ~file() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  file(const file&) = delete;
  file& operator=(const file&) = delete;
  explicit operator bool() const noexcept { return descriptor_ >= 0; }
  [[nodiscard]] int get() const noexcept { return descriptor_; }

  bool read(void* to, std::size_t bytes) const {
    auto* at = static_cast<char*>(to);
    while (bytes > 0) {
      const ssize_t got = ::read(descriptor_, at, bytes);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      at += got;
      bytes -= static_cast<std::size_t>(got);
    }
    return true;
  }
  bool write(const void* from, std::size_t bytes) const {
    const auto* at = static_cast<const char*>(from);
    while (bytes > 0) {
      const ssize_t put = ::write(descriptor_, at, bytes);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return false;
      at += put;
      bytes -= static_cast<std::size_t>(put);
    }
    return true;
  }

 private:
  int descriptor_;
};

std::string default_directory() {
  if (const std::string& wish = core::settings().cache; !wish.empty()) return wish == "none" ? "" : wish;
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/') {
    return std::string(cache) + "/clique";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return std::string(home) + "/.cache/clique";
  return {};
}

// `path` and what is above it, private where it is made here.
bool make_directories(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    if (mkdir(path.substr(0, end).c_str(), 0700) != 0 && errno != EEXIST) return false;
    if (end == path.npos) return true;
  }
}

bool ours_alone(const struct stat& facts) {
  return facts.st_uid == geteuid() && (facts.st_mode & 022) == 0;
}

}  // namespace

program_key make_key(const std::vector<std::string>& parts) {
  program_key key{0xcbf29ce484222325u, 0x9ae16a3b2f90404fu};
  for (const std::string& part : parts) {
    const std::uint64_t bytes = part.size();  // so that ("ab", "c") is not ("a", "bc")
    key.high = hash(part.data(), part.size(), hash(&bytes, sizeof bytes, key.high));
    key.low = hash(part.data(), part.size(), hash(&bytes, sizeof bytes, key.low));
  }
  return key;
}

program_store::program_store() {
  open(default_directory());
}
program_store::program_store(std::string directory) {
  open(std::move(directory));
}

void program_store::open(std::string directory) {
  if (directory.empty()) return;
  struct stat facts {};
  if (!make_directories(directory) || stat(directory.c_str(), &facts) != 0) {
    core::log("programs are not cached on disk: cannot use {}: {}", directory, std::strerror(errno));
  } else if (!S_ISDIR(facts.st_mode) || !ours_alone(facts)) {
    core::log("programs are not cached on disk: {} is not a directory that this user owns and nobody else may write in",
              directory);
  } else {
    directory_ = std::move(directory);
  }
}

std::string program_store::path(const program_key& key) const {
  return core::formatted("{}/{:016x}{:016x}.bin", directory_, key.high, key.low);
}

program_store::state program_store::read(const program_key& key, std::vector<unsigned char>& binary) const {
  // O_NONBLOCK: a pipe under this name would hold up the open for good.
  const file from(::open(path(key).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!from) return errno == ENOENT ? state::absent : state::bad;
  struct stat facts {};
  header head{};
  if (fstat(from.get(), &facts) != 0 || !S_ISREG(facts.st_mode) || !ours_alone(facts)) return state::bad;
  if (!from.read(&head, sizeof head) || std::memcmp(head.mark, magic, sizeof magic) != 0 || head.key != key ||
      head.bytes > most_bytes || static_cast<std::uint64_t>(facts.st_size) != sizeof head + head.bytes) {
    return state::bad;
  }
  binary.resize(head.bytes);
  if (!from.read(binary.data(), binary.size())) return state::bad;
  return hash(binary.data(), binary.size(), head.key.low) == head.checksum ? state::good : state::bad;
}

void program_store::write(const program_key& key, const std::vector<unsigned char>& binary) const {
  header head{};
  std::memcpy(head.mark, magic, sizeof magic);
  head.key = key;
  head.bytes = binary.size();
  head.checksum = hash(binary.data(), binary.size(), key.low);

  // A name of its own, then a rename: readers see all of it or nothing.
  std::string temporary = directory_ + "/new-XXXXXX";
  bool written = false;
  {
    const file to(mkostemp(temporary.data(), O_CLOEXEC));
    if (!to) {
      core::log("a program is not cached on disk: cannot write in {}: {}", directory_, std::strerror(errno));
      return;
    }
    written = to.write(&head, sizeof head) && to.write(binary.data(), binary.size());
  }
  if (!written || rename(temporary.c_str(), path(key).c_str()) != 0) {
    core::log("a program is not cached on disk: cannot write {}: {}", path(key), std::strerror(errno));
    unlink(temporary.c_str());
  }
}

void program_store::remove(const program_key& key) const noexcept {
  unlink(path(key).c_str());
}

build_lock::build_lock() {
  const char* temporary = std::getenv("TMPDIR");
  const std::string path =
      core::formatted("{}/clique-{}.lock", temporary != nullptr && *temporary == '/' ? temporary : "/tmp", geteuid());
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  struct stat facts {};
  if (file_ < 0 || fstat(file_, &facts) != 0 || facts.st_uid != geteuid()) {
    core::log("programs are built without a lock: cannot use {}", path);
    return;
  }
  wait_for(path);
}

void build_lock::wait_for(const std::string& path) const {
  using namespace std::chrono_literals;
  static std::atomic<bool> waited_in_vain{false}, told{false};
  const auto begin = std::chrono::steady_clock::now();
  while (flock(file_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) {  // a file system without locks: ENOLCK, ENOSYS, EOPNOTSUPP
      core::log("programs are built without a lock: {}: {}", path, std::strerror(errno));
      return;
    }
    const auto waited = std::chrono::steady_clock::now() - begin;
    if (waited_in_vain || waited > 60s) {
      waited_in_vain = true;
      core::log("programs are built without the lock {}, which another process keeps", path);
      return;
    }
    if (waited > 2s && !told.exchange(true)) {
      const std::string line = core::formatted(
          "clique: waiting, for a minute at most, for another process of this user that builds OpenCL programs ({})\n",
          path);
      std::fwrite(line.data(), 1, line.size(), stderr);
    }
    std::this_thread::sleep_for(2ms);
  }
}

build_lock::~build_lock() {
  if (file_ >= 0) close(file_);
}

}  // namespace clique::opencl
