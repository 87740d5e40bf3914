#include "ways/self.hpp"

#include "core/copy.hpp"

namespace clique::ways {

bool copy(staging::port& device, const endpoint& from, const endpoint& to, transit& state) {
  if (state.begun) {
    if (!device.done(state.at(0).ticket)) return false;
    state.pop();
    return state.done = true;
  }
  if (!from.ready || !to.ready) return false;
  if (from.host != nullptr && to.host != nullptr) {
    core::copy(to.host, from.host, from.bytes);
    return state.done = true;
  }
  flight& only = state.push(from.bytes);
  if (to.host != nullptr) {
    only.ticket = device.read(from.memory, from.offset, from.bytes, to.host);
  } else if (from.host != nullptr) {
    only.ticket = device.write(to.memory, to.offset, from.bytes, from.host);
  } else {
    only.ticket = device.copy_apart(from.memory, from.offset, to.memory, to.offset, from.bytes);
  }
  return state.begun = true;
}

bool self::offer(const block& which, const endpoint& from, transit& state) {
  if (!state.begun) {
    if (!from.ready) return false;
    offered_.emplace(std::pair(which.address, which.key), from);
    return state.begun = true;
  }
  return state.done = !offered_.contains({which.address, which.key});
}

bool self::fetch(const block& which, const endpoint& to, transit& state) {
  const auto from = offered_.find({which.address, which.key});
  if (from == offered_.end()) return false;
  const bool moved = copy(device_, from->second, to, state);
  if (state.done) offered_.erase(from);
  return moved;
}

}  // namespace clique::ways
