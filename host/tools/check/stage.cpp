#include "check/stage.hpp"

#include <fmt/core.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace clique::tools {

namespace {

constexpr std::size_t before = 5, behind = 7;  // elements of canaries
constexpr std::size_t shifts = 16;             // cases begin at different places of the inputs

communicator make_graph_of(communicator& comm) {
  std::vector<int> sources;
  for (int i = comm.size() - 1; i >= 0; --i) {
    for (const int to : graph_destinations(i, comm.size()))
      if (to == comm.rank()) sources.push_back(i);
  }
  return make_graph(comm, sources, graph_destinations(comm.rank(), comm.size()));
}

communicator make_grid_of(communicator& comm) {
  const int periods[] = {1, 0};
  return std::move(make_cart(comm, dims_create(comm.size(), {0, 0}), periods).value());
}

std::string hexadecimal(const std::byte* bytes, std::size_t count) {
  std::string text;
  for (std::size_t k = 0; k < count; ++k) text += fmt::format("{:02x}", std::to_integer<unsigned>(bytes[k]));
  return text;
}

// A number in [-1, 1), now and then something harder.
template <class T>
T real_number(std::uint64_t seed, std::uint64_t at, bool with_nan) {
  const auto chance = random_at<std::uint32_t>(seed + 1, at) % 64;
  const auto v = static_cast<T>(2 * random_at<float>(seed, at) - 1);
  switch (chance) {
    case 0: return static_cast<T>(-0.0f);
    case 1: return static_cast<T>(0.0f);
    case 2: return with_nan ? static_cast<T>(std::numeric_limits<float>::infinity()) : v;
    case 3: return with_nan ? static_cast<T>(-std::numeric_limits<float>::quiet_NaN()) : v;
    default: break;
  }
  if constexpr (std::is_same_v<T, double>) return 2 * random_at<double>(seed, at) - 1;
  return v;
}

void write_number(datatype type, std::uint64_t seed, std::uint64_t at, bool sparse, bool with_nan, std::byte* out) {
  const auto put = [out](auto value, std::size_t offset = 0) { std::memcpy(out + offset, &value, sizeof value); };
  // Few different values, so that there are ties.
  const auto few = [&] { return static_cast<std::int32_t>(random_at<std::uint32_t>(seed, at) % 7) - 3; };
  const auto index = static_cast<std::int32_t>(random_at<std::uint32_t>(seed + 2, at) % 5);
  switch (type) {
    case datatype::half: return put(real_number<half>(seed, at, with_nan));
    case datatype::bfloat16: return put(real_number<bfloat16>(seed, at, with_nan));
    case datatype::float32: return put(real_number<float>(seed, at, with_nan));
    case datatype::float64: return put(real_number<double>(seed, at, with_nan));
    case datatype::complex64:
      put(real_number<float>(seed, 2 * at, with_nan));
      return put(real_number<float>(seed, 2 * at + 1, with_nan), 4);
    case datatype::complex128:
      put(real_number<double>(seed, 2 * at, with_nan));
      return put(real_number<double>(seed, 2 * at + 1, with_nan), 8);
    case datatype::int32_index: put(few()); return put(index, 4);
    case datatype::int64_index:
      put(static_cast<std::int64_t>(few()) << 40);
      put(std::int32_t{-1}, 12);  // between the members
      return put(index, 8);
    case datatype::float32_index:
      put(few() == 3 ? real_number<float>(seed, at, with_nan) : static_cast<float>(few()));
      return put(index, 4);
    case datatype::float64_index:
      put(few() == 3 ? real_number<double>(seed, at, with_nan) : static_cast<double>(few()));
      put(std::int32_t{-1}, 12);
      return put(index, 8);
    default: break;
  }
  // Integers and structs: any bits; every other one zero where that is what an operator looks at.
  const std::size_t bytes = size_of(type);
  const bool zero = sparse && random_at<std::uint32_t>(seed + 1, at) % 2 == 0;
  for (std::size_t k = 0; k < bytes; k += sizeof(std::uint64_t)) {
    const std::uint64_t word = zero ? 0 : random_at<std::uint64_t>(seed, 2 * at + (k != 0 ? 1 : 0));
    std::memcpy(out + k, &word, std::min(sizeof word, bytes - k));
  }
}

}  // namespace

std::vector<int> graph_destinations(int rank, int size) {
  std::vector<int> to{(rank + 1) % size, rank, (rank + 1) % size};
  if (rank % 2 == 0) to.push_back((rank + 2) % size);
  return to;
}

std::string describe(const test_case& of) {
  static constexpr const char* forms[] = {"blocking", "non-blocking", "persistent"};
  return fmt::format("case {}: {} of {} {}{}{}, {}{}, root {}", of.number, of.what->name, of.count, name(of.type),
                     of.op != nullptr ? " with " : "", of.op != nullptr ? of.op->name : "",
                     forms[static_cast<int>(of.how)], of.in_place ? ", in place" : "", of.root);
}

window::window(const device& where, std::size_t capacity) : memory_(where, capacity, datatype::uint8) {}

void window::open(datatype type, std::size_t count, const std::byte* canaries) {
  region_ = memory_.region();
  region_.type = type;
  region_.offset = before;
  region_.count = count;
  const std::size_t bytes = (before + count + behind) * size_of(type);
  if (bytes > memory_.region().count) throw error(status::internal, "a case is too large for its buffer");
  before_.assign(canaries, canaries + bytes);
  after_ = before_;
  ignored_.clear();
}

void window::put(std::size_t first, const std::byte* elements, std::size_t count) {
  const std::size_t each = size_of(region_.type);
  if (count != 0) std::memcpy(&before_[(before + first) * each], elements, count * each);
  expect(first, elements, count);
}

void window::expect(std::size_t first, const std::byte* elements, std::size_t count) {
  const std::size_t each = size_of(region_.type);
  if (count != 0) std::memcpy(&after_[(before + first) * each], elements, count * each);
}

void window::ignore(std::size_t first, std::size_t count) {
  const std::size_t each = size_of(region_.type);
  ignored_.emplace_back((before + first) * each, count * each);
}

clique::region window::whole() const {
  clique::region all = memory_.region();
  all.count = before_.size();
  return all;
}

void window::load(const device& where) const {
  copy_from(where, whole(), before_.data(), before_.size());
}

std::string window::compare(const device& where, bool spoil) {
  got_.resize(before_.size());
  copy_to(where, whole(), got_.data(), got_.size());
  for (const auto& [first, count] : ignored_) std::copy_n(&got_[first], count, &after_[first]);
  if (spoil) got_[got_.size() / 2] ^= std::byte{0x10};
  if (std::memcmp(got_.data(), after_.data(), got_.size()) == 0) return {};
  const std::size_t each = size_of(region_.type);
  const auto at =
      static_cast<std::size_t>(std::mismatch(got_.begin(), got_.end(), after_.begin()).first - got_.begin());
  const std::size_t start = at / each * each;
  return fmt::format("element {} of {} is {}, and should be {}",
                     static_cast<std::ptrdiff_t>(at / each) - static_cast<std::ptrdiff_t>(before), region_.count,
                     hexadecimal(&got_[start], each), hexadecimal(&after_[start], each));
}

stage::stage(communicator& over, std::size_t largest)
    : comm(over),
      grid(make_grid_of(over)),
      graph(make_graph_of(over)),
      rank(over.rank()),
      size(over.size()),
      // A block for each rank, and for each neighbour, with what lists and canaries add.
      send(over.device(), (static_cast<std::size_t>(size) + 4) * (largest + 512)),
      receive(over.device(), (static_cast<std::size_t>(size) + 4) * (largest + 512)),
      largest_(largest) {
  const std::size_t bytes = (static_cast<std::size_t>(size) + 4) * (largest + 512) + shifts * 64;
  for (int r = 0; r <= size; ++r) {
    std::vector<std::byte>& row = bits_.emplace_back(bytes / sizeof(std::uint64_t) * sizeof(std::uint64_t));
    for (std::size_t at = 0; at < row.size(); at += sizeof(std::uint64_t)) {
      const auto word = random_at<std::uint64_t>(static_cast<std::uint64_t>(r), at);
      std::memcpy(&row[at], &word, sizeof word);
    }
  }
}

const std::byte* stage::bits(int of, std::size_t first) const {
  return bits_[static_cast<std::size_t>(of)].data() + now->number % shifts * 16 + first * element();
}

const std::byte* stage::numbers(int of) {
  const op_kind kind = now->op->op.kind();
  const bool sparse = kind == op_kind::land || kind == op_kind::lor || kind == op_kind::lxor;
  const bool with_nan = !now->op->op.is_user();
  auto& rows = numbers_[fmt::format("{} {} {}", name(now->type), sparse, with_nan)];
  if (rows.empty()) {
    const std::size_t count = largest_ / element() + 2 * shifts;
    rows.resize(static_cast<std::size_t>(size), std::vector<std::byte>(count * element()));
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (std::size_t k = 0; k < count; ++k)
        write_number(now->type, 1000 * (r + 1), k, sparse, with_nan, &rows[r][k * element()]);
    }
  }
  return rows[static_cast<std::size_t>(of)].data() + now->number % shifts * element();
}

void stage::load() const {
  send.load(comm.device());
  receive.load(comm.device());
}

std::string stage::run(const test_case& what, bool spoil) {
  now = &what;
  wrong_.clear();
  // What a subject does not open is not looked at, and stays as it is.
  open_send(2);
  open_receive(2);
  what.what->run(*this);
  const std::string received = receive.compare(comm.device(), spoil), sent = send.compare(comm.device(), false);
  if (!received.empty()) return "received: " + received;
  if (!sent.empty()) return "the send buffer: " + sent;
  return wrong_;
}

}  // namespace clique::tools
