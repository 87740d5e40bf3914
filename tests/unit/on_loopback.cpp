// Every algorithm of every collective on the loopback: the real executor, mover, board and tree, with 1..33 ranks in
// one process that arrive and get on in random order, whatever the staging of each buffer and the place of the
// reductions.
#include "ranks.hpp"
#include "schedules.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace test;

namespace {

constexpr std::size_t symbol_bytes = 8;

// One rank's part of the call.
struct part {
  engine::operation op;
  bytes in, out, temporary;  // device memory that is not in the arena
  std::byte* result = nullptr;
};

class call_on_loopback {
 public:
  call_on_loopback(const schedule_case& which, const wish& what, path way, bool kernels, unsigned seed)
      : chance_(seed),
        call_(which.make(what, chance_)),
        all_(what.size, way, chance_() % 2 == 0 ? 0 : 64, 96, memory_, chance_),
        parts_(static_cast<std::size_t>(what.size)),
        kernels_(kernels) {
    const auto fill = [&](std::vector<bytes>& to, const std::vector<std::size_t>& sizes) {
      for (const std::size_t each : sizes) {
        bytes& made = to.emplace_back(each);
        for (std::byte& one : made) one = static_cast<std::byte>(chance_());
      }
    };
    fill(before_.in, call_.in_bytes);
    fill(before_.out, call_.out_bytes);
    for (std::size_t rank = 0; rank < parts_.size(); ++rank) prepare(rank, which.plan_of(call_, rank));
  }
  ~call_on_loopback() {
    for (std::byte* each : blocks_) memory_.release(each);
  }
  call_on_loopback(const call_on_loopback&) = delete;
  call_on_loopback& operator=(const call_on_loopback&) = delete;

  // All ranks, one look at a time; false if they do not get to an end.
  bool run() {
    for (std::size_t looks = 0; looks < 2000000; ++looks) {
      const std::size_t rank = chance_() % parts_.size();
      engine::operation& op = parts_[rank].op;
      if (!op.finished()) all_.look(rank, op);
      if (op.fetched) all_.leave(rank, op.seq, op.finished() ? op.seq : op.seq - 1);
      if (std::all_of(parts_.begin(), parts_.end(), [](const part& each) { return each.op.finished(); })) return true;
    }
    for (std::size_t rank = 0; rank < parts_.size(); ++rank) {
      if (!parts_[rank].op.finished()) MESSAGE(all_[rank].executor->waits_for(parts_[rank].op));
    }
    return false;
  }

  // Ranks whose receive region is not what the definition says.
  [[nodiscard]] std::size_t wrong() const {
    const reduction symbols{[](const std::byte* left, const std::byte* right, std::byte* to, std::size_t count) {
                              combine_symbols(left, right, to, count / symbol_bytes);
                            },
                            {}};
    const auto expected = call_.definition(before_, symbols);
    std::size_t count = 0;
    for (std::size_t rank = 0; rank < parts_.size(); ++rank) {
      const part& mine = parts_[rank];
      const bool right = !mine.op.failure && std::equal(expected[rank].begin(), expected[rank].end(), mine.result);
      count += right ? 0 : 1;
    }
    return count;
  }
  [[nodiscard]] std::size_t stray() const { return all_.stray_messages(); }

 private:
  std::byte* give_memory(staging::binding& bound, staging::kind kind, bytes& own, const bytes& content) {
    bound.kind = kind;
    bound.bytes = content.size();
    std::byte* at = nullptr;
    if (kind == staging::kind::direct) {
      blocks_.push_back(memory_.allocate(std::max<std::size_t>(1, content.size())));
      bound.host = at = blocks_.back();
    } else {
      own.resize(content.size() + 1);
      at = own.data();
      if (kind == staging::kind::host) bound.host = at;
    }
    std::copy(content.begin(), content.end(), at);
    bound.buffer = reinterpret_cast<_cl_mem*>(at);
    return at;
  }

  void prepare(std::size_t rank, schedule::plan steps) {
    part& mine = parts_[rank];
    engine::operation& op = mine.op;
    op.reset();
    op.seq = 1;
    op.may_lease = true;
    auto plan = std::make_shared<engine::prepared_plan>();
    plan->plan = std::move(steps);
    plan->count_steps();
    const bool in_kernels = kernels_ && plan->reduces, on_host = plan->reduces && !in_kernels;
    op.reduction.combine = combine_symbols;
    op.reduction.type = datatype::uint64;
    op.reduction.element = symbol_bytes;
    if (in_kernels) op.reduction.kernel = reinterpret_cast<const staging::combiner*>(this);

    const auto any_kind = [&] {
      constexpr staging::kind kinds[] = {staging::kind::direct, staging::kind::host, staging::kind::slots,
                                         staging::kind::mapped};
      return kinds[chance_() % (in_kernels ? 3 : 4)];  // kernels need what is not mapped
    };
    const auto bind = [&](schedule::buffer which, bytes& own, const bytes& content) {
      staging::binding& bound = op.bound(which);
      std::byte* const at = give_memory(bound, any_kind(), own, content);
      if (on_host && bound.kind == staging::kind::slots)
        op.shadows[static_cast<std::size_t>(which)] = shared(std::max<std::size_t>(1, bound.bytes));
      return at;
    };
    if (!before_.in[rank].empty()) bind(schedule::buffer::in, mine.in, before_.in[rank]);
    mine.result = bind(schedule::buffer::out, mine.out, before_.out[rank]);
    if (const std::size_t wanted = plan->plan.temporary; wanted != 0) {
      const bool away = in_kernels && chance_() % 2 == 0;
      give_memory(op.bound(schedule::buffer::temporary), away ? staging::kind::slots : staging::kind::direct,
                  mine.temporary, bytes(wanted, std::byte{0xee}));
    }
    op.addressed = op.is_addressed();
    if (chance_() % 3 == 0 && !plan->plan.steps.empty()) {  // its data is there some looks later
      op.ready = false;
      op.gate = all_[rank].device->begin([] {});
    }
    op.plan = std::move(plan);
    op.mine = {};
    op.mine.signature.collective = static_cast<std::uint32_t>(collective::barrier);
  }
  std::shared_ptr<std::byte> shared(std::size_t size) {
    return {memory_.allocate(size), [this](std::byte* block) { memory_.release(block); }};
  }

  std::mt19937 chance_;
  clique::memory::arena memory_{std::size_t{256} << 20};
  problem call_;
  test::memory before_;
  ranks all_;
  std::vector<std::byte*> blocks_;
  std::vector<part> parts_;
  bool kernels_;
};

}  // namespace

TEST_CASE("every algorithm equals its collective's definition on the engine, on 1..33 ranks") {
  std::mt19937 chance(11);
  for (const schedule_case& which : schedule_cases()) {
    SUBCASE((std::string(which.collective) + ", " + which.algorithm).c_str()) {
      for (int size = 1; size <= 33; ++size) {
        if (which.fits == schedule_case::sizes::powers_of_two && (size & (size - 1)) != 0) continue;
        for (const path way : {path::board, path::messages, path::mixed}) {
          if (size == 1 && way != path::board) continue;  // no peer, no transport
          const bool in_place = which.has_in_place && chance() % 2 == 0, kernels = chance() % 3 == 0;
          const int root = which.rooted ? static_cast<int>(chance() % 1000) % size : 0;
          const std::size_t elements = chance() % 4 == 0 ? chance() % 3 : 1 + chance() % (size < 9 ? 300 : 50);
          INFO(size << " ranks, root " << root << ", path " << static_cast<int>(way) << ", " << elements << " elements"
                    << std::string(in_place ? ", in place" : "") << std::string(kernels ? ", in kernels" : ""));
          call_on_loopback call(
              which, {size, root, in_place, symbol_bytes, elements, some_nodes(size, which.on_subtrees, chance)}, way,
              kernels, static_cast<unsigned>(chance()));
          REQUIRE(call.run());
          REQUIRE(call.wrong() == 0);
          REQUIRE(call.stray() == 0);
        }
      }
    }
  }
}
