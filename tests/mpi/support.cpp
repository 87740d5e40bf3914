#include "support.hpp"

#include "core/config.hpp"
#include "core/copy.hpp"
#include "engine/operation.hpp"
#include "transport/board.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>
#include <set>
#include <thread>

namespace test {
namespace {

constexpr std::size_t guard = 19;  // elements behind each region

std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// Places blocks of these counts behind each other; returns how many elements they need.
std::size_t place(const std::vector<std::size_t>& counts, std::size_t gap, bool permuted, int rank,
                  std::vector<std::size_t>& displacements) {
  const std::size_t size = counts.size();
  displacements.assign(size, 0);
  std::size_t at = 0;
  for (std::size_t k = 0; k < size; ++k) {
    // Backwards from somewhere in the middle, so that neither the first nor the last block is where it would be.
    const std::size_t block = permuted ? (size + static_cast<std::size_t>(rank) + size / 2 - k) % size : k;
    at += gap;
    displacements[block] = at;
    at += counts[block];
  }
  return at + gap;
}

}  // namespace

thresholds thresholds_of(const clique::communicator& comm) {
  const auto& settings = clique::core::settings();
  return {clique::transport::board_shape::of(comm.size(), settings.inline_bytes).inline_bytes, settings.segment_bytes,
          clique::engine::step_state::most_flights * settings.segment_bytes, clique::core::stream_bytes};
}

int open_files() {
  int count = 0;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) count += each.path().empty() ? 0 : 1;
  return count;
}

void nap(int most) {
  static std::mt19937 chance(17u + 31u * static_cast<unsigned>(world().rank()));
  std::this_thread::sleep_for(std::chrono::microseconds(std::uniform_int_distribution<int>(0, most)(chance)));
}

void fill_block(std::byte* at, std::size_t bytes, std::uint64_t salt, int from, int to) {
  std::uint64_t state =
      mixed(salt * 0x9e3779b97f4a7c15u + static_cast<unsigned>(from) * 65537u + static_cast<unsigned>(to));
  for (std::size_t k = 0; k < bytes; k += sizeof state) {
    state += 0x9e3779b97f4a7c15u;
    const std::uint64_t word = mixed(state);
    std::memcpy(at + k, &word, std::min(sizeof word, bytes - k));
  }
}

std::uint64_t next_salt() {
  static std::uint64_t last = 0;
  return ++last;
}

shape uniform(const clique::communicator& comm, std::size_t count, bool in_place) {
  const auto size = static_cast<std::size_t>(comm.size());
  shape result;
  result.uniform = true;
  result.in_place = in_place;
  result.send_counts.assign(size, count);
  for (std::size_t j = 0; j < size; ++j) result.send_displacements.push_back(j * count);
  result.receive_counts = result.send_counts;
  result.receive_displacements = result.send_displacements;
  result.send_count = result.receive_count = size * count;
  return result;
}

shape lists(const clique::communicator& comm, const counting& counts, std::size_t gap, bool permuted, bool in_place) {
  const int rank = comm.rank();
  shape result;
  result.in_place = in_place;
  for (int peer = 0; peer < comm.size(); ++peer) {
    // In place both directions of a pair have the same count.
    const auto of = [&](int from, int to) {
      return in_place ? counts(std::min(from, to), std::max(from, to)) : counts(from, to);
    };
    result.send_counts.push_back(of(rank, peer));
    result.receive_counts.push_back(of(peer, rank));
  }
  result.receive_count = place(result.receive_counts, gap, permuted, rank, result.receive_displacements);
  result.send_count = place(result.send_counts, gap, false, rank, result.send_displacements);
  if (in_place) result.send_displacements = result.receive_displacements;
  return result;
}

trial_bytes::trial_bytes(const clique::communicator& comm, const shape& of, std::size_t element) {
  const std::uint64_t salt = next_salt();
  const int me = comm.rank(), canaries = comm.size();
  send.resize((of.in_place ? guard : of.send_offset + of.send_count + guard) * element);
  receive.resize((of.receive_offset + of.receive_count + guard) * element);
  fill_block(send.data(), send.size(), salt, me, canaries);
  fill_block(receive.data(), receive.size(), salt, me, canaries + 1);
  const auto each = [&](std::vector<std::byte>& in, std::size_t offset, const std::vector<std::size_t>& counts,
                        const std::vector<std::size_t>& displacements, auto from, auto to) {
    for (int peer = 0; peer < comm.size(); ++peer) {
      const auto at = static_cast<std::size_t>(peer);
      fill_block(in.data() + (offset + displacements[at]) * element, counts[at] * element, salt, from(peer),
                 of.one_for_all ? 0 : to(peer));
    }
  };
  const auto mine = [&](int) { return me; };
  const auto theirs = [](int peer) { return peer; };
  each(of.in_place ? receive : send, of.in_place ? of.receive_offset : of.send_offset, of.send_counts,
       of.send_displacements, mine, theirs);
  expected = receive;
  each(expected, of.receive_offset, of.receive_counts, of.receive_displacements, theirs, mine);
}

std::size_t trial_bytes::wrong_bytes(const std::vector<std::byte>& got, const std::vector<std::byte>& wanted) const {
  if (got == wanted) return 0;
  std::size_t wrong = 0, first = 0;
  for (std::size_t k = got.size(); k-- != 0;) {
    if (got[k] == wanted[k]) continue;
    ++wrong;
    first = k;
  }
  MESSAGE("rank ", world().rank(), ": ", wrong, " of ", got.size(), " bytes are wrong, the first one is byte ", first);
  return wrong;
}

bool has(clique::datatype type) {
  if (world().device().info().fp64) return true;
  if (type != clique::datatype::float64 && type != clique::datatype::complex128) return true;
  static std::set<clique::datatype> said;
  if (said.insert(type).second && world().rank() == 0)
    std::printf("not tested: %s, which %s does not have\n", clique::name(type), world().device().info().name.c_str());
  return false;
}

}  // namespace test
