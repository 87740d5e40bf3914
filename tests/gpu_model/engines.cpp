#include "engines.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace gpu_model {

namespace {

constexpr int most_devices = 16, most_users = 64;
constexpr std::uint64_t version = 0x67707501;

// Guarded by the file's mutex, all of it.
struct device_engines {
  nanoseconds compute_free, bus_free[2];
  pid_t owner;  // whose command the compute engine ran last
  struct user {
    pid_t process;
    nanoseconds last;  // the end of its last command on the compute engine
  } users[most_users];
};
struct shared_file {
  std::uint64_t made;
  pthread_mutex_t mutex;  // robust: whoever dies in it leaves times alone, which are right at every moment
  device_engines devices[most_devices];
};

std::string path_of_file() {
  if (const char* const named = std::getenv("GPU_MODEL_STATE")) return named;
  const char* const folder = std::getenv("TMPDIR");
  return std::string(folder != nullptr ? folder : "/tmp") + "/gpu_model." + std::to_string(getuid());
}

struct mapping {
  shared_file* file;
  struct stat status;
};
mapping map_file() {
  const std::string path = path_of_file();
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  mapping made{};
  if (fd < 0 || flock(fd, LOCK_EX) != 0 || ftruncate(fd, sizeof(shared_file)) != 0 || fstat(fd, &made.status) != 0)
    give_up("the state in " + path + " cannot be opened: " + std::strerror(errno));
  void* const address = mmap(nullptr, sizeof(shared_file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (address == MAP_FAILED) give_up("the state in " + path + " cannot be mapped: " + std::strerror(errno));
  made.file = static_cast<shared_file*>(address);
  if (made.file->made != version) {
    pthread_mutexattr_t shared;
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&shared, PTHREAD_MUTEX_ROBUST);
    std::memset(address, 0, sizeof(shared_file));
    pthread_mutex_init(&made.file->mutex, &shared);
    made.file->made = version;
  }
  for (device_engines& engines : made.file->devices)  // times of before the machine was started anew
    for (const nanoseconds free : {engines.compute_free, engines.bus_free[0], engines.bus_free[1]})
      if (free > now() + 60'000'000'000) engines = {};
  flock(fd, LOCK_UN);  // not by close(): the mapping holds the open file too
  close(fd);
  return made;
}

const mapping& mapped() {
  static const mapping once = map_file();
  return once;
}

class locked {
 public:
  explicit locked(unsigned device) : file_(*mapped().file), engines_(file_.devices[device]) {
    if (pthread_mutex_lock(&file_.mutex) == EOWNERDEAD) pthread_mutex_consistent(&file_.mutex);
  }
  ~locked() { pthread_mutex_unlock(&file_.mutex); }
  locked(const locked&) = delete;
  locked& operator=(const locked&) = delete;
  device_engines* operator->() { return &engines_; }

 private:
  shared_file& file_;
  device_engines& engines_;
};

// Whether a process but this one used the engine since `since`; notes that this one does until `end`, later.
bool others_used(device_engines& engines, nanoseconds since) {
  for (const device_engines::user& user : engines.users)
    if (user.process != 0 && user.process != getpid() && user.last > since) return true;
  return false;
}
void note_use(device_engines& engines, nanoseconds end) {
  device_engines::user* oldest = &engines.users[0];
  for (device_engines::user& user : engines.users) {
    if (user.process == getpid()) {
      oldest = &user;
      break;
    }
    if (user.last < oldest->last) oldest = &user;
  }
  *oldest = {getpid(), end};
  engines.owner = getpid();
}

}  // namespace

nanoseconds now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<nanoseconds>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

void sleep_until(nanoseconds when) {
  const timespec time{when / 1'000'000'000, when % 1'000'000'000};
  while (now() < when && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) == EINTR) {}
}

void spend(nanoseconds time) {
  if (time <= 0) return;
  const nanoseconds end = now() + time;
  while (now() < end) {}
}

nanoseconds reserve_compute(unsigned device, nanoseconds submitted, nanoseconds after, nanoseconds latency,
                            nanoseconds occupancy) {
  locked engines(device);
  // Commands that this process had waiting while the engine was its own run on in its slice.
  const bool in_slice = engines->owner == getpid() && submitted < engines->compute_free;
  const bool shared = !in_slice && others_used(*engines.operator->(), submitted - model().of_us(model().active_us));
  const nanoseconds wait = shared ? model().of_us(model().slice_us) : 0;
  const nanoseconds free = std::max(engines->compute_free, after);
  // A command that finds the engine idle takes its latency; one that finds it busy is ready when it becomes free.
  const nanoseconds end = wait + std::max((shared ? std::max(submitted, free) : submitted) + latency, free + occupancy);
  engines->compute_free = end;
  note_use(*engines.operator->(), end);
  return end;
}

void extend_compute(unsigned device, nanoseconds until) {
  locked engines(device);
  if (engines->compute_free >= until) return;
  engines->compute_free = until;
  note_use(*engines.operator->(), until);
}

nanoseconds reserve_bus(unsigned device, direction where, nanoseconds from, std::size_t bytes) {
  const bool to_host = where == direction::to_host;
  locked engines(device);
  nanoseconds& free = engines->bus_free[to_host ? 0 : 1];
  const nanoseconds begin = std::max(from, free), other = engines->bus_free[to_host ? 1 : 0];
  const double rate = to_host ? model().pinned_d2h_gbs : model().pinned_h2d_gbs;
  free = begin + model().of_bytes(bytes, other > begin ? rate * model().both_ways : rate);
  return free;
}

void uuid_of(unsigned device, unsigned char (&uuid)[16]) {
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  const struct stat& status = mapped().status;
  const std::size_t parts[2] = {std::hash<std::string>()(host) ^ static_cast<std::size_t>(status.st_dev),
                                static_cast<std::size_t>(status.st_ino) * most_devices + device};
  static_assert(sizeof parts == sizeof uuid);
  std::memcpy(uuid, parts, sizeof uuid);
}

}  // namespace gpu_model
