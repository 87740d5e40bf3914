#include "tuning/tuning.hpp"

#include "core/check.hpp"

#include <algorithm>
#include <bit>
#include <string>

namespace clique::tuning {
namespace {

std::span<const algorithm> rows_of(collective what) {
  const auto rows = algorithms();
  const auto is = [&](const algorithm& each) { return each.what == what; };
  const auto first = std::find_if(rows.begin(), rows.end(), is);
  return {first, std::find_if_not(first, rows.end(), is)};
}

const algorithm* find(std::span<const algorithm> rows, std::string_view name) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const auto& each) { return name == each.name; });
  return found == rows.end() ? nullptr : &*found;
}

// Everyone combines everything itself: one meeting less than slices, and the work of `size - 2` vectors more. How much
// of that a meeting is worth was measured (host/DESIGN.md), on 2 to 4 ranks, over shared memory and over messages.
std::string_view flat_up_to(std::size_t more_bytes, std::size_t vector_bytes, const facts& of) {
  const auto others = static_cast<std::size_t>(std::max(1, of.size - 2));
  return of.bytes <= vector_bytes && (of.size <= 2 || of.bytes <= more_bytes / others) ? "flat" : "slices";
}

// What is best where the setting says nothing; a name that does not fit is passed over for the first one.
std::string_view best(collective what, const facts& of) {
  constexpr std::size_t kib = 1024, mib = 1024 * kib;
  // Small blocks of a few ranks go along with the arrivals, to all at once.
  const bool by_nodes = of.nodes > 1 && (of.bytes > 4 * kib || of.size > 8);
  switch (what) {
    case collective::bcast:
    case collective::allgather: return by_nodes ? "nodes" : "";
    case collective::reduce:
    case collective::allreduce: return by_nodes && of.subtrees ? "nodes" : flat_up_to(64 * kib, mib, of);
    case collective::scan:
    case collective::exscan: return flat_up_to(mib, 8 * mib, of);
    default: return "";
  }
}

collective parse_collective(std::string_view text) {
  std::string names;
  for (const algorithm& each : algorithms()) {
    if (text == name(each.what)) return each.what;
    if (!names.ends_with(name(each.what))) names += (names.empty() ? "" : ", ") + std::string(name(each.what));
  }
  fail(status::invalid_argument, "CLIQUE_ALGORITHM names the collective \"{}\"; there are: {}", text, names);
}

}  // namespace

const algorithm& choose(collective what, const facts& of, std::string_view setting) {
  const auto rows = rows_of(what);
  require(!rows.empty(), status::internal, "{} has no algorithm", name(what));
  const algorithm* chosen = nullptr;
  while (!setting.empty()) {
    const std::string_view entry = setting.substr(0, setting.find(','));
    setting.remove_prefix(std::min(setting.size(), entry.size() + 1));
    const auto colon = entry.find(':');
    const collective named = parse_collective(entry.substr(0, colon));
    const std::string_view wish = colon == std::string_view::npos ? "" : entry.substr(colon + 1);
    const algorithm* const found = find(rows_of(named), wish);
    if (found == nullptr) {
      std::string names;
      for (const auto& each : rows_of(named)) names += (names.empty() ? "" : ", ") + std::string(each.name);
      fail(status::invalid_argument, "CLIQUE_ALGORITHM names the algorithm \"{}\" for {}; there are: {}", wish,
           name(named), names);
    }
    if (named == what) chosen = found;
  }
  if (chosen != nullptr) {
    require(chosen->fits == nullptr || chosen->fits(of), status::invalid_argument,
            "CLIQUE_ALGORITHM asks for {}:{}, which does not fit this call on {} ranks: {}", name(what), chosen->name,
            of.size, chosen->restriction);
    return *chosen;
  }
  const algorithm* const liked = find(rows, best(what, of));
  return liked != nullptr && (liked->fits == nullptr || liked->fits(of)) ? *liked : rows[0];
}

}  // namespace clique::tuning
