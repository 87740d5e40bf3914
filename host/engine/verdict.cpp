#include "engine/verdict.hpp"

#include "engine/constructor.hpp"
#include "opencl/struct_table.hpp"

#include <clique/collective.hpp>
#include <clique/datatype.hpp>
#include <clique/reduce_op.hpp>

namespace clique::engine {
namespace {

// What is registered elsewhere only has no name here.
std::string type_text(std::uint32_t id) {
  const auto type = opencl::type_with_id(id);
  return type ? name(*type) : core::formatted("a struct that this rank does not know (id {:x})", id);
}

std::size_t element_bytes(std::uint32_t id) {
  const auto type = opencl::type_with_id(id);
  return type ? size_of(*type) : 1;
}

std::string op_text(std::uint32_t id) {
  for (int k = 0; k < builtin_op_count; ++k) {
    if (const reduce_op each(static_cast<op_kind>(k)); each.id() == id) return each.name();
  }
  return core::formatted("a user operator (id {:x})", id);
}

// "allreduce of float32, sum, 10 elements"
std::string call(const transport::arrival& from) {
  const transport::signature& of = from.signature;
  // Structs and users' operators by the names that the rank itself gives them (arrival.hpp).
  const std::string_view names = from.text, type_name = names.substr(0, names.find('\n'));
  const std::string_view op_name = type_name.size() < names.size() ? names.substr(type_name.size() + 1) : "";
  const auto what = static_cast<collective>(of.collective % transport::prepares);
  std::string text = name_of(of);
  if (what == collective::agree) return describe_constructor(of);
  if (what == collective::barrier) return text;
  if (what != collective::alltoallw && what != collective::neighbor_alltoallw)
    text += " of " + (type_name.empty() ? type_text(of.type) : std::string(type_name));
  if (of.op != 0) text += ", " + (op_name.empty() ? op_text(of.op) : std::string(op_name));
  switch (what) {
    case collective::scatterv:
    case collective::gatherv:
    case collective::allgatherv:
    case collective::alltoallv:
    case collective::alltoallw:
    case collective::neighbor_allgatherv:
    case collective::neighbor_alltoallv:
    case collective::neighbor_alltoallw: break;
    case collective::reduce_scatter: text += core::formatted(", counts with the mark {:x}", of.count); break;  // a hash
    case collective::scatter:
    case collective::gather:
    case collective::allgather:
    case collective::alltoall:
    case collective::reduce_scatter_block:
    case collective::neighbor_allgather:
    case collective::neighbor_alltoall: text += core::formatted(", {} for each rank", of.count); break;
    default: text += core::formatted(", {} elements", of.count);
  }
  if (of.root >= 0) text += core::formatted(", root {}", of.root);
  return text;
}

}  // namespace

std::string name_of(const transport::signature& of) {
  std::string text = name(static_cast<collective>(of.collective % transport::prepares));
  if ((of.collective & transport::prepares) != 0) text += "_init";
  if ((of.collective & transport::paired) != 0) text += " (agreement: pairs)";
  return text;
}

error verdict(const transport::minutes& of) {
  const auto& arrivals = of.arrivals;
  for (std::size_t rank = 0; rank < arrivals.size(); ++rank) {
    const auto& theirs = arrivals[rank];
    if (theirs.signature.status == 0) continue;
    return error(static_cast<status>(theirs.signature.status), core::formatted("rank {}: {}", rank, theirs.text),
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
    return error(status::mismatch,
                 core::formatted("rank {} calls {}, but rank {} calls {}", rank, call(arrivals[rank]), usual,
                                 call(arrivals[usual])),
                 static_cast<int>(rank));
  }
  if (!of.odd.empty()) {
    const auto& [from, to, sent, expected, sent_type, expected_type] = of.odd.front();
    const transport::signature& called = arrivals[0].signature;
    const auto what = static_cast<collective>(called.collective % transport::prepares);
    std::string text;
    if (what == collective::agree) {
      text = core::formatted(
          "rank {} has rank {} {} times among its destinations, which has it {} times among its sources ({})", from, to,
          sent, expected, call(arrivals[0]));
    } else if (what == collective::alltoallw || what == collective::neighbor_alltoallw) {
      text = core::formatted("rank {} sends {} bytes of {} to rank {}, which expects {} of {} from it ({} on rank {})",
                             from, sent, type_text(sent_type), to, expected, type_text(expected_type),
                             call(arrivals[0]), from);
    } else {
      const std::size_t each = element_bytes(called.type);
      text = core::formatted("rank {} sends {} elements to rank {}, which expects {} from it ({} on rank {})", from,
                             sent / each, to, expected / each, call(arrivals[0]), from);
    }
    return error(status::mismatch, text, from);
  }
  return error(status::internal, "the ranks do not agree, for no reason that can be seen");
}

}  // namespace clique::engine
