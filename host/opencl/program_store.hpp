// Built programs on disk: a private directory of files, each a header, a checksum and a binary.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clique::opencl {

// 128 bits that name a source, its options and the device and driver that it was built for.
struct program_key {
  std::uint64_t high = 0, low = 0;
  bool operator==(const program_key&) const = default;
};

program_key make_key(const std::vector<std::string>& parts);

// Everything here does without where the file system does not play along: a cache is never a reason to fail.
class program_store {
 public:
  // In CLIQUE_CACHE_DIR, XDG_CACHE_HOME/clique or HOME/.cache/clique, made if it is not there. Used only if it belongs
  // to this user and nobody else may write in it.
  program_store();
  explicit program_store(std::string directory);

  [[nodiscard]] bool usable() const noexcept { return !directory_.empty(); }

  enum class state { absent, good, bad };
  // The binary stored under `key`. `bad`: there is a file, and it is not what was written.
  state read(const program_key& key, std::vector<unsigned char>& binary) const;
  void write(const program_key& key, const std::vector<unsigned char>& binary) const;
  void remove(const program_key& key) const noexcept;
  [[nodiscard]] std::string path(const program_key& key) const;

 private:
  void open(std::string directory);
  std::string directory_;  // empty: not usable
};

// Held while a program is built: one process of this user at a time on this machine, since implementations' own
// caches have crashed when processes raced. Where no lock file can be had it does nothing. A process waits once, for at
// most a minute and with a line on stderr after two seconds: another one that was stopped while it built must not cost
// a minute for each program.
class build_lock {
 public:
  build_lock();
  ~build_lock();
  build_lock(const build_lock&) = delete;
  build_lock& operator=(const build_lock&) = delete;

 private:
  void wait_for(const std::string& path) const;
  int file_ = -1;
};

}  // namespace clique::opencl
