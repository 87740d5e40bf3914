// Ranks that share a GPU: what collectives give it to do, by the model's counts, and what they take beside what a user
// would do by hand. The model's compute engine is one process' at a time, so nothing small may go there.
#include <clique/clique.hpp>

#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <dlfcn.h>

namespace {

int failures = 0;

long long count_of(const char* name) {
  void* const layer = dlopen(std::getenv("OPENCL_LAYERS"), RTLD_NOW | RTLD_NOLOAD);
  if (layer == nullptr) throw std::runtime_error("the model is not there");
  return reinterpret_cast<long long (*)(const char*)>(dlsym(layer, "gpu_model_count"))(name);
}

void expect(const clique::communicator& comm, bool holds, const std::string& what) {
  if (holds) return;
  ++failures;
  std::printf("rank %d: %s\n", comm.rank(), what.c_str());
  std::fflush(stdout);
}

struct call {
  const char* name;
  std::function<void()> run;
};

// All small collectives on arrays of `each` elements a block.
struct exchange {
  exchange(clique::communicator& on, std::size_t each)
      : comm(on), all(each * static_cast<std::size_t>(on.size())), send(on, all), receive(on, all), part(on, each) {
    send.transform("rank + 1");
    comm.device().finish();
  }
  std::vector<call> calls() {
    const int next = (comm.rank() + 1) % comm.size(), before = (comm.rank() + comm.size() - 1) % comm.size();
    return {{"barrier", [this] { clique::barrier(comm); }},
            {"alltoall", [this] { clique::alltoall(comm, send, receive); }},
            {"allgather", [this] { clique::allgather(comm, part, receive); }},
            {"bcast", [this] { clique::bcast(comm, send, 0); }},
            {"scatter", [this] { clique::scatter(comm, send, part, 0); }},
            {"gather", [this] { clique::gather(comm, part, receive, 0); }},
            {"sendrecv", [this, next, before] { clique::sendrecv(comm, send, next, 0, receive, before, 0); }},
            {"ialltoall", [this] { clique::ialltoall(comm, send, receive).wait(); }},
            {"isend and irecv", [this, next, before] {
               clique::request one = clique::irecv(comm, receive, before, 0);
               clique::isend(comm, send, next, 0).wait();
               one.wait();
             }}};
  }
  clique::communicator& comm;
  std::size_t all;
  clique::array<float> send, receive, part;
};

void check_counts(clique::communicator& comm) {
  const long long launched = count_of("kernel");
  for (const std::size_t each : {2, 256, 4096, 65536}) {
    exchange on(comm, each);
    for (const call& one : on.calls()) {
      one.run();  // what is made once
      const long long compute = count_of("compute"), pageable = count_of("pageable"), copies = count_of("copies");
      for (int k = 0; k < 3; ++k) one.run();
      const std::string what = std::string(one.name) + " of " + std::to_string(each) + " elements";
      const long long engine = count_of("compute") - compute, slow = count_of("pageable") - pageable;
      expect(comm, engine == 0, what + " gave the compute engine " + std::to_string(engine) + " commands");
      expect(comm, slow == 0, what + " moved pageable memory " + std::to_string(slow) + " times");
      const bool moves = std::string(one.name) != "barrier";
      // However many ranks there are.
      const bool once = std::string(one.name) == "alltoall" && on.all * sizeof(float) <= 16384;
      expect(comm, !once || count_of("copies") - copies == 3 * 2, what + " took more than one read and one write");
      expect(comm, !moves || count_of("copies") > copies, what + " moved nothing: is the model there?");
    }
  }
  expect(comm, count_of("kernel") > launched, "transform launched no kernel");
}

// Two exchanges at once into one array, whose blocks lie in turn: neither may write what lies between its own.
void check_between(clique::communicator& comm) {
  const auto size = static_cast<std::size_t>(comm.size());
  constexpr std::size_t each = 16;
  clique::array<float> send(comm, each * size), receive(comm, 2 * each * size);
  send.transform("rank + 1");
  const std::vector<std::size_t> counts(size, each);
  std::vector<std::size_t> from, even, odd;
  for (std::size_t k = 0; k < size; ++k) {
    from.push_back(k * each);
    even.push_back(2 * k * each);
    odd.push_back((2 * k + 1) * each);
  }
  for (int k = 0; k < 20; ++k) {
    receive.fill(0);
    clique::request one = clique::ialltoallv(comm, send, counts, from, receive, counts, even);
    clique::request two = clique::ialltoallv(comm, send, counts, from, receive, counts, odd);
    one.wait();
    two.wait();
    const std::vector<float> got = receive.to_host();
    for (std::size_t at = 0; at < got.size(); ++at) {
      const auto wanted = static_cast<float>(at / (2 * each) + 1);
      if (got[at] == wanted) continue;
      return expect(comm, false,
                    "of two exchanges at once, element " + std::to_string(at) + " is " + std::to_string(got[at]) +
                        ", not " + std::to_string(wanted));
    }
  }
}

double median_us(clique::communicator& comm, const std::function<void()>& run) {
  std::vector<double> times;
  run();
  for (int k = 0; k < 31; ++k) {
    MPI_Barrier(MPI_COMM_WORLD);
    const auto begin = std::chrono::steady_clock::now();
    run();
    times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(times.begin(), times.end());
  double mine = times[times.size() / 2], slowest = 0;
  MPI_Allreduce(&mine, &slowest, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  (void)comm;
  return slowest;
}

// By hand: a read, MPI, a write; and the two commands that there have to be at the least.
void check_times(clique::communicator& comm) {
  exchange on(comm, 256);
  std::vector<float> out(on.all), in(on.all);
  const double with_clique = median_us(comm, [&] { clique::alltoall(comm, on.send, on.receive); });
  const auto& queue = comm.device().queue();
  const cl::Buffer from = on.send.buffer(), to = on.receive.buffer();
  const std::size_t bytes = on.all * sizeof(float);
  const auto read = [&] { queue.enqueueReadBuffer(from, CL_TRUE, 0, bytes, out.data()); };
  const auto write_rows = [&] {
    queue.enqueueWriteBufferRect(to, CL_TRUE, {}, {}, {bytes / 2, 2, 1}, bytes / 2, 0, bytes / 2, 0, in.data());
  };
  const double least = median_us(comm, [&] {
    read();
    write_rows();
  });
  const double by_hand = median_us(comm, [&] {
    read();
    MPI_Alltoall(out.data(), 256, MPI_FLOAT, in.data(), 256, MPI_FLOAT, MPI_COMM_WORLD);
    queue.enqueueWriteBuffer(to, CL_TRUE, 0, bytes, in.data());
  });
  // The program has the queue now: a call has to ask whether it is idle.
  const double asking = median_us(comm, [&] { clique::alltoall(comm, on.send, on.receive); });
  if (comm.rank() == 0)
    std::printf("alltoall of 1 KiB blocks: a read and a write %.0f us, by hand %.0f, clique %.0f, %.0f after asking\n",
                least, by_hand, with_clique, asking);
  expect(comm, with_clique * 5 < by_hand, "alltoall is not five times as fast as by hand");
  expect(comm, with_clique < 3 * least, "alltoall takes more than three times a read and a write");
}

}  // namespace

int main(int argc, char** argv) try {
  clique::environment mpi(argc, argv);
  clique::communicator comm;
  if (argc > 1 && std::string(argv[1]) == "--times")
    check_times(comm);
  else
    check_counts(comm), check_between(comm);
  if (failures != 0) return 1;
  std::printf("clique-test: rank %d of %d passed\n", comm.rank(), comm.size());
  return 0;
} catch (const std::exception& problem) {
  std::printf("clique-test: %s\n", problem.what());
  std::fflush(stdout);
  MPI_Abort(MPI_COMM_WORLD, 1);
}
