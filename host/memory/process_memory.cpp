#include "memory/process_memory.hpp"

#include "core/check.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

namespace clique::memory {
namespace {

// At most what the kernel takes at a time, 2 GiB; 0, or -1 and errno, where nothing could be read.
ssize_t read_some(pid_t process, std::uint64_t from, std::byte* to, std::size_t bytes) noexcept {
  const iovec here{to, bytes}, there{reinterpret_cast<void*>(from), bytes};
  return process_vm_readv(process, &here, 1, &there, 1, 0);
}

int ptrace_scope() noexcept {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/sys/kernel/yama/ptrace_scope", "re"),
                                                             std::fclose);
  int scope = 0;
  return file != nullptr && std::fscanf(file.get(), "%d", &scope) == 1 ? scope : 0;
}

}  // namespace

void let_siblings_read() noexcept {
  static const bool done = [] {
    return ptrace_scope() == 1 && prctl(PR_SET_PTRACER, static_cast<unsigned long>(getppid()), 0, 0, 0) == 0;
  }();
  (void)done;
}

void read_process(pid_t process, std::uint64_t from, std::byte* to, std::size_t bytes) {
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t read = read_some(process, from + done, to + done, bytes - done);
    if (read <= 0)
      fail(status::unsupported, "{} bytes at {:#x} of process {} cannot be read (process_vm_readv): {}", bytes - done,
           from + done, process, read < 0 ? std::strerror(errno) : "nothing comes");
    done += static_cast<std::size_t>(read);
  }
}

bool others_can_read(const std::byte* from) noexcept {
  std::byte byte{};
  return read_some(getpid(), reinterpret_cast<std::uintptr_t>(from), &byte, 1) == 1 || errno != EFAULT;
}

bool reads_process(pid_t process, std::uint64_t from, std::uint64_t nonce) noexcept {
  std::uint64_t seen = 0;
  return read_some(process, from, reinterpret_cast<std::byte*>(&seen), sizeof seen) == sizeof seen && seen == nonce;
}

}  // namespace clique::memory
