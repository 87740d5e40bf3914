#include "memory/shared_pages.hpp"

#include "core/check.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace clique::memory {
namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

std::size_t limit_of(decltype(RLIMIT_AS) resource) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return unlimited;
  return static_cast<std::size_t>(limit.rlim_cur);
}

// Of address space, for one of `mappings`: half of what is left is the program's, its libraries' and OpenCL's.
std::size_t fair_share(std::size_t mappings) {
  const std::size_t limit = limit_of(RLIMIT_AS);
  if (limit == unlimited) return unlimited;
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const std::size_t used = pages * page_bytes;
  return (limit > used ? limit - used : 0) / 2 / mappings / page_bytes * page_bytes;
}

// A file without a name in a folder of temporary files; -1 where there is none to be had.
int nameless_file(const std::string& folder) {
  if (const int made = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); made >= 0) return made;
  std::string path = folder + "/clique-XXXXXX";
  const int made = mkostemp(path.data(), O_CLOEXEC);
  if (made >= 0) unlink(path.c_str());
  return made;
}

std::string in_units(std::size_t bytes) {
  return bytes >= std::size_t{1} << 30 ? core::formatted("{:.1f} GiB", static_cast<double>(bytes) / (1 << 30))
                                       : core::formatted("{:.0f} MiB", static_cast<double>(bytes) / (1 << 20));
}

}  // namespace

std::size_t whole_pages(std::size_t bytes) {
  require(bytes <= ~std::size_t{0} - page_bytes, status::out_of_memory, "an array of {} bytes cannot exist", bytes);
  return (std::max<std::size_t>(bytes, 1) + page_bytes - 1) / page_bytes * page_bytes;
}

std::byte* map_pages(int descriptor, std::size_t bytes, int protection) noexcept {
  const int how = descriptor >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
  void* const address = mmap(nullptr, bytes, protection, how | MAP_NORESERVE, descriptor, 0);
  return address == MAP_FAILED ? nullptr : static_cast<std::byte*>(address);
}

shared_pages::shared_pages(std::size_t capacity, std::size_t mappings) : capacity_(whole_pages(capacity)) {
  std::string why;
  const auto lower = [&](std::size_t limit, const char* name) {
    if (capacity_ <= limit) return;
    capacity_ = std::max(limit / page_bytes * page_bytes, std::min(capacity_, least));
    why = core::formatted(", no more because of a limit ({})", name);
  };
  lower(fair_share(mappings), "RLIMIT_AS, ulimit -v");
  // A file may not grow beyond its limit: that would be SIGXFSZ, which kills.
  const std::size_t file_limit = limit_of(RLIMIT_FSIZE);
  if (file_limit >= std::min(capacity_, least)) {
    lower(file_limit, "RLIMIT_FSIZE, ulimit -f");
    const int memory = memfd_create("clique", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory < 0) why += core::formatted(", memfd_create: {}", std::strerror(errno));
    if (open(memory, "memfd")) {
      fcntl(descriptor_, F_ADD_SEALS,
            F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);  // best effort: some kernels lack seals
    } else {
      const char* const temporary = std::getenv("TMPDIR");
      for (const std::string folder : {"/dev/shm", temporary != nullptr && *temporary == '/' ? temporary : "/tmp"}) {
        if (open(nameless_file(folder), "nameless file")) {
          why += ", instead in " + folder;
          break;
        }
      }
    }
  } else {
    why += core::formatted(", since files may only have {} (RLIMIT_FSIZE, ulimit -f)", in_units(file_limit));
  }
  if (base_ == nullptr) open(-1, "private memory");
  require(base_ != nullptr, status::out_of_memory, "cannot reserve {} bytes of address space for arrays: {}", capacity_,
          std::strerror(errno));
  note_ += why;
}

// Also with less, where all of it cannot be mapped. With a descriptor of -1: what no peer can map.
bool shared_pages::open(int descriptor, const char* what) {
  if (descriptor < 0 && std::strcmp(what, "private memory") != 0) return false;
  for (;; capacity_ = whole_pages(capacity_ / 2)) {
    if (descriptor < 0 || ftruncate(descriptor, static_cast<off_t>(capacity_)) == 0)
      base_ = map_pages(descriptor, capacity_, PROT_READ | PROT_WRITE);
    if (base_ != nullptr) break;
    if (capacity_ / 2 < least) {
      if (descriptor >= 0) close(descriptor);
      return false;
    }
  }
  descriptor_ = descriptor;
  note_ = core::formatted("{} of {}", what, in_units(capacity_));
  return true;
}

shared_pages::~shared_pages() {
  munmap(base_, capacity_);
  if (descriptor_ >= 0) close(descriptor_);
}

void shared_pages::take(std::size_t offset, std::size_t bytes) {
  if (descriptor_ < 0) return;  // private memory is there when it is touched, or the system's out-of-memory killer acts
  const auto try_hard = [](auto&& call) {
    for (;;) {
      if (call() >= 0) return 0;
      if (errno != EINTR) return errno;
    }
  };
  int code = 0;
  if (!by_writing_) {
    code = try_hard([&] { return fallocate(descriptor_, 0, static_cast<off_t>(offset), static_cast<off_t>(bytes)); });
    by_writing_ = code == ENOSYS || code == EPERM || code == EOPNOTSUPP;
  }
  // A write has to find memory too, and says so where there is none.
  static constexpr std::array<std::byte, std::size_t{64} << 10> zeros{};
  for (std::size_t done = 0; by_writing_ && done < bytes;) {
    ssize_t written = 0;
    code = try_hard([&] {
      return written = pwrite(descriptor_, zeros.data(), std::min(zeros.size(), bytes - done),
                              static_cast<off_t>(offset + done));
    });
    if (code != 0) break;
    done += static_cast<std::size_t>(written);
  }
  require(code == 0, status::out_of_memory, "cannot get {} bytes of shared memory: {}", bytes, std::strerror(code));
}

bool shared_pages::give_back(std::size_t offset, std::size_t bytes) noexcept {
  if (descriptor_ < 0) return madvise(base_ + offset, bytes, MADV_DONTNEED) == 0;
  return fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                   static_cast<off_t>(bytes)) == 0 ||
         madvise(base_ + offset, bytes, MADV_REMOVE) == 0;
}

}  // namespace clique::memory
