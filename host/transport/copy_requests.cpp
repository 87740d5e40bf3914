#include "transport/copy_requests.hpp"

namespace clique::transport {

copy_requests::copy_requests(int rank, std::vector<std::byte*> areas)
    : rank_(rank), areas_(std::move(areas)), seen_(areas_.size()), mine_(areas_.size()) {}

copy_requests::counts& copy_requests::counts_of(int rank) const noexcept {
  return *reinterpret_cast<counts*>(areas_[static_cast<std::size_t>(rank)]);
}

copy_requests::record& copy_requests::record_of(int rank, std::uint64_t number) const noexcept {
  std::byte* const first = areas_[static_cast<std::size_t>(rank)] + sizeof(counts);
  return reinterpret_cast<record*>(first)[number % capacity];
}

std::uint64_t copy_requests::post(const copy_request& what, request_state as) noexcept {
  const std::uint64_t number = posted_ + 1;
  if (busy_[number % capacity]) return 0;
  busy_[number % capacity] = true;
  record& next = record_of(rank_, number);
  next.what = what;
  next.state.store({number, as}, std::memory_order_release);
  return posted_ = number;
}

bool copy_requests::room(std::size_t count) const noexcept {
  for (std::uint64_t number = posted_ + 1; number <= posted_ + count; ++number) {
    if (busy_[number % capacity]) return false;
  }
  return count <= capacity;
}

bool copy_requests::publish() noexcept {
  if (published_ == posted_) return false;
  counts_of(rank_).published.store(published_ = posted_, std::memory_order_release);
  return true;
}

request_state copy_requests::state_of(std::uint64_t number) noexcept {
  const request_stamp now = record_of(rank_, number).state.load(std::memory_order_acquire);
  if (is_open(now, number)) return request_state::posted;
  if (now == request_stamp{number, request_state::claimed}) return request_state::claimed;
  busy_[number % capacity] = false;
  return now == request_stamp{number, request_state::made} ? request_state::made : request_state::failed;
}

bool copy_requests::waits() const noexcept {
  for (std::uint64_t number = published_ < capacity ? 1 : published_ - capacity + 1; number <= published_; ++number) {
    if (busy_[number % capacity] && is_open(record_of(rank_, number).state.load(std::memory_order_relaxed), number))
      return true;
  }
  return false;
}

bool copy_requests::waits(int rank) noexcept {
  std::uint64_t& seen = seen_[static_cast<std::size_t>(rank)];
  const std::uint64_t published = counts_of(rank).published.load(std::memory_order_acquire);
  for (; seen < published; ++seen) {
    const request_stamp state = record_of(rank, seen + 1).state.load(std::memory_order_acquire);
    if (!is_open(state, seen + 1)) continue;
    const bool chained = state == request_stamp{seen + 1, request_state::chained};
    if (!chained || mine_[static_cast<std::size_t>(rank)] == seen) return true;
  }
  return false;
}

bool copy_requests::claim(int rank, copy_request& what, std::uint64_t& number) noexcept {
  while (waits(rank)) {
    number = ++seen_[static_cast<std::size_t>(rank)];
    record& from = record_of(rank, number);
    request_stamp expected = from.state.load(std::memory_order_acquire);
    if (!is_open(expected, number)) continue;
    if (!from.state.compare_exchange_strong(expected, {number, request_state::claimed}, std::memory_order_acq_rel))
      continue;
    what = from.what;
    mine_[static_cast<std::size_t>(rank)] = number;
    return true;
  }
  return false;
}

void copy_requests::finish(int rank, std::uint64_t number, bool made) noexcept {
  record_of(rank, number)
      .state.store({number, made ? request_state::made : request_state::failed}, std::memory_order_release);
}

}  // namespace clique::transport
