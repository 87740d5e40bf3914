// Ranks that share a GPU and see each other's arrays there: what is exchanged, in all mixtures with buffers that no
// peer sees; who gives the compute engine something to do; what stays when arrays go; and what it takes.
//
//   clique_gpu_exported [--times | --forever | --once]
#include <clique/clique.hpp>

#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <unistd.h>

namespace {

int failures = 0;

void expect(const clique::communicator& comm, bool holds, const std::string& what) {
  if (holds) return;
  ++failures;
  std::printf("rank %d: %s\n", comm.rank(), what.c_str());
  std::fflush(stdout);
}

long long compute_commands() {
  void* const layer = dlopen(std::getenv("OPENCL_LAYERS"), RTLD_NOW | RTLD_NOLOAD);
  if (layer == nullptr) throw std::runtime_error("the model is not there");
  return reinterpret_cast<long long (*)(const char*)>(dlsym(layer, "gpu_model_count"))("compute");
}

using words = std::vector<std::uint32_t>;

// Memory for `count` elements: an array's, a buffer's of the program's own, or a part of an array that begins at an odd
// place.
struct memory {
  enum class kind { array, buffer, part };
  memory(clique::communicator& comm, kind of, std::size_t count) : device(comm.device()) {
    const std::size_t before = of == kind::part ? 3 : 0;
    if (of == kind::buffer) {
      own = cl::Buffer(device.context(), CL_MEM_READ_WRITE, count * 4);
      all = clique::span<std::uint32_t>(own, 0, count);
    } else {
      array.emplace(comm, count + 2 * before);
      all = array->subspan(before, count);
    }
  }
  void set(const words& to) { clique::copy_from(device, all.region(), to.data(), to.size()); }
  words get() {
    words result(all.count());
    clique::copy_to(device, all.region(), result.data(), result.size());
    return result;
  }
  clique::device device;
  cl::Buffer own;
  std::optional<clique::array<std::uint32_t>> array;
  clique::span<std::uint32_t> all;
};

std::uint32_t element(int rank, std::size_t k, std::uint32_t round) {
  return static_cast<std::uint32_t>(rank) * 0x01000193u + static_cast<std::uint32_t>(k) * 2654435761u + round;
}

words made_by(int rank, std::size_t count, std::uint32_t round) {
  words result(count);
  for (std::size_t k = 0; k < count; ++k) result[k] = element(rank, k, round);
  return result;
}

constexpr memory::kind kinds[] = {memory::kind::array, memory::kind::buffer, memory::kind::part};

// Every rank another kind of memory at the same time, in both directions.
void check_mixtures(clique::communicator& comm) {
  const auto size = static_cast<std::size_t>(comm.size()), rank = static_cast<std::size_t>(comm.rank());
  std::uint32_t round = 0;
  for (const std::size_t each : {std::size_t{5000}, std::size_t{5001}, std::size_t{70000}, std::size_t{300001}}) {
    for (std::size_t mixture = 0; mixture < 9; ++mixture) {
      const auto from = kinds[(mixture + rank) % 3], to = kinds[(mixture / 3 + 2 * rank) % 3];
      const std::string what = " of " + std::to_string(each) + " elements, mixture " + std::to_string(mixture);
      memory send(comm, from, each * size), receive(comm, to, each * size), part(comm, to, each);
      const words mine = made_by(comm.rank(), each * size, ++round);
      send.set(mine);
      clique::alltoall(comm, send.all, receive.all);
      words wanted;
      for (std::size_t peer = 0; peer < size; ++peer) {
        for (std::size_t k = 0; k < each; ++k)
          wanted.push_back(element(static_cast<int>(peer), rank * each + k, round));
      }
      expect(comm, receive.get() == wanted, "alltoall" + what);
      clique::request one = clique::iscatter(comm, send.all, part.all, 0);
      one.wait();
      const words scattered = made_by(0, each * size, round);
      expect(comm,
             part.get() == words(scattered.begin() + static_cast<std::ptrdiff_t>(rank * each),
                                 scattered.begin() + static_cast<std::ptrdiff_t>((rank + 1) * each)),
             "scatter" + what);
      const int next = static_cast<int>((rank + 1) % size), before = static_cast<int>((rank + size - 1) % size);
      clique::sendrecv(comm, send.all, next, 0, receive.all, before, 0);
      expect(comm, receive.get() == made_by(before, each * size, round), "sendrecv" + what);
      clique::bcast(comm, send.all, 1);
      expect(comm, send.get() == made_by(1, each * size, round), "bcast" + what);
      clique::allreduce(comm, send.all, receive.all, clique::op::max);
      expect(comm, receive.get() == made_by(1, each * size, round), "allreduce" + what);
    }
  }
}

// The array goes while its exchange is under way.
void check_early_end(clique::communicator& comm) {
  const auto size = static_cast<std::size_t>(comm.size());
  constexpr std::size_t each = 50000;
  for (std::uint32_t round = 0; round < 20; ++round) {
    clique::array<std::uint32_t> receive(comm, each * size);
    clique::request under_way;
    {
      clique::array<std::uint32_t> send(comm, each * size);
      send.copy_from(made_by(comm.rank(), each * size, round));
      under_way = clique::ialltoall(comm, send, receive);
    }
    under_way.wait();
    const words got = receive.to_host();
    for (std::size_t k = 0; k < got.size(); k += 997) {
      const auto peer = static_cast<int>(k / each);
      if (got[k] == element(peer, static_cast<std::size_t>(comm.rank()) * each + k % each, round)) continue;
      return expect(comm, false, "an array that went early: element " + std::to_string(k) + " is wrong");
    }
  }
}

std::size_t files_open() {
  std::size_t count = 0;
  for (int fd = 0; fd < 1024; ++fd) count += access(("/proc/self/fd/" + std::to_string(fd)).c_str(), F_OK) == 0 ? 1 : 0;
  return count;
}

// Exported memory that this process maps: of arrays of its own, and of peers' that it has imported.
std::size_t mappings() {
  std::ifstream maps("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);) count += line.find("memfd:gpu_model") != line.npos ? 1 : 0;
  return count;
}

// Many arrays, one after another: each is told of, and let go of.
void check_ends(clique::communicator& comm) {
  const auto exchange = [&] {
    clique::array<std::uint32_t> send(comm, 40000u * static_cast<unsigned>(comm.size())),
        receive(comm, 40000u * static_cast<unsigned>(comm.size()));
    send.fill(static_cast<std::uint32_t>(comm.rank()));
    clique::alltoall(comm, send, receive);
    expect(comm, receive.to_host().back() == static_cast<std::uint32_t>(comm.size() - 1), "alltoall of new arrays");
  };
  exchange();
  const std::size_t before = files_open(), mapped = mappings();
  expect(comm, mapped > 0, "no exported memory is mapped: is the model another one?");
  for (int k = 0; k < 100; ++k) exchange();
  const std::size_t mapped_after = mappings();
  expect(comm, mapped_after <= mapped + 40,
         "after 100 exchanges of new arrays " + std::to_string(mapped_after) + " are mapped, were " +
             std::to_string(mapped));
  const std::size_t after = files_open();
  expect(
      comm, after <= before + 2,
      "after 100 exchanges of new arrays " + std::to_string(after) + " files are open, were " + std::to_string(before));
}

// Nobody but the first rank gives the compute engine anything to do, and that one no more than one command a call. A
// rank that gets no core for 1 ms is taken to be away, and then others copy for it, so that a crowded machine may need
// several looks until nobody was.
void check_counts(clique::communicator& comm) {
  const auto size = static_cast<std::size_t>(comm.size());
  constexpr std::size_t each = 65536;
  clique::array<float> send(comm, each * size), receive(comm, each * size), part(comm, each);
  send.fill(1);
  const std::vector<std::pair<const char*, std::function<void()>>> calls = {
      {"alltoall", [&] { clique::alltoall(comm, send, receive); }},
      {"allgather", [&] { clique::allgather(comm, part, receive); }},
      {"bcast", [&] { clique::bcast(comm, send, 0); }},
      {"scatter", [&] { clique::scatter(comm, send, part, 0); }},
      {"gather", [&] { clique::gather(comm, part, receive, 0); }},
      {"allreduce", [&] { clique::allreduce(comm, send, receive, clique::op::sum); }},
      {"reduce_scatter_block", [&] { clique::reduce_scatter_block(comm, send, part, clique::op::sum); }}};
  constexpr int times = 20;
  for (const auto& [name, run] : calls) {
    const bool reduces = std::strstr(name, "reduce") != nullptr;  // a command for each pair of operands, besides
    const long long most = (reduces ? 2 + 3 * comm.size() * comm.size() : 2) * times;
    const long long most_of_others = reduces ? times : times / 4;
    run();
    long long all = 0, others = 0;
    for (int look = 0; look == 0 || (look < 8 && (all > most || others > most_of_others)); ++look) {
      const long long before = compute_commands();
      for (int k = 0; k < times; ++k) run();
      const long long mine = compute_commands() - before, mine_beside_first = comm.rank() == 0 ? 0 : mine;
      MPI_Allreduce(&mine, &all, 1, MPI_LONG_LONG, MPI_SUM, MPI_COMM_WORLD);
      MPI_Allreduce(&mine_beside_first, &others, 1, MPI_LONG_LONG, MPI_MAX, MPI_COMM_WORLD);
    }
    const std::string what = std::string(name) + ": " + std::to_string(times) + " calls gave the compute engine ";
    expect(comm, all >= times && all <= most, what + std::to_string(all) + " commands");
    expect(comm, others <= most_of_others, what + std::to_string(others) + " commands of one rank beside the first");
  }
}

double median_us(const std::function<void()>& run) {
  std::vector<double> times;
  run();
  for (int k = 0; k < 7; ++k) {
    MPI_Barrier(MPI_COMM_WORLD);
    const auto begin = std::chrono::steady_clock::now();
    run();
    times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(times.begin(), times.end());
  double mine = times[times.size() / 2], slowest = 0;
  MPI_Allreduce(&mine, &slowest, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  return slowest;
}

// Arrays beside buffers that no peer sees, which go over the bus.
void check_times(clique::communicator& comm) {
  const std::size_t count = std::size_t{4} << 20;  // 16 MiB
  memory send(comm, memory::kind::array, count), receive(comm, memory::kind::array, count);
  memory own(comm, memory::kind::buffer, count), also_own(comm, memory::kind::buffer, count);
  usleep(500'000);  // what the other rank's compute commands of before cost is over
  double seen = 1, staged = 0;
  // The model's kernels take the cores of the ranks: one that gets none for 1 ms is taken to be away, and then both
  // copy, for as long as that goes on.
  for (int look = 0; look < 6 && seen * 8 >= staged; ++look) {
    usleep(200'000);
    clique::communicator fresh = comm.dup();
    seen = median_us([&] { clique::alltoall(fresh, send.all, receive.all); });
    staged = median_us([&] { clique::alltoall(fresh, own.all, also_own.all); });
    if (comm.rank() == 0) std::printf("alltoall of 16 MiB: exported %.0f us, pinned %.0f us\n", seen, staged);
  }
  expect(comm, seen * 8 < staged, "exported memory is not eight times as fast as the bus");
}

}  // namespace

int main(int argc, char** argv) try {
  clique::environment mpi(argc, argv);
  clique::communicator comm;
  const std::string how = argc > 1 ? argv[1] : "";
  expect(comm, comm.describe().staging == "exported",
         "staging is " + comm.describe().staging + ": " + comm.describe().staging_reason);
  if (failures == 0 && how == "--forever") {
    clique::array<float> send(comm, 100000u * static_cast<unsigned>(comm.size())),
        receive(comm, 100000u * static_cast<unsigned>(comm.size()));
    send.fill(1);
    for (bool told = false;; told = true) {
      clique::alltoall(comm, send, receive);
      if (!told) std::printf("at it\n"), std::fflush(stdout);
    }
  }
  if (failures == 0 && how == "--times") {
    check_times(comm);
  } else if (failures == 0 && how == "--once") {
    check_early_end(comm);
  } else if (failures == 0) {
    check_mixtures(comm);
    check_early_end(comm);
    check_ends(comm);
    check_counts(comm);
  }
  if (failures != 0) return 1;
  std::printf("clique-test: rank %d of %d passed\n", comm.rank(), comm.size());
  return 0;
} catch (const std::exception& problem) {
  std::printf("clique-test: %s\n", problem.what());
  std::fflush(stdout);
  MPI_Abort(MPI_COMM_WORLD, 1);
}
