// The program cache in memory and on disk, and the kernels' sources.
#include "support.hpp"

#include "opencl/device_state.hpp"
#include "opencl/program_cache.hpp"

#include <clique_kernels.hpp>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {
int flock_fails_with = 0;
}

// In place of the system's: a file system that has no locks.
extern "C" int flock(int file, int how) noexcept {
  if (flock_fails_with != 0) {
    errno = flock_fails_with;
    return -1;
  }
  return static_cast<int>(syscall(SYS_flock, file, how));
}

using namespace test;
using namespace clique::opencl;
namespace files = std::filesystem;

namespace {

constexpr std::string_view source = "__kernel void seven(__global int* out) { out[get_global_id(0)] = 7; }";

program_counts use(const std::string& directory, std::string_view text = source) {
  program_cache cache(dev().context(), dev().native(), program_store(directory));
  cl_int code = CL_SUCCESS;
  const cl::Buffer out(clCreateBuffer(dev().context()(), CL_MEM_READ_WRITE, 64, nullptr, &code), false);
  REQUIRE(code == CL_SUCCESS);
  const cl_mem memory = out();
  program& built = cache.get(text);
  const auto lock = built.lock();
  const cl_kernel kernel = built.kernel("seven");
  CHECK(cache.get(text).kernel("seven") == kernel);
  REQUIRE(clSetKernelArg(kernel, 0, sizeof memory, &memory) == CL_SUCCESS);
  const std::size_t items = 16;
  REQUIRE(clEnqueueNDRangeKernel(dev().queue()(), kernel, 1, nullptr, &items, nullptr, 0, nullptr, nullptr) ==
          CL_SUCCESS);
  std::vector<int> got(16);
  REQUIRE(clEnqueueReadBuffer(dev().queue()(), memory, CL_TRUE, 0, 64, got.data(), 0, nullptr, nullptr) == CL_SUCCESS);
  CHECK(got == std::vector<int>(16, 7));
  return cache.counts();
}

bool is(const program_counts& got, unsigned built, unsigned loaded, unsigned rejected) {
  return got.built == built && got.loaded == loaded && got.rejected == rejected;
}

files::path only_entry(const std::string& directory) {
  std::vector<files::path> all;
  for (const auto& each : files::directory_iterator(directory)) all.push_back(each.path());
  REQUIRE(all.size() == 1);
  return all.front();
}

}  // namespace

TEST_CASE("every kernel file builds alone, with its defaults") {
  program_cache cache(dev().context(), dev().native(), program_store(""));
  CHECK(std::size(clique::kernels::all) >= 6);
  for (const auto& file : clique::kernels::all) {
    INFO(std::string(file.name));
    CHECK(thrown_by([&] { (void)cache.get(file.text); }).text.empty());
  }
}

TEST_CASE("a second process loads what the first built; a bad entry is built again") {
  static int runs = 0;  // once per subcase
  const std::string directory = scratch() + "/store" + std::to_string(++runs);
  CHECK(is(use(directory), 1, 0, 0));
  CHECK((files::status(directory).permissions() & files::perms(077)) == files::perms::none);
  const files::path entry = only_entry(directory);
  CHECK(is(use(directory), 0, 1, 0));
  const auto size = files::file_size(entry);

  SUBCASE("one bit of the binary turned") {
    std::fstream file(entry, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(size - 20));
    const int byte = file.get();
    file.seekp(static_cast<std::streamoff>(size - 20));
    file.put(static_cast<char>(byte ^ 1));
  }
  SUBCASE("cut") {
    files::resize_file(entry, size / 2);
  }
  SUBCASE("empty") {
    files::resize_file(entry, 0);
  }
  SUBCASE("another program under its name") {
    std::ofstream(entry) << "something else altogether";
  }
  SUBCASE("a pipe under its name") {
    files::remove(entry);
    REQUIRE(mkfifo(entry.c_str(), 0600) == 0);
  }
  SUBCASE("writable by others") {
    files::permissions(entry, files::perms::others_write, files::perm_options::add);
  }
  CHECK(is(use(directory), 1, 0, 1));
  CHECK(is(use(directory), 0, 1, 0));
}

TEST_CASE("a good entry that the implementation does not take is built again") {
  if (dev().info().platform == "rusticl") {
    std::printf("skipped: Rusticl aborts the process on a binary that is not its own\n");
    return;
  }
  const std::string directory = scratch() + "/junk";
  CHECK(is(use(directory), 1, 0, 0));
  const std::string entry = only_entry(directory).filename().string();
  program_key key;
  key.high = std::stoull(entry.substr(0, 16), nullptr, 16);
  key.low = std::stoull(entry.substr(16, 16), nullptr, 16);
  const program_store store(directory);
  store.write(key, std::vector<unsigned char>(100, 42));
  std::vector<unsigned char> back;
  REQUIRE(store.read(key, back) == program_store::state::good);
  CHECK(is(use(directory), 1, 0, 1));
}

TEST_CASE("other sources and options are other entries") {
  CHECK(make_key({"ab", "c"}) != make_key({"a", "bc"}));
  CHECK(make_key({"a"}) == make_key({"a"}));
  CHECK(make_key({"a", ""}) != make_key({"a"}));
}

TEST_CASE("without a usable directory programs are built all the same") {
  std::ofstream(scratch() + "/plain") << "a file";
  CHECK(is(use(scratch() + "/plain/below"), 1, 0, 0));
  CHECK(is(use(scratch() + "/plain"), 1, 0, 0));
  CHECK(is(use(""), 1, 0, 0));
  const std::string open = scratch() + "/open";
  files::create_directory(open);
  files::permissions(open, files::perms::all);
  CHECK(is(use(open), 1, 0, 0));
  CHECK(files::is_empty(open));
  CHECK(is(use("/proc/clique"), 1, 0, 0));
}

TEST_CASE("a source that does not compile: the log is in the error") {
  program_cache cache(dev().context(), dev().native(), program_store(""));
  const auto fault = thrown_by([&] { (void)cache.get("__kernel void broken() { missing_name = 1; }"); });
  CHECK(fault.code == clique::status::build_failure);
  CHECK(fault.says("missing_name"));
  CHECK(cache.counts().built == 0);
}

// Both would take a minute for each program if they waited for the lock.
TEST_CASE("the lock of all builds: not needed for what is stored, and done without where there are no locks") {
  using seconds = std::chrono::duration<double>;
  const std::string directory = scratch() + "/locks",
                    before = std::getenv("TMPDIR") == nullptr ? "" : std::getenv("TMPDIR");
  setenv("TMPDIR", scratch().c_str(), 1);
  CHECK(is(use(directory), 1, 0, 0));
  const auto begin = std::chrono::steady_clock::now();
  const std::string path = scratch() + "/clique-" + std::to_string(geteuid()) + ".lock";
  const int held = open(path.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(held >= 0);
  REQUIRE(syscall(SYS_flock, held, LOCK_EX) == 0);
  CHECK(is(use(directory), 0, 1, 0));
  for (const int code : {ENOLCK, ENOSYS, EOPNOTSUPP}) {
    flock_fails_with = code;
    CHECK(is(use(""), 1, 0, 0));
  }
  flock_fails_with = 0;
  close(held);
  CHECK(seconds(std::chrono::steady_clock::now() - begin) < seconds(30));
  before.empty() ? unsetenv("TMPDIR") : setenv("TMPDIR", before.c_str(), 1);
}
