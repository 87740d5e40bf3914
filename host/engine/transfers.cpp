// The steps of one message, on either side: from its match to its end.
#include "core/copy.hpp"
#include "engine/matcher.hpp"
#include "engine/moving.hpp"

#include <bit>
#include <cstring>

namespace clique::engine {
namespace {

using kind = transport::mail::kind;
using form = transport::mail::form;
using stage = transfer::stage;

schedule::buffer side(const transfer& of) {
  return of.part.sends ? schedule::buffer::in : schedule::buffer::out;
}

// Where the host addresses it now; null where it does not.
std::byte* host_of(transfer& of) {
  return of.op.opening[static_cast<std::size_t>(side(of))] != 0 ? nullptr : of.op.bound(side(of)).host;
}

}  // namespace

void matcher::wake(transfer& each) {
  if (each.busy) return;
  each.busy = true;
  busy_.push_back(&each);
}

// Whether it can do nothing before mail comes, or its device is ready.
bool matcher::rests(const transfer& each) const {
  switch (each.now) {
    case stage::posted: return !each.part.sends || each.told || !each.op.ready;
    case stage::matched: return !each.op.ready || each.from.data == form::later;
    case stage::done: return true;
    default: return false;
  }
}

bool matcher::advance(transfer& each) {
  bool moved = false;
  if (each.now == stage::posted && !rests(each) && open(each)) {
    transport::mail what;
    what.what = kind::ready;
    what.number = each.number;
    describe(each, what);
    post(each.peer, what);
    moved = true;
  }
  if (each.now == stage::accepted) {
    std::uint32_t& busy = with(each.peer).letters_busy;
    const std::uint32_t letter = std::uint32_t{1} << each.letter;
    if ((busy & letter) != 0) return moved;  // the message before it: this rank has not seen yet that all is taken
    busy |= letter;
    move(each, schedule::verb::offer);
  }
  if (each.now == stage::matched && !rests(each)) moved |= begin_receive(each);
  if (each.now == stage::moving) moved |= go_on(each);
  if (each.now == stage::closing) moved |= close(each);
  return moved;
}

// ---- sender

// Says where the data is, if that can be said.
void matcher::describe(transfer& send, transport::mail& what) {
  const staging::binding& range = send.part.range;
  if (range.bytes != 0 && (!send.op.ready || !open(send))) return;
  send.told = true;
  const std::byte* const host = host_of(send);
  if (range.bytes <= (range.bytes == 0 || host != nullptr ? transport::mail::most_inlined : 0)) {
    what.data = form::inlined;
    what.place = range.bytes;
    if (range.bytes != 0) std::memcpy(what.inlined.data(), host, range.bytes);
  } else if (send.peer == on_.rank && host != nullptr) {
    what.data = form::located;
    what.place = reinterpret_cast<std::uintptr_t>(host);
  } else if (range.kind == staging::kind::direct && board_rank(send.peer) >= 0) {
    what.data = form::located;
    what.place = on_.shm->place(host);
  } else {
    what.data = form::staged;
  }
}

// ---- receiver

// Both devices are ready.
bool matcher::begin_receive(transfer& receive) {
  const transport::mail& from = receive.from;
  if (receive.part.range.bytes == 0) {
    answer(receive, kind::taken);
    return true;
  }
  if (!open(receive)) return false;
  if (from.data == form::inlined) return take_from(receive, from.inlined.data());
  if (from.data == form::staged) return accept(receive);
  return take_from(receive, receive.self != nullptr
                                ? reinterpret_cast<const std::byte*>(static_cast<std::uintptr_t>(from.place))
                                : on_.shm->at(board_rank(receive.peer), from.place));
}

bool matcher::take_from(transfer& receive, const std::byte* data) {
  const std::size_t bytes = receive.part.range.bytes;
  if (std::byte* const host = host_of(receive); host != nullptr) {
    core::copy(host, data, bytes);
    answer(receive, kind::taken);
  } else {
    receive.io = on_.device->write(receive.part.range, 0, bytes, data);
    receive.now = stage::moving;
  }
  return true;
}

// What the mover moves: from a peer, through a letter; or from this rank's own buffer.
bool matcher::accept(transfer& receive) {
  if (receive.self != nullptr) {
    receive.op.bound(schedule::buffer::in) = receive.self->part.range;
    move(receive, schedule::verb::copy);
    return true;
  }
  std::uint32_t& taken = with(receive.peer).letters_taken;
  const auto letter = static_cast<std::uint32_t>(std::countr_one(taken));
  if (letter >= transport::message_letters) return false;
  taken |= std::uint32_t{1} << letter;
  receive.letter = letter;
  move(receive, schedule::verb::fetch);
  transport::mail what;
  what.what = kind::accepted;
  what.number = receive.number;
  what.place = letter;
  post(receive.peer, what);
  return true;
}

void matcher::answer(transfer& receive, kind how) {
  transport::mail what;
  what.what = how;
  what.number = receive.number;
  what.type = type_id(receive.part.type);
  what.count = receive.part.count;
  receive.answered = post(receive.peer, what);
  receive.now = stage::closing;
}

// ---- both

// Makes a mapped range addressable; true once it is.
bool matcher::open(transfer& each) {
  staging::binding& range = each.op.bound(side(each));
  staging::ticket& opening = each.op.opening[static_cast<std::size_t>(side(each))];
  if (range.kind != staging::kind::mapped || range.bytes == 0) return true;
  if (range.host == nullptr) opening = on_.device->map(range, !each.part.sends, 0);
  return on_.device->done(opening);
}

void matcher::move(transfer& each, schedule::verb how) {
  const std::size_t bytes = each.part.range.bytes;
  each.step.what = how;
  each.step.peer = each.peer;
  each.step.from = {schedule::buffer::in, 0, bytes};
  each.step.to = {schedule::buffer::out, 0, bytes};
  each.state.address = transport::message_address(each.letter, each.number);
  each.now = stage::moving;
}

bool matcher::go_on(transfer& each) {
  if (each.io != 0) {
    if (!on_.device->done(each.io)) return false;
    answer(each, kind::taken);
    return true;
  }
  const bool moved = mover_.advance(each.op, each.step, each.state);
  if (!each.state.done) return moved;
  if (each.self != nullptr) {
    answer(each, kind::taken);
    return true;
  }
  peer_state& other = with(each.peer);
  (each.part.sends ? other.letters_busy : other.letters_taken) &= ~(std::uint32_t{1} << each.letter);
  each.now = stage::closing;
  return true;
}

bool matcher::close(transfer& each) {
  const auto k = static_cast<std::size_t>(side(each));
  staging::binding& range = each.op.bindings[k];
  if (!on_.device->done(each.op.opening[k])) return false;
  if (range.kind == staging::kind::mapped && range.host != nullptr) each.op.closing[k] = on_.device->unmap(range);
  if (!on_.device->done(each.op.closing[k])) return false;
  if (!each.part.sends && !each.failure && return_original(*on_.device, range, each.op.closing[k])) return false;
  if (each.answered > with(each.peer).gone) return false;
  end(each);
  return true;
}

void matcher::end(transfer& each) {
  each.now = stage::done;
  if (each.peer >= 0) {
    peer_state& other = with(each.peer);
    --other.in_flight;
    if (!each.part.sends) other.receives.erase(each.number);
  }
  if (--each.of->left == 0 && each.of->ready) end(*each.of);
}

void matcher::end(message_group& call) {
  for (std::size_t k = 0; k < call.used && !call.failure; ++k) call.failure = call.transfers[k].failure;
  call.phase = phase::done;
  const auto mine = in_flight_.find(&call);
  finished_.push_back(std::move(mine->second));
  in_flight_.erase(mine);
}

}  // namespace clique::engine
