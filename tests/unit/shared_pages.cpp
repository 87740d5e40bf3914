// Shared pages under what sandboxes forbid and batch systems limit. Each case in a child process of its own, since a
// filter of system calls stays.
#include "memory/arena.hpp"

#include "core/check.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace clique;
using memory::arena;
using memory::page_bytes;
using memory::peer_arena;
using memory::shared_pages;

namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

// The calls fail with that errno from now on.
bool forbid(std::initializer_list<long> calls, int code) {
  std::vector<sock_filter> filter{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const long call : calls) {
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<__u32>(call), 0, 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<__u32>(code)));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// Runs `work` in a child; what it returns is empty where all is well.
std::string in_child(const std::function<std::string()>& work) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::string said;
    try {
      said = work();
    } catch (const std::exception& caught) {
      said = caught.what();
    }
    const bool written = write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  std::string said;
  char piece[512];
  for (ssize_t got = 0; (got = read(ends[0], piece, sizeof piece)) > 0;)
    said.append(piece, static_cast<std::size_t>(got));
  close(ends[0]);
  int state = 0;
  REQUIRE(waitpid(child, &state, 0) == child);
  if (!WIFEXITED(state) || WEXITSTATUS(state) != 0) said += " the child ended with state " + std::to_string(state);
  return said;
}

// Memory that can be used, given back and, where it is shared, seen by a peer; the note has the part.
std::string use(arena& memory, const std::string& part, bool shared) {
  if (memory.note().find(part) == std::string::npos) return "the note says: " + memory.note();
  for (int round = 0; round < 3; ++round) {
    std::byte* const small = memory.allocate(100);
    std::byte* const large = memory.allocate(9 * mib);
    std::memset(large, round + 1, 9 * mib);
    std::memset(small, 7, 100);
    if ((memory.descriptor() >= 0) != shared) return "shared, or not: " + memory.note();
    if (shared) {
      const auto peer = peer_arena::open(memory);
      if (peer->base()[memory.offset(large) + 9 * mib - 1] != std::byte(round + 1)) return "a peer sees something else";
    }
    memory.release(large);
    memory.release(small);
  }
  return memory.used() == 0 ? "" : "bytes are still used";
}

}  // namespace

TEST_CASE("without memfd_create: a file without a name") {
  for (const int code : {ENOSYS, EPERM}) {
    CHECK(in_child([code] {
            if (!forbid({SYS_memfd_create}, code)) return std::string("no seccomp");
            arena memory(32 * mib);
            return use(memory, "nameless file of 32 MiB, memfd_create: ", true);
          }) == "");
  }
}

TEST_CASE("without fallocate: pages are taken by writing them") {
  for (const int code : {ENOSYS, EPERM, EOPNOTSUPP}) {
    CHECK(in_child([code] {
            if (!forbid({SYS_fallocate}, code)) return std::string("no seccomp");
            arena memory(128 * mib);
            return use(memory, "memfd of 128 MiB", true);
          }) == "");
  }
}

TEST_CASE("without memory that can be shared: private memory, and the note says why") {
  CHECK(in_child([] {
          if (!forbid({SYS_memfd_create, SYS_openat, SYS_fallocate}, EPERM)) return std::string("no seccomp");
          arena memory(32 * mib);
          std::string fault = use(memory, "private memory of 32 MiB, memfd_create: ", false);
          try {
            (void)peer_arena::open(memory);
            fault += " a peer could map it";
          } catch (const error& caught) {
            if (caught.code() != status::unsupported) fault += caught.what();
          }
          return fault;
        }) == "");
}

TEST_CASE("limits on files and address space: a smaller arena") {
  const auto limited = [](int resource, std::size_t bytes, const std::string& part, bool shared) {
    return in_child([=] {
      const rlimit limit{bytes, bytes};
      if (setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) return std::string("setrlimit");
      arena memory(std::size_t{1} << 35, 3);
      if (memory.capacity() > bytes && shared) return "it has " + std::to_string(memory.capacity());
      return use(memory, part, shared);
    });
  };
  CHECK(limited(RLIMIT_FSIZE, 64 * mib, "memfd of 64 MiB, no more because of a limit (RLIMIT_FSIZE", true) == "");
  CHECK(limited(RLIMIT_FSIZE, mib, "since files may only have 1 MiB", false) == "");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(limited(RLIMIT_AS, std::size_t{1} << 30, "no more because of a limit (RLIMIT_AS", true) == "");
#endif
}
