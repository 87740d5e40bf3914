#include "ways/copier.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <memory>

namespace clique::ways {
namespace {

// How long the first rank waits for others that have not looked at an operation which it has looked at. And how long
// another one waits for the first while that does not look; but once it has not, at once, until it does again.
constexpr std::chrono::microseconds most_gathering{50}, patience{1000}, patience_in_crowd{10000};

}  // namespace

copier::copier(transport::board& on, staging::port& device, std::vector<member> group, bool crowded)
    : board_(on),
      requests_(on.copies()),
      device_(device),
      group_(std::move(group)),
      patience_(crowded ? patience_in_crowd : patience) {
  for (const member& each : group_) keys_.push_back(each.key);
  first_ = group_.front().number == board_.rank();
}

std::uint64_t copier::key_of(int number) const noexcept {
  const auto found =
      std::find_if(group_.begin(), group_.end(), [&](const member& each) { return each.number == number; });
  return found == group_.end() ? 0 : found->key;
}

int copier::number_of(std::uint64_t key) const noexcept {
  return group_[static_cast<std::size_t>(std::find(keys_.begin(), keys_.end(), key) - keys_.begin())].number;
}

bool copier::request(const staging::exported_place& from, const endpoint& to, transit& state) {
  transport::copy_request wanted;
  wanted.from_rank = number_of(from.owner);
  wanted.from_block = from.name;
  wanted.from_offset = from.offset;
  wanted.to_block = to.memory.exported;
  wanted.to_offset = to.memory.exported_offset + to.offset;
  wanted.bytes = to.bytes;
  state.request = requests_.post(wanted);
  state.requests = state.request != 0 ? 1 : 0;
  return state.request != 0;
}

bool copier::request(const staging::exported_work& what, bool first, std::size_t chain, transit& state) {
  if (first && !requests_.room(chain)) return false;
  if (first) state.requests = 0;
  transport::copy_request wanted;
  wanted.from_rank = wanted.right_rank = board_.rank();
  wanted.from_block = what.from.name;
  wanted.from_offset = what.from.offset;
  wanted.right_block = what.right.name;
  wanted.right_offset = what.right.offset;
  wanted.to_block = what.to.name;
  wanted.to_offset = what.to.offset;
  wanted.bytes = what.bytes;
  wanted.op = what.op;
  wanted.type = what.type;
  wanted.count = what.count;
  state.request = requests_.post(wanted, first ? transport::request_state::posted : transport::request_state::chained);
  ++state.requests;
  return true;
}

bool copier::done(transit& state) {
  for (; state.requests != 0; --state.requests) {
    switch (requests_.state_of(state.request - state.requests + 1)) {
      case transport::request_state::posted:
      case transport::request_state::chained:
      case transport::request_state::claimed: return false;
      case transport::request_state::made: break;
      case transport::request_state::failed:
        fail(status::opencl_failure, "work on the device, which another rank gave to it, failed");
    }
  }
  return true;
}

bool copier::copy(const endpoint& from, const endpoint& to, transit& state) {
  if (state.begun) {
    if (!done(state)) return false;
    return state.done = true;
  }
  if (!from.ready || !to.ready || !to.agreed) return false;
  const staging::exported_place here{device_.exports_as(), from.memory.exported,
                                     from.memory.exported_offset + from.offset};
  return state.begun = request(here, to, state);
}

// Mostly all ranks of the group want something at about the same time, and one command costs as much as several.
bool copier::should_begin() {
  const auto wants = [this](const member& each) { return requests_.waits(each.number); };
  if (first_ ? std::none_of(group_.begin(), group_.end(), wants) : !requests_.waits()) {
    since_ = {};
    return false;
  }
  const auto has_looked = [this](const member& each) { return requests_.looked(each.number) >= looked_; };
  if (first_ && std::all_of(group_.begin(), group_.end(), has_looked)) return true;
  const auto now = clock::now();
  const std::uint64_t beats = first_ ? 0 : requests_.beats(group_.front().number);
  if (beats != beats_) {
    beats_ = beats;
    alone_ = false;
    since_ = now;
  }
  if (since_ == clock::time_point{}) since_ = now;
  if (first_) return now - since_ > most_gathering;
  alone_ = alone_ || now - since_ > patience_;
  return alone_;
}

void copier::begin(bool attended) {
  device_.collect_shared();
  batch made;
  std::vector<staging::exported_work> all;
  transport::copy_request wanted;
  std::uint64_t number = 0;
  for (const member& each : group_) {
    while (requests_.claim(each.number, wanted, number)) {
      made.requests.push_back({each.number, number});
      all.push_back({{key_of(wanted.from_rank), wanted.from_block, wanted.from_offset},
                     {each.key, wanted.to_block, wanted.to_offset},
                     wanted.bytes,
                     wanted.op,
                     wanted.type,
                     {key_of(wanted.right_rank), wanted.right_block, wanted.right_offset},
                     wanted.count});
    }
  }
  since_ = {};
  if (all.empty()) return;
  try {
    made.ticket = device_.work_on(all);
    if (!attended) {
      ++board_.callbacks;
      try {
        device_.when_done(made.ticket, [&on = board_, requests = made.requests](bool failed) {
          finish(on, requests, !failed);
          --on.callbacks;
        });
      } catch (...) {
        --board_.callbacks;
        throw;
      }
      device_.forget(made.ticket);
      return;
    }
  } catch (...) {
    if (made.ticket != 0) device_.forget(made.ticket);
    finish(board_, made.requests, false);
    throw;
  }
  under_way_.push_back(std::move(made));
}

void copier::finish(transport::board& on, const std::vector<claimed>& requests, bool made) {
  for (const claimed& each : requests) on.copies().finish(each.rank, each.number, made);
  for (const claimed& each : requests) {
    if (each.rank != on.rank()) on.wake(each.rank);
  }
}

bool copier::advance(std::uint64_t looked, bool attended) {
  bool moved = false;
  if (first_) requests_.beat();
  const bool published = requests_.publish();
  if (published && !first_) board_.wake(group_.front().number);
  // The room for what peers send of their memory is small: a dozen notes.
  if (published || looked > looked_) device_.collect_shared();
  if (looked > looked_) requests_.set_looked(looked_ = looked);
  if (should_begin()) {
    begin(attended);
    moved = true;
  }
  while (!under_way_.empty()) {
    batch& oldest = under_way_.front();
    try {
      if (!device_.done(oldest.ticket)) break;
    } catch (...) {
      finish(board_, oldest.requests, false);
      under_way_.erase(under_way_.begin());
      throw;
    }
    finish(board_, oldest.requests, true);
    under_way_.erase(under_way_.begin());
    moved = true;
  }
  return moved;
}

void copier::give_up() noexcept {
  for (batch& each : under_way_) device_.forget(each.ticket);
  under_way_.clear();
}

}  // namespace clique::ways
