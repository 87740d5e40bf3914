// What a call does to the model, and how this rank makes it.
#include "call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/arithmetic.hpp"

namespace storm {
namespace {

using clique::collective;

using bytes = std::vector<std::byte>;

// The balanced binary tree over [first, last), split at the largest power of two below its size.
bytes tree(const operator_row& op, const std::vector<bytes>& of, std::size_t first, std::size_t last,
           std::size_t count) {
  if (last - first == 1) return of[first];
  const std::size_t middle = first + std::bit_floor(last - first - 1);
  bytes left = tree(op, of, first, middle, count);
  op.combine(left.data(), tree(op, of, middle, last, count).data(), count);
  return left;
}

void expect_reduction(const call& what, pool& of) {
  const element_row& elements = of.row(what.row);
  const operator_row& op = elements.operators[at(what.op)];
  const std::size_t unit = elements.bytes();
  std::vector<bytes> given;
  std::size_t count = 0;
  for (int rank = 0; rank < of.size(); ++rank) {
    const side& from = what.in_place[at(rank)] ? what.receive[at(rank)] : what.send[at(rank)];
    const std::byte* const first = of.expected(rank, from.buffer) + from.offset * unit;
    given.emplace_back(first, first + from.count * unit);
    count = from.count;
  }
  const auto reduced = [&](std::size_t ranks) {
    bytes result = tree(op, given, 0, ranks, count);
    if (op.finish) op.finish(result.data(), count, static_cast<int>(ranks));
    return result;
  };
  const auto put = [&](int rank, const bytes& from, std::size_t first, std::size_t n) {
    const side& to = what.receive[at(rank)];
    if (n != 0) std::memcpy(of.expected(rank, to.buffer) + to.offset * unit, from.data() + first * unit, n * unit);
  };
  if (what.what == collective::scan || what.what == collective::exscan) {
    const std::size_t before = what.what == collective::scan ? 1 : 0;
    for (int rank = 0; rank < of.size(); ++rank) {
      if (at(rank) + before > 0) {
        put(rank, reduced(at(rank) + before), 0, count);
      } else if (clique::core::has_identity(op.op, elements.type)) {
        bytes identity(count * unit);
        for (std::size_t k = 0; k < count; ++k)
          clique::core::identity(op.op, elements.type, identity.data() + k * unit);
        put(rank, identity, 0, count);
      }
    }
    return;
  }
  const bytes all = reduced(at(of.size()));
  std::size_t first = 0;
  for (int rank = 0; rank < of.size(); ++rank) {
    if (what.what == collective::reduce_scatter || what.what == collective::reduce_scatter_block) {
      const std::size_t mine =
          what.what == collective::reduce_scatter ? what.receive[at(rank)].counts[at(rank)] : count / at(of.size());
      put(rank, all, first, mine);
      first += mine;
    } else if (what.what == collective::allreduce || rank == what.root) {
      put(rank, all, 0, count);
    }
  }
}

clique::region region_of(const side& of, const pool& in, clique::datatype type) {
  return of.buffer < 0 ? clique::region{nullptr, 0, 0, type} : in.region(of.buffer, of.offset, of.count);
}

clique::detail::arguments arguments_of(const call& what, const pool& of) {
  const side &send = what.send[at(of.rank())], &receive = what.receive[at(of.rank())];
  const element_row& elements = of.row(what.row);
  return {.what = what.what,
          .send = region_of(send, of, elements.type),
          .receive = region_of(receive, of, elements.type),
          .in_place = what.in_place[at(of.rank())] != 0,
          .root = what.root,
          .op = what.op < 0 ? nullptr : &elements.operators[at(what.op)].op,
          .send_counts = send.counts,
          .send_displacements = send.displacements,
          .receive_counts = receive.counts,
          .receive_displacements = receive.displacements,
          .send_types = send.types,
          .receive_types = receive.types};
}

std::vector<clique::detail::message_args> messages_of(const call& what, const pool& of) {
  using clique::detail::message_args;
  const int me = of.rank();
  std::vector<message_args> result;
  for (const letter& each : what.letters) {
    const side &send = what.send[at(me)], &receive = what.receive[at(me)];
    if (each.from == me)
      result.push_back({what.replaces ? message_args::kind::replace : message_args::kind::send,
                        of.region(send.buffer, send.offset + each.at, each.count), each.to, each.tag});
    if (each.to == me && !what.replaces)
      result.push_back({message_args::kind::receive, of.region(receive.buffer, receive.offset + each.into, each.count),
                        each.any_source ? clique::any_source : each.from, each.tag});
  }
  for (const letter& each : what.letters) {  // of sendrecv_replace the receive comes second
    if (each.to == me && what.replaces)
      result.push_back({message_args::kind::receive,
                        of.region(what.send[at(me)].buffer, what.send[at(me)].offset + each.into, each.count),
                        each.any_source ? clique::any_source : each.from, each.tag});
  }
  return result;
}

}  // namespace

std::vector<int> call::buffers() const {
  std::vector<int> result;
  for (const auto* list : {&send, &receive}) {
    for (const side& each : *list) {
      if (each.buffer >= 0 && std::find(result.begin(), result.end(), each.buffer) == result.end())
        result.push_back(each.buffer);
    }
  }
  return result;
}

std::string call::text(const pool& of) const {
  std::string result = fmt::format("{} of {} on communicator {}",
                                   messages ? (replaces ? "sendrecv_replace" : "group") : clique::name(what),
                                   clique::name(of.row(row).type), on);
  if (op >= 0) result += fmt::format(", {}", of.row(row).operators[at(op)].op.name());
  result += fmt::format(", root {}, {} moves, {} messages", root, moves.size(), letters.size());
  const auto add = [&](const char* title, const std::vector<side>& sides) {
    for (std::size_t rank = 0; rank < sides.size(); ++rank) {
      const side& each = sides[rank];
      if (each.buffer < 0) continue;
      result += fmt::format("; {} {}: buffer {}, {} from {}", title, rank, each.buffer, each.count, each.offset);
      if (!each.counts.empty()) result += fmt::format(", counts {}", fmt::join(each.counts, " "));
    }
  };
  add("send", send);
  add("receive", receive);
  for (std::size_t rank = 0; rank < in_place.size(); ++rank) {
    if (in_place[rank]) result += fmt::format("; {} in place", rank);
  }
  return result;
}

void call::expect(pool& of) const {
  if (op >= 0) return expect_reduction(*this, of);
  std::vector<bytes> carried;
  for (const move& each : moves) {
    const std::byte* const first = std::as_const(of).expected(each.from, each.from_buffer) + each.at;
    carried.emplace_back(first, first + each.bytes);
  }
  for (std::size_t k = 0; k < moves.size(); ++k) {
    if (!carried[k].empty())
      std::memcpy(of.expected(moves[k].to, moves[k].to_buffer) + moves[k].into, carried[k].data(), moves[k].bytes);
  }
}

void call::run(pool& of, place& where, const clique::call& how) const {
  if (!messages) return clique::detail::run(where.comm, arguments_of(*this, of), how);
  clique::detail::exchange(where.comm, messages_of(*this, of), how, {});
}
clique::request call::start(pool& of, place& where, const clique::call& how) const {
  if (!messages) return clique::detail::start(where.comm, arguments_of(*this, of), how);
  return clique::detail::iexchange(where.comm, messages_of(*this, of), how);
}
clique::persistent call::prepare(pool& of, place& where, const clique::call& how) const {
  if (!messages) return clique::detail::prepare(where.comm, arguments_of(*this, of), how);
  return clique::detail::exchange_init(where.comm, messages_of(*this, of), how);
}

}  // namespace storm
