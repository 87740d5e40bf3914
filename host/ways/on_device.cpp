#include "ways/on_device.hpp"

#include "ways/self.hpp"

namespace clique::ways {

using transport::letter_kind;
using transport::letter_view;

// Where the other ranks cannot be told of the memory now, the block goes as any other.
bool on_device::offer(const block& which, const endpoint& from, transit& state) {
  if (state.begun || from.memory.kind != staging::kind::exported) return shared::offer(which, from, state);
  if (!from.ready) return false;
  if (!copier_.share(from.memory)) return shared::offer(which, from, state);
  const int reader = number(which.peer);
  board_.offer_exported(which.address, reader, which.key, from.memory.exported,
                        from.memory.exported_offset + from.offset, from.bytes);
  if (from.published) board_.wake(reader);
  return state.begun = true;
}

bool on_device::fetch(const block& which, const endpoint& to, transit& state) {
  if (!state.begun) {
    letter_view from;
    if (!to.ready || !look(which, to.bytes, from)) return false;
    if (from.kind == letter_kind::exported) return begin_fetch(from, which, to, state);
  }
  if (!state.copied_here) return shared::fetch(which, to, state);
  if (state.requests != 0) {
    if (!copier_.done(state)) return false;
  } else {
    if (!device_.done(state.at(0).ticket)) return false;
    state.pop();
  }
  board_.take(which.address, number(which.peer), which.key, to.bytes);
  return state.done = true;
}

// To memory that only this process has it copies by itself.
bool on_device::begin_fetch(const letter_view& from, const block& which, const endpoint& to, transit& state) {
  require(from.bytes == to.bytes, status::internal, "rank {} offers {} bytes where {} are fetched", which.peer,
          from.bytes, to.bytes);
  const staging::exported_place place{copier_.key_of(number(which.peer)), from.exported, from.exported_offset};
  if (to.memory.kind == staging::kind::exported && copier_.share(to.memory)) {
    if (!copier_.request(place, to, state)) return false;
  } else {
    state.requests = 0;
    const staging::binding seen = device_.see(place, from.bytes);
    flight& only = state.push(from.bytes);
    only.ticket = to.host != nullptr ? device_.read(seen, 0, from.bytes, to.host)
                                     : device_.copy_apart(seen, 0, to.memory, to.offset, from.bytes);
  }
  state.reads_peer = true;
  return state.begun = state.copied_here = true;
}

bool on_device::view(const block& which, const endpoint& to, transit& state) {
  if (!state.begun) {
    letter_view from;
    if (!to.ready || !look(which, to.bytes, from)) return false;
    if (from.kind == letter_kind::exported) return way::view(which, to, state);
  }
  return state.copied_here ? way::view(which, to, state) : shared::view(which, to, state);
}

bool on_device::withdraw(const block& which, const endpoint& from, transit& state) {
  return from.memory.kind != staging::kind::exported && shared::withdraw(which, from, state);
}

}  // namespace clique::ways
