// The steps of one message, on either side: from its match to its end.
#include "core/copy.hpp"
#include "engine/moving.hpp"
#include "messages/matcher.hpp"

#include <bit>
#include <cstring>

namespace clique::engine {
namespace {

using kind = transport::mail::kind;
using form = transport::mail::form;
using stage = transfer::stage;

}  // namespace

// Does what can be done now; where more is left than to wait for mail, progress() goes on with it.
void matcher::go(transfer& each) {
  if (each.busy || rests(each)) return;
  advance(each);
  if (rests(each)) return;
  each.busy = true;
  busy_.push_back(&each);
}

// Whether it can do nothing before mail comes, or its device is ready.
bool matcher::rests(const transfer& each) const {
  switch (each.now) {
    case stage::posted: return !each.part.sends || each.told || !each.of->ready;
    case stage::matched: return !each.of->ready || each.from.data == form::later;
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
    if (what.data == form::eager) {
      send_off(each, what);
    } else {
      post(each.peer, what);
    }
    moved = true;
  }
  if (each.now == stage::accepted) {
    std::uint32_t& busy = with(each.peer).letters_busy;
    const std::uint32_t letter = std::uint32_t{1} << each.letter;
    if ((busy & letter) != 0) return moved;  // the message before it: this rank has not seen yet that all is taken
    busy |= letter;
    each.now = stage::moving;
  }
  if (each.now == stage::matched && !rests(each)) moved |= begin_receive(each);
  if (each.now == stage::moving) moved |= go_on(each);
  if (each.now == stage::closing) moved |= close(each);
  return moved;
}

// ---- sender

// Says where the data is, if that can be said.
void matcher::describe(transfer& send, transport::mail& what) {
  const std::size_t bytes = send.part.range.bytes;
  const bool eager =
      send.of->paired && bytes <= transport::mail::most_inlined &&
      (bytes == 0 || staging::always_addressed(send.memory.kind) || send.memory.kind == staging::kind::mapped);
  if (bytes != 0 && (!send.of->ready || !open(send))) {
    if (eager) what.place = 1;
    return;
  }
  send.told = true;
  const std::byte* const host = send.host();
  if (bytes == 0 || (host != nullptr && bytes <= transport::mail::most_inlined)) {
    what.data = eager ? form::eager : form::inlined;
    what.place = bytes;
    if (bytes != 0) std::memcpy(what.inlined.data(), host, bytes);
  } else if (const auto place = way_to(send.peer).place(endpoint_of(send)); place) {
    what.data = form::located;
    what.place = *place;
  } else {
    what.data = form::staged;
  }
}

// With its data, and nobody answers: it is done when the mail is on its way.
void matcher::send_off(transfer& send, const transport::mail& what) {
  send.answered = post(send.peer, what);
  send.now = stage::closing;
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
  if (from.has_data()) return take_from(receive, from.inlined.data());
  if (from.data == form::staged) return accept(receive);
  ways::way& way = way_to(receive.peer);
  if (const std::byte* const data = way.at(receive.peer, from.place); data != nullptr) return take_from(receive, data);
  if (receive.host() == nullptr) return accept(receive);
  way.get(receive.peer, from.place, receive.host(), receive.part.range.bytes);
  answer(receive, kind::taken);
  return true;
}

bool matcher::take_from(transfer& receive, const std::byte* data) {
  const std::size_t bytes = receive.part.range.bytes;
  if (std::byte* const host = receive.host(); host != nullptr) {
    core::copy(host, data, bytes);
    answer(receive, kind::taken);
  } else {
    receive.io = on_.device->write(receive.memory, 0, bytes, data);
    receive.now = stage::moving;
  }
  return true;
}

// What comes by a letter.
bool matcher::accept(transfer& receive) {
  std::uint32_t& taken = with(receive.peer).letters_taken;
  const auto letter = static_cast<std::uint32_t>(std::countr_one(taken));
  if (letter >= transport::message_letters) return false;
  taken |= std::uint32_t{1} << letter;
  receive.letter = letter;
  receive.now = stage::moving;
  transport::mail what;
  what.what = kind::accepted;
  what.number = receive.number;
  what.place = letter;
  post(receive.peer, what);
  return true;
}

void matcher::answer(transfer& receive, kind how) {
  receive.now = stage::closing;
  if (receive.from.data == form::eager) return;
  transport::mail what;
  what.what = how;
  what.number = receive.number;
  what.type = type_id(receive.part.type);
  what.count = receive.part.count;
  receive.answered = post(receive.peer, what);
}

// ---- both

// Makes a mapped range addressable; true once it is. A small one is copied instead: one read, or one write, takes less
// time than a mapping and its end.
bool matcher::open(transfer& each) {
  staging::binding& range = each.memory;
  if (each.opening != 0) return on_.device->done(each.opening);
  if (range.kind != staging::kind::mapped || range.bytes == 0 || range.host != nullptr) return true;
  if (range.bytes > staging::most_copied) {
    each.opening = on_.device->map(range, !each.part.sends, 0);
    if (each.of->blocks) on_.device->wait_if_better(each.opening);
    return on_.device->done(each.opening);
  }
  memory::arena& arena = *on_.arena;
  each.shadow = {arena.allocate(range.bytes), [&arena](std::byte* made) { arena.release(made); }};
  if (each.part.sends) {
    each.opening = on_.device->read(range, 0, range.bytes, each.shadow.get());
    if (each.of->blocks) on_.device->wait_if_better(each.opening);
  }
  range.kind = staging::kind::direct;
  range.host = each.shadow.get();
  return on_.device->done(each.opening);
}

ways::endpoint matcher::endpoint_of(const transfer& each) const {
  return {each.memory,
          0,
          each.part.range.bytes,
          each.host(),
          each.of->ready,
          true,
          true,
          &(each.part.sends ? rings_->sending : rings_->receiving),
          each.of->blocks && !on_.crowded};
}

bool matcher::go_on(transfer& each) {
  if (each.io != 0) {
    if (!on_.device->done(each.io)) return false;
    answer(each, kind::taken);
    return true;
  }
  const ways::block which{transport::message_address(each.letter, each.number), 0, each.peer, false};
  ways::way& way = way_to(each.peer);
  const bool moved = each.part.sends ? way.offer(which, endpoint_of(each), each.state)
                                     : way.fetch(which, endpoint_of(each), each.state);
  if (!each.state.done) return moved;
  peer_state& other = with(each.peer);
  (each.part.sends ? other.letters_busy : other.letters_taken) &= ~(std::uint32_t{1} << each.letter);
  each.now = stage::closing;
  return true;
}

bool matcher::close(transfer& each) {
  staging::binding& range = each.memory;
  if (!on_.device->done(each.opening)) return false;
  if (range.kind == staging::kind::mapped && range.host != nullptr) each.closing = on_.device->unmap(range);
  if (each.shadow != nullptr && range.host != nullptr) {
    if (!each.part.sends && !each.failure) each.closing = on_.device->write(range, 0, range.bytes, range.host);
    range.host = nullptr;
  }
  if (each.of->blocks) on_.device->wait_if_better(each.closing);
  if (!on_.device->done(each.closing)) return false;
  if (!each.part.sends && !each.failure && return_original(*on_.device, range, each.closing)) return false;
  if (each.answered > with(each.peer).gone) return false;
  end(each);
  return true;
}

void matcher::end(transfer& each) {
  each.now = stage::done;
  each.shadow.reset();
  if (each.peer >= 0) {
    peer_state& other = with(each.peer);
    --other.in_flight;
    if (!each.part.sends && !other.receives.empty()) other.receives.erase(each.number);
  }
  if (--each.of->left == 0 && each.of->ready) end(*each.of);
}

void matcher::end(message_group& call) {
  for (std::size_t k = 0; k < call.used && !call.failure; ++k) call.failure = call.transfers[k].failure;
  call.phase = phase::done;
  auto& mine = in_flight_[call.place];
  finished_.push_back(std::move(mine));
  if (call.place + 1 != in_flight_.size()) {
    mine = std::move(in_flight_.back());
    mine->place = call.place;
  }
  in_flight_.pop_back();
}

}  // namespace clique::engine
