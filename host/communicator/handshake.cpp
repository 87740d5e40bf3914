#include "communicator/handshake.hpp"

#include "core/check.hpp"

#include <clique/version.hpp>

#include <algorithm>
#include <string>

namespace clique::engine {
namespace {

constexpr std::uint64_t magic = 0x65757169'6c630a01u;  // "clique" behind two bytes that no text has

std::string version_of(const hello& from) {
  if (from.magic != magic) return "no clique that this one knows";
  return core::formatted("clique {}.{}.{}", from.version / 10000, from.version / 100 % 100, from.version % 100);
}

}  // namespace

hello make_hello(std::span<const std::uint32_t> record_bytes) {
  hello made;
  made.magic = magic;
  made.version = CLIQUE_VERSION;
  require(record_bytes.size() <= made.record_bytes.size(), status::internal, "{} sizes in a handshake of {}",
          record_bytes.size(), made.record_bytes.size());
  std::copy(record_bytes.begin(), record_bytes.end(), made.record_bytes.begin());
  return made;
}

void require_alike(std::span<const hello> by_rank) {
  const hello& first = by_rank.front();
  for (std::size_t rank = 1; rank < by_rank.size(); ++rank) {
    const hello& other = by_rank[rank];
    require(other.magic == first.magic && other.version == first.version, status::mismatch,
            "rank 0 runs {}, and rank {} runs {}: all ranks need the same version of the library", version_of(first),
            rank, version_of(other));
    require(other.record_bytes == first.record_bytes, status::mismatch,
            "ranks 0 and {} both run {}, but were built differently (another processor, compiler or MPI library): what "
            "they exchange has other sizes",
            rank, version_of(first));
  }
}

}  // namespace clique::engine
