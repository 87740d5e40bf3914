#include "child.hpp"

#include "fail.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace clique::tools {

namespace {

using clock = std::chrono::steady_clock;

volatile std::sig_atomic_t running_group = 0;

// The terminal does not tell the child's group.
void end_both(int number) {
  if (running_group != 0) ::kill(-static_cast<pid_t>(running_group), SIGTERM);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(number, &usual, nullptr);
  ::raise(number);
}

// For as long as a child runs.
class signals {
 public:
  signals() {
    struct sigaction handler {};
    handler.sa_handler = end_both;
    for (std::size_t k = 0; k < numbers.size(); ++k) ::sigaction(numbers[k], &handler, &before_[k]);
  }
  ~signals() {
    running_group = 0;
    for (std::size_t k = 0; k < numbers.size(); ++k) ::sigaction(numbers[k], &before_[k], nullptr);
  }
  signals(const signals&) = delete;
  signals& operator=(const signals&) = delete;

 private:
  static constexpr std::array<int, 3> numbers{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, numbers.size()> before_{};
};

class descriptor {
 public:
  explicit descriptor(int of) noexcept : of_(of) {}
  ~descriptor() { close(); }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return of_; }
  void close() noexcept {
    if (of_ >= 0) ::close(of_);
    of_ = -1;
  }

 private:
  int of_;
};

// In the child, where only calls that are safe after fork() may be made; what it prints goes into the pipe.
[[noreturn]] void become(char* const* arguments, char* const* environment, int output) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    ::sigaction(number, &usual, nullptr);
  }
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execvpe(arguments[0], arguments, environment);
  constexpr char failed[] = "cannot be started\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, failed, sizeof failed - 1);
  ::_exit(127);
}

std::vector<std::string> environment_with(const std::vector<variable>& variables) {
  std::vector<std::string> all;
  const auto is = [](std::string_view entry, const variable& one) {
    return entry.substr(0, entry.find('=')) == one.name;
  };
  for (char** entry = environ; *entry != nullptr; ++entry) {
    bool kept = true;
    for (const variable& one : variables) kept = kept && !(one.overwrites && is(*entry, one));
    if (kept) all.emplace_back(*entry);
  }
  for (const variable& one : variables)
    if (one.overwrites || std::getenv(one.name.c_str()) == nullptr) all.push_back(one.name + "=" + one.value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// False where `until` passes before the end of the output.
bool read_all(int from, clock::time_point until, std::string& to) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
    if (left <= 0) return false;
    pollfd ready{from, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(std::min<long long>(left, 60000))) <= 0) continue;
    std::array<char, 4096> part;
    const ssize_t got = ::read(from, part.data(), part.size());
    if (got == 0) return true;
    if (got < 0 && errno != EINTR) fail("cannot read what the command prints: {}", std::strerror(errno));
    if (got > 0) to.append(part.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

finished_child run_child(const std::vector<std::string>& command, const std::vector<variable>& variables,
                         double seconds) {
  std::vector<std::string> texts = command, environment = environment_with(variables);
  const std::vector<char*> arguments = pointers(texts), entries = pointers(environment);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("cannot make a pipe: {}", std::strerror(errno));
  descriptor output(ends[0]), input(ends[1]);
  const signals told;
  const pid_t child = ::fork();
  if (child < 0) fail("cannot start {}: {}", command[0], std::strerror(errno));
  if (child == 0) become(arguments.data(), entries.data(), input.get());
  ::setpgid(child, child);  // here too: whoever comes first
  running_group = child;
  input.close();

  finished_child result;
  const auto limit = std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
  const clock::time_point until = clock::now() + limit;
  result.timed_out = !read_all(output.get(), until, result.output);
  if (result.timed_out) {
    // The launcher ends its ranks when it is told to; what is left after that is ended here.
    ::kill(-child, SIGTERM);
    read_all(output.get(), clock::now() + std::chrono::seconds(3), result.output);
    ::kill(-child, SIGKILL);
  }
  int code = 0;
  while (::waitpid(child, &code, 0) < 0) {
    if (errno != EINTR) fail("cannot wait for {}: {}", command[0], std::strerror(errno));
  }
  if (WIFEXITED(code)) result.exit_code = WEXITSTATUS(code);
  if (WIFSIGNALED(code)) result.signal = WTERMSIG(code);
  if (result.exit_code == 127 && !result.timed_out && result.output == "cannot be started\n")
    fail("cannot start {}: is it in the PATH? (see --launcher)", command[0]);
  return result;
}

}  // namespace clique::tools
