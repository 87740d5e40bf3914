#include "pool.hpp"

#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

namespace storm {
namespace {
constexpr std::size_t usual = 5000, large = 200000, most_random = 250;  // elements
}

pool::pool(clique::communicator& comm)
    : device_(comm.device()), rank_(comm.rank()), size_(comm.size()), elements_(element_rows(device_)) {
  for (const auto& each : elements_) rows_.push_back({each.get(), usual, 5});
  rows_.push_back({elements_[1].get(), large, 2});
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    for (std::size_t k = 0; k < rows_[row].buffers; ++k) {
      buffers_.emplace_back().row = row;
      renew(count() - 1);
    }
  }
}

std::vector<int> pool::idle(std::size_t row) const {
  std::vector<int> result;
  for (int k = 0; k < count(); ++k) {
    if (row_of(k) == row && !busy(k)) result.push_back(k);
  }
  return result;
}

clique::region pool::region(int buffer, std::size_t offset, std::size_t count) const {
  const memory& of = buffers_[index(buffer)];
  clique::region result{of.array ? of.array->buffer()() : of.plain(), offset, count, row(of.row).type};
  if (of.array) result.host = of.array->host();
  return result;
}

std::byte* pool::expected(int rank, int buffer) {
  buffers_[index(buffer)].seen = false;
  return buffers_[index(buffer)].expected[index(rank)].data();
}
const std::byte* pool::expected(int rank, int buffer) const {
  return buffers_[index(buffer)].expected[index(rank)].data();
}

void pool::apply(int buffer, std::size_t offset, std::size_t count, touch how) {
  const element_row& elements = row(row_of(buffer));
  constexpr const char* names[touch_kinds] = {"fill", "arange", "random", "transform"};
  note(buffer, fmt::format("{} of {} from {}", names[how.what], count, offset));
  for (int rank = 0; rank < size_; ++rank) {
    const touch its{how.what, mixed(how.seed + static_cast<unsigned>(rank))};
    elements.expect(expected(rank, buffer) + offset * elements.bytes(), count, its);
    if (rank == rank_) elements.enqueue(device_, region(buffer, offset, count), its);
  }
}

void pool::apply(chance& from, int buffer) {
  const std::size_t capacity = rows_[row_of(buffer)].capacity;
  touch how{static_cast<int>(from.below(touch_kinds)), from.next()};
  std::size_t offset = from.below(capacity), count = from.below(capacity - offset);
  if (how.what == 2 && count > most_random) {
    if (capacity == usual && from.once_in(2))
      count = from.below(most_random);
    else
      how.what = 1;
  }
  apply(buffer, offset, count, how);
}

void pool::check(int buffer, bool even_if_seen) {
  memory& of = buffers_[index(buffer)];
  if (of.seen && !even_if_seen) return;
  const element_row& elements = row(of.row);
  const std::size_t bytes = elements.bytes(), count = capacity(of.row);
  read_.resize(count * bytes);
  clique::copy_to(device_, region(buffer, 0, count), read_.data(), count);
  of.seen = true;
  const std::byte* const wanted = of.expected[index(rank_)].data();
  if (std::memcmp(read_.data(), wanted, count * bytes) == 0) return;
  std::size_t wrong = 0, first = count;
  for (std::size_t k = 0; k < count; ++k) {
    if (std::memcmp(read_.data() + k * bytes, wanted + k * bytes, bytes) == 0) continue;
    if (wrong++ == 0) first = k;
  }
  std::string is, should;
  for (std::size_t k = 0; k < bytes; ++k) {
    is += fmt::format("{:02x}", static_cast<unsigned>(read_[first * bytes + k]));
    should += fmt::format("{:02x}", static_cast<unsigned>(wanted[first * bytes + k]));
  }
  throw std::runtime_error(fmt::format(
      "buffer {} ({}, {}): {} of {} elements are wrong, first element {}, bytes {}, not {}; what happened: {}", buffer,
      clique::name(elements.type), of.array ? "array" : "plain", wrong, count, first, is, should,
      fmt::join(of.history, " | ")));
}

void pool::note(int buffer, std::string what) {
  auto& history = buffers_[index(buffer)].history;
  history.push_back(std::move(what));
  if (history.size() > 8) history.pop_front();
}

void pool::renew(int buffer) {
  note(buffer, "a new buffer");
  memory& of = buffers_[index(buffer)];
  const std::size_t bytes = row(of.row).bytes() * capacity(of.row);
  of.array.reset();
  of.plain = {};
  if ((buffer + rank_) % 3 == 0)
    of.plain = cl::Buffer(device_.context(), CL_MEM_READ_WRITE, bytes);
  else
    of.array.emplace(device_, bytes);
  of.expected.resize(index(size_));
  for (auto& each : of.expected) each.resize(bytes);
  apply(buffer, 0, capacity(of.row), {0, static_cast<std::uint64_t>(buffer)});
}

}  // namespace storm
