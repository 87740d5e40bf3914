// The same bits every time: reductions of random numbers against a reference of their own, and a checksum over all that
// every rank received. bits.py runs this with each algorithm, staging, transport, segment size and place of reduction,
// and compares the checksums.
//
//   clique_bits_tests floats|integers        reduces, compares, prints a checksum for each operator and one for all
//   clique_bits_tests refused COLLECTIVE...  the algorithms that CLIQUE_ALGORITHM asks for must be refused for floats
//   clique_bits_tests algorithms RANKS       the table: collective, algorithm, whether it fits floats, and integers
#include "reference.hpp"
#include "tuning/tuning.hpp"

#include <clique/clique.hpp>

#include <mpi.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using clique::collective;

struct affine {  // the map x -> scale * x + shift
  std::uint32_t scale, shift;
};

}  // namespace

template <>
inline constexpr clique::struct_text clique::struct_of<affine>{"affine",
                                                               "typedef struct { uint scale, shift; } affine;"};

namespace {

constexpr collective reductions[] = {collective::reduce,         collective::allreduce,
                                     collective::reduce_scatter, collective::reduce_scatter_block,
                                     collective::scan,           collective::exscan};

int print_algorithms(int ranks) {
  for (const clique::tuning::algorithm& each : clique::tuning::algorithms()) {
    if (std::find(std::begin(reductions), std::end(reductions), each.what) == std::end(reductions)) continue;
    const auto fits = [&](bool exact) {
      const clique::tuning::facts facts{ranks, 4096, true, exact};
      return each.fits == nullptr || each.fits(facts) ? "fits" : "refused";
    };
    std::printf("%s %s %s %s\n", clique::name(each.what), each.name, fits(false), fits(true));
  }
  return 0;
}

// Reductions of one type and operator, compared with the reference and added to a checksum.
template <class T>
class trial {
 public:
  trial(clique::communicator& comm, std::string name, const clique::reduce_op& op, reference::combine<T> combine,
        reference::finish<T> finish = {})
      : comm_(comm),
        size_(static_cast<std::size_t>(comm.size())),
        rank_(static_cast<std::size_t>(comm.rank())),
        name_(std::move(name)),
        op_(op),
        combine_(std::move(combine)),
        finish_(std::move(finish)) {}

  // The checksum over all ranks.
  std::uint64_t run() {
    for (const std::size_t count : {std::size_t{1}, std::size_t{37}, std::size_t{5003}, std::size_t{16411}}) {
      allreduce(count);
      reduce(count);
      reduce_scatter(count / size_ + 1);
      if (!finish_) scans(count);  // no mean of the first ranks
    }
    std::uint64_t mine = sum_.value() * (2 * rank_ + 1), all = 0;
    MPI_Allreduce(&mine, &all, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    if (comm_.rank() == 0) std::printf("bits: %s 0x%016llx\n", name_.c_str(), static_cast<unsigned long long>(all));
    return all;
  }

 private:
  void allreduce(std::size_t count) {
    const auto all = fill(count);
    clique::array<T> send(comm_, count), receive(comm_, count);
    send.copy_from(all[rank_]);
    clique::allreduce(comm_, send, receive, op_);
    const std::vector<T> wanted = reduced(all);
    expect("allreduce", receive.to_host(), wanted);
    clique::iallreduce(comm_, clique::in_place, send, op_).wait();
    expect("allreduce in place", send.to_host(), wanted);
  }
  void reduce(std::size_t count) {
    const auto all = fill(count);
    clique::array<T> send(comm_, count), receive(comm_, count);
    send.copy_from(all[rank_]);
    const int root = static_cast<int>((count + 1) % size_);
    clique::reduce(comm_, send, receive, op_, root);
    if (comm_.rank() == root) expect("reduce", receive.to_host(), reduced(all));
  }
  void reduce_scatter(std::size_t count) {
    const auto all = fill(count * size_);
    const std::vector<T> whole = reduced(all);
    clique::array<T> send(comm_, count * size_), receive(comm_, count * size_);
    send.copy_from(all[rank_]);
    clique::reduce_scatter_block(comm_, send, receive.subspan(0, count), op_);
    expect_part("reduce_scatter_block", receive, whole, count * rank_, count);
    // From nothing to most: the first rank gets what the others leave.
    std::vector<std::size_t> counts(size_);
    std::size_t left = count * size_, at = 0;
    for (std::size_t rank = size_; rank-- > 1;) left -= counts[rank] = (rank - 1) * count / size_;
    counts[0] = left;
    for (std::size_t rank = 0; rank < rank_; ++rank) at += counts[rank];
    clique::ireduce_scatter(comm_, send, receive.subspan(0, counts[rank_]), counts, op_).wait();
    expect_part("reduce_scatter", receive, whole, at, counts[rank_]);
  }
  void scans(std::size_t count) {
    const auto all = fill(count);
    clique::array<T> send(comm_, count), receive(comm_, count);
    send.copy_from(all[rank_]);
    clique::scan(comm_, send, receive, op_);
    expect("scan", receive.to_host(), reference::tree(all, 0, rank_ + 1, combine_));
    clique::persistent again = clique::exscan_init(comm_, send, receive, op_);
    again.start();
    again.wait();
    if (rank_ != 0) return expect("exscan", receive.to_host(), reference::tree(all, 0, rank_, combine_));
    // The scan's result is still there; an identity changes nothing in what it is combined with.
    std::vector<T> first = receive.to_host();
    if (op_.is_user()) return expect("exscan without identity", first, all[0]);
    for (std::size_t k = 0; k < count; ++k) first[k] = combine_(first[k], all[0][k]);
    expect("exscan's identity", first, all[0]);
  }

  std::vector<T> reduced(const std::vector<std::vector<T>>& all) const {
    std::vector<T> result = reference::tree(all, 0, size_, combine_);
    for (T& each : result) each = finish_ ? finish_(each) : each;
    return result;
  }

  // Every rank's vector; others for each call.
  std::vector<std::vector<T>> fill(std::size_t count) {
    std::vector<std::vector<T>> all(size_);
    ++fills_;
    for (std::size_t rank = 0; rank < size_; ++rank) all[rank] = reference::random<T>(fills_ * 64 + rank, count);
    return all;
  }
  void expect_part(const char* what, const clique::array<T>& got, const std::vector<T>& wanted, std::size_t at,
                   std::size_t count) {
    const auto begin = wanted.begin() + static_cast<std::ptrdiff_t>(at);
    std::vector<T> mine = got.to_host();
    mine.resize(count);
    expect(what, mine, {begin, begin + static_cast<std::ptrdiff_t>(count)});
  }
  void expect(const char* what, const std::vector<T>& got, const std::vector<T>& wanted) {
    sum_.add(got.data(), got.size() * sizeof(T));
    for (std::size_t k = 0; k < wanted.size(); ++k) {
      if (std::memcmp(&got[k], &wanted[k], sizeof(T)) == 0) continue;
      throw std::runtime_error(std::string(what) + " of " + name_ + " on " + std::to_string(size_) +
                               " ranks: element " + std::to_string(k) + " of " + std::to_string(wanted.size()) +
                               " is not the reference's on rank " + std::to_string(rank_));
    }
  }

  clique::communicator& comm_;
  std::size_t size_, rank_;
  std::string name_;
  clique::reduce_op op_;
  reference::combine<T> combine_;
  reference::finish<T> finish_;
  std::uint64_t fills_ = 0;
  reference::checksum sum_;
};

// That another order would be seen: of these numbers it gives other sums.
void expect_order_matters(std::size_t size) {
  if (size < 3) return;
  std::vector<std::vector<float>> all(size);
  for (std::size_t rank = 0; rank < size; ++rank) all[rank] = reference::random<float>(rank, 1000);
  const auto tree = reference::tree<float>(all, 0, size, [](float a, float b) { return a + b; });
  std::size_t others = 0;
  for (std::size_t k = 0; k < 1000; ++k) {
    float right = all[size - 1][k];
    for (std::size_t rank = size - 1; rank-- > 0;) right = all[rank][k] + right;
    others += right != tree[k] ? 1 : 0;
  }
  if (others < 100) throw std::runtime_error("the numbers are too smooth to tell one order from another");
}

std::uint64_t floats(clique::communicator& comm) {
  namespace op = clique::op;
  using complex = std::complex<float>;
  using clique::half;
  expect_order_matters(static_cast<std::size_t>(comm.size()));
  const auto ranks = static_cast<float>(comm.size());
  std::uint64_t all = 0;
  const auto add = [&](std::uint64_t one) { all = all * 31 + one; };
  const auto plus = [](float a, float b) { return a + b; };
  add(trial<float>(comm, "float32 sum", op::sum, plus).run());
  add(trial<float>(comm, "float32 prod", op::prod, [](float a, float b) { return a * b; }).run());
  add(trial<half>(comm, "half sum", op::sum, [](half a, half b) {
        return half(static_cast<float>(a) + static_cast<float>(b));
      }).run());
  add(trial<complex>(comm, "complex64 sum", op::sum, [](complex a, complex b) {
        return complex(a.real() + b.real(), a.imag() + b.imag());
      }).run());
  add(trial<complex>(comm, "complex64 prod", op::prod, [](complex a, complex b) {
        return complex(a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real());
      }).run());
  add(trial<float>(comm, "float32 mean", op::mean, plus, [=](float sum) { return sum / ranks; }).run());
  if (comm.device().info().fp64) {
    add(trial<double>(comm, "float64 sum", op::sum, [](double a, double b) { return a + b; }).run());
  } else if (comm.rank() == 0) {
    std::puts("not tested: float64, which this device does not have");
  }
  // Not commutative, not even associative; and associative, but not commutative.
  add(trial<float>(comm, "float32 a - b", clique::reduce_op::expression("a - b"), [](float a, float b) {
        return a - b;
      }).run());
  add(trial<affine>(comm, "affine maps",
                    clique::reduce_op::body("return (affine){a.scale * b.scale, a.scale * b.shift + a.shift};"),
                    [](affine a, affine b) {
                      return affine{a.scale * b.scale, a.scale * b.shift + a.shift};
                    })
          .run());
  return all;
}

std::uint64_t integers(clique::communicator& comm) {
  namespace op = clique::op;
  std::uint64_t all = 0;
  const auto add = [&](std::uint64_t one) { all = all * 31 + one; };
  add(trial<std::uint32_t>(comm, "uint32 sum", op::sum, [](std::uint32_t a, std::uint32_t b) { return a + b; }).run());
  // As many bytes, but another operator; and another type.
  add(trial<std::int32_t>(comm, "int32 max", op::max, [](std::int32_t a, std::int32_t b) {
        return std::max(a, b);
      }).run());
  add(trial<std::int32_t>(comm, "int32 min", op::min, [](std::int32_t a, std::int32_t b) {
        return std::min(a, b);
      }).run());
  add(trial<std::uint64_t>(comm, "uint64 prod", op::prod, [](std::uint64_t a, std::uint64_t b) {
        return a * b;
      }).run());
  add(trial<std::int16_t>(comm, "int16 max", op::max, [](std::int16_t a, std::int16_t b) {
        return std::max(a, b);
      }).run());
  add(trial<std::uint8_t>(comm, "uint8 bxor", op::bxor, [](std::uint8_t a, std::uint8_t b) {
        return static_cast<std::uint8_t>(a ^ b);
      }).run());
  return all;
}

// All ranks throw the same, and the communicator works on.
template <class T>
void refused(clique::communicator& comm, const std::string& what, const clique::reduce_op& op) {
  clique::array<T> send(comm, 12 * static_cast<std::size_t>(comm.size())), receive(comm, send.count());
  send.fill(1);
  receive.fill(77);
  const std::vector<std::size_t> counts(static_cast<std::size_t>(comm.size()), 12);
  std::string text;
  try {
    if (what == "reduce") clique::reduce(comm, send, receive, op, 0);
    if (what == "allreduce") clique::allreduce(comm, send, receive, op);
    if (what == "reduce_scatter") clique::reduce_scatter(comm, send, receive.subspan(0, 12), counts, op);
    if (what == "reduce_scatter_block") clique::reduce_scatter_block(comm, send, receive.subspan(0, 12), op);
    if (what == "scan") clique::scan(comm, send, receive, op);
    if (what == "exscan") clique::exscan(comm, send, receive, op);
  } catch (const clique::error& caught) {
    if (caught.code() == clique::status::invalid_argument) text = caught.what();
  }
  if (text.find("does not fit this call on") == text.npos || text.find(what + ":") == text.npos)
    throw std::runtime_error(what + " was not refused: \"" + text + "\"");
  if (receive.to_host() != std::vector<T>(receive.count(), 77)) throw std::runtime_error("data has moved");
  clique::bcast(comm, receive, 0);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "algorithms" && argc == 3) return print_algorithms(std::atoi(argv[2]));
  if (what != "floats" && what != "integers" && !(what == "refused" && argc > 2)) {
    std::fputs("usage: clique_bits_tests floats|integers|refused COLLECTIVE...|algorithms RANKS\n", stderr);
    return 2;
  }
  const clique::environment mpi(argc, argv);
  try {
    clique::communicator comm;
    if (what == "refused") {
      for (int k = 2; k < argc; ++k) {
        refused<float>(comm, argv[k], clique::op::sum);
        refused<std::uint32_t>(comm, argv[k], clique::op::max);  // of which MPI libraries have their own idea
      }
    } else {
      const std::uint64_t all = what == "floats" ? floats(comm) : integers(comm);
      if (comm.rank() == 0) std::printf("bits: all 0x%016llx\n", static_cast<unsigned long long>(all));
    }
    std::printf("clique-test: rank %d of %d passed\n", comm.rank(), comm.size());
    return 0;
  } catch (const std::exception& problem) {
    std::printf("bits: failed: %s\n", problem.what());
    std::fflush(nullptr);
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  return 1;
}
