// Memory of other processes of this machine, copied from where it lies by the kernel, in one copy (process_vm_readv).
// Sandboxes may forbid it, and so may Yama, so nobody relies on it before it has been tried between two processes.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/types.h>

namespace clique::memory {

// Lets the processes that the parent of this one has started, all ranks of a node, read its memory, where Yama
// (ptrace_scope 1) would have them be its parents. Once.
void let_siblings_read() noexcept;

// Copies bytes from that address of the process. Throws clique::error(unsupported), which says why not.
void read_process(pid_t process, std::uint64_t from, std::byte* to, std::size_t bytes);

// Whether memory of this process is such that others can read it, those which may: not so where a driver shows the host
// pages of its hardware's. By its first byte.
bool others_can_read(const std::byte* from) noexcept;

// Whether that process's memory can be read, and shows `nonce` at that address.
bool reads_process(pid_t process, std::uint64_t from, std::uint64_t nonce) noexcept;

}  // namespace clique::memory
