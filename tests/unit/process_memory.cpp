// Memory of other processes.
#include "memory/process_memory.hpp"

#include <clique/error.hpp>

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace clique;

std::uint64_t address(const void* of) {
  return reinterpret_cast<std::uintptr_t>(of);
}

// A process that waits until the test is done with it.
class child {
 public:
  template <class Prepare>
  explicit child(Prepare&& prepare) {
    int ready[2];
    REQUIRE(pipe(ready) == 0);
    REQUIRE(pipe(end_) == 0);
    process = fork();
    REQUIRE(process >= 0);
    if (process == 0) {
      prepare();
      char byte = 0;
      const bool told = write(ready[1], &byte, 1) == 1;
      close(end_[1]);
      _exit(told && read(end_[0], &byte, 1) == 0 ? 0 : 1);
    }
    char byte = 0;
    REQUIRE(read(ready[0], &byte, 1) == 1);
    close(ready[0]);
    close(ready[1]);
    close(end_[0]);
  }
  ~child() {
    close(end_[1]);
    int state = 0;
    waitpid(process, &state, 0);
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  pid_t process = 0;

 private:
  int end_[2]{};
};

}  // namespace

TEST_CASE("another process's memory is read as it is there, whole pages and parts of them") {
  std::vector<unsigned char> data(300000, 1);
  const child other([&] {
    for (std::size_t k = 0; k < data.size(); ++k) data[k] = static_cast<unsigned char>(k * 7 + k / 251);
  });
  std::uint64_t nonce = 0;
  for (std::size_t k = 0; k < sizeof nonce; ++k)
    reinterpret_cast<unsigned char*>(&nonce)[k] = static_cast<unsigned char>(k * 7);
  if (!memory::reads_process(other.process, address(data.data()), nonce)) {
    MESSAGE("the system lets no process read another's memory: not looked at");
    return;
  }
  CHECK_FALSE(memory::reads_process(other.process, address(data.data()), nonce + 1));
  for (const std::size_t from : {std::size_t{0}, std::size_t{1}, std::size_t{4095}, std::size_t{100001}}) {
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{4096}, std::size_t{4097}, std::size_t{190000}}) {
      std::vector<unsigned char> got(bytes + 1, 0xee);
      memory::read_process(other.process, address(data.data()) + from, reinterpret_cast<std::byte*>(got.data()), bytes);
      for (std::size_t k = 0; k < bytes; ++k) {
        const std::size_t at = from + k;
        REQUIRE(got[k] == static_cast<unsigned char>(at * 7 + at / 251));
      }
      CHECK(got[bytes] == 0xee);
    }
  }
}

TEST_CASE("what cannot be read of a process is an error that names it, and no probe of it succeeds") {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* const gap = mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(gap != MAP_FAILED);
  REQUIRE(munmap(static_cast<char*>(gap) + page, page) == 0);
  std::vector<std::byte> got(2 * page);
  std::string text;
  try {
    memory::read_process(getpid(), address(gap), got.data(), 2 * page);
  } catch (const error& caught) {
    CHECK(caught.code() == status::unsupported);
    text = caught.what();
  }
  CHECK(text.find("of process " + std::to_string(getpid())) != std::string::npos);
  CHECK(text.find("process_vm_readv") != std::string::npos);
  CHECK_FALSE(memory::reads_process(getpid(), address(gap) + page, 0));
  munmap(gap, page);
}
