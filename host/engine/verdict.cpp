#include "engine/verdict.hpp"

#include "engine/collective.hpp"

#include <clique/datatype.hpp>

namespace clique::engine {
namespace {

std::string call(const transport::signature& of) {
  const auto what = static_cast<collective>(of.collective);
  if (what == collective::agree) return "agree";
  std::string text = fmt::format("{} of {}", name(what), clique::name(static_cast<datatype>(of.type)));
  if (what == collective::alltoall) text += fmt::format(", {} for each rank", of.count);
  return text;
}

}  // namespace

error verdict(const transport::minutes& of) {
  const auto& arrivals = of.arrivals;
  for (std::size_t rank = 0; rank < arrivals.size(); ++rank) {
    const auto& theirs = arrivals[rank];
    if (theirs.signature.status == 0) continue;
    return error(static_cast<status>(theirs.signature.status), fmt::format("rank {}: {}", rank, theirs.text),
                 static_cast<int>(rank));
  }
  std::size_t usual = 0, most = 0;
  for (std::size_t rank = 0; rank < arrivals.size(); ++rank) {
    std::size_t like = 0;
    for (const auto& other : arrivals) like += other.signature.mark() == arrivals[rank].signature.mark() ? 1 : 0;
    if (like > most) {
      most = like;
      usual = rank;
    }
  }
  for (std::size_t rank = 0; rank < arrivals.size(); ++rank) {
    const auto& odd = arrivals[rank].signature;
    if (odd.mark() == arrivals[usual].signature.mark()) continue;
    return error(
        status::mismatch,
        fmt::format("rank {} calls {}, but rank {} calls {}", rank, call(odd), usual, call(arrivals[usual].signature)),
        static_cast<int>(rank));
  }
  if (!of.odd.empty()) {
    const auto& [from, to, sent, expected] = of.odd.front();
    const std::size_t each = size_of(static_cast<datatype>(arrivals[0].signature.type));
    return error(status::mismatch,
                 fmt::format("rank {} sends {} elements to rank {}, which expects {} from it ({} on rank {})", from,
                             sent / each, to, expected / each, call(arrivals[0].signature), from),
                 from);
  }
  return error(status::internal, "the ranks do not agree, for no reason that can be seen");
}

}  // namespace clique::engine
