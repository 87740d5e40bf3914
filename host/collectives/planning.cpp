#include "collectives/planning.hpp"

#include "core/arithmetic.hpp"
#include "core/config.hpp"
#include "schedule/rules.hpp"
#include "tuning/tuning.hpp"

#include <algorithm>

namespace clique::collectives {
namespace {

// What this rank sends to and expects from each rank in all.
void add_pairs(engine::prepared_plan& to, const draft& from) {
  const auto size = static_cast<std::size_t>(from.shape.size);
  const auto sum = [&](const std::vector<schedule::edge>& edges, std::span<const datatype> types,
                       std::vector<std::size_t>& bytes, std::vector<std::uint32_t>& ids) {
    bytes.assign(size, 0);
    if (!types.empty()) ids.assign(size, 0);
    for (std::size_t k = 0; k < edges.size(); ++k) {
      const auto peer = static_cast<std::size_t>(edges[k].peer);
      bytes[peer] += edges[k].where.bytes;
      // Of several blocks of one pair all types count, in their order.
      if (!types.empty() && edges[k].where.bytes != 0)
        ids[peer] = ids[peer] == 0 ? type_id(types[k]) : ids[peer] * 0x9e3779b1u + type_id(types[k]);
    }
  };
  sum(from.shape.send, from.send_types, to.sent, to.sent_types);
  sum(from.shape.receive, from.receive_types, to.expected, to.expected_types);
}

// Last of all: what lies there may be offered before. Returns what is copied.
schedule::block fill_out(schedule::plan& to, std::size_t bytes, std::size_t element) {
  if (bytes == 0) return {};
  to.temporary = (to.temporary + element - 1) / element * element;
  schedule::step last;
  last.from = {schedule::buffer::temporary, to.temporary, bytes};
  last.to = {schedule::buffer::out, 0, bytes};
  for (std::uint32_t k = 0; k < to.steps.size(); ++k) last.after.push_back(k);
  to.temporary += bytes;
  to.steps.push_back(std::move(last));
  return {to.temporary - bytes, bytes};
}

}  // namespace

engine::plan_key key_of(const call_frame& frame, const arguments& args, std::size_t count) {
  const bool exact = args.op != nullptr && frame.exact(*args.op);
  return {args.what,
          args.in_place,
          args.what == collective::exscan && core::has_identity(*args.op, frame.type()),
          exact ? std::optional(args.op->kind()) : std::nullopt,
          exact ? frame.type() : datatype{},
          args.root,
          count,
          size_of(frame.type()),
          {args.send_counts, args.send_displacements, args.receive_counts, args.receive_displacements},
          {args.send_types, args.receive_types}};
}

draft begin_draft(const call_frame& frame, const arguments& args, std::size_t count) {
  draft made;
  made.count = made.by_mpi.count = count;
  made.exact = args.op != nullptr && frame.exact(*args.op);
  made.shape.rank = frame.rank();
  made.shape.size = frame.size();
  made.shape.root = args.root;
  made.shape.in_place = args.in_place;
  made.shape.element = size_of(frame.type());
  return made;
}

std::shared_ptr<const engine::prepared_plan> build(const call_frame& frame, const arguments& args, draft made) {
  const tuning::facts facts{frame.size(), made.bytes, frame.shares_memory(), made.exact};
  const tuning::algorithm& chosen = tuning::choose(args.what, facts, core::settings().algorithm);
  auto result = std::make_shared<engine::prepared_plan>();
  result->plan = chosen.build(made.shape);
  if (made.fills_out) result->filled = fill_out(result->plan, made.shape.vector_bytes, made.shape.element);
  const schedule::extents regions{frame.bytes(schedule::buffer::in), frame.bytes(schedule::buffer::out)};
  result->plan = schedule::settled(std::move(result->plan), made.shape, regions,
                                   core::formatted("{}:{}", name(args.what), chosen.name));
  result->rank = static_cast<std::size_t>(frame.rank());
  result->count = made.count;
  result->covers_out = made.covers_out;
  if (made.pairs) add_pairs(*result, made);
  if (!result->plan.steps.empty() && result->plan.steps[0].what == schedule::verb::mpi) {
    made.by_mpi.what = args.what;
    made.by_mpi.in_place = args.in_place;
    made.by_mpi.root = args.root;
    made.by_mpi.element = made.shape.element;
    made.by_mpi.type = frame.type();
    if (args.op != nullptr) made.by_mpi.op = args.op->kind();
    result->by_mpi = std::move(made.by_mpi);
  }
  result->settle();
  return result;
}

void require_root(const call_frame& frame, const arguments& args) {
  require(args.root >= 0 && args.root < frame.size(), status::invalid_argument, "{} has root {}, but ranks are 0 to {}",
          name(args.what), args.root, frame.size() - 1);
}

void require_in_place_at_root(const call_frame& frame, const arguments& args, const char* buffer) {
  require(!args.in_place || frame.rank() == args.root, status::invalid_argument,
          "clique::in_place for the {} buffer of {} is for the root, rank {}", buffer, name(args.what), args.root);
}

std::size_t part_of(std::size_t elements, std::size_t size) {
  require(elements % size == 0, status::invalid_argument,
          "{} elements are not a multiple of the {} ranks of the communicator", elements, size);
  return elements / size;
}

void require_entries(std::span<const std::size_t> list, std::size_t wanted, const char* what, const char* whom) {
  require(list.size() == wanted, status::invalid_argument, "there are {} {}, but {} {}", list.size(), what, wanted,
          whom);
}

std::vector<schedule::block> blocks(std::span<const std::size_t> counts, std::span<const std::size_t> displacements,
                                    std::size_t holds, std::size_t element, const char* what) {
  std::vector<schedule::block> result(counts.size());
  for (std::size_t j = 0; j < counts.size(); ++j) {
    if (counts[j] == 0) continue;
    require(counts[j] <= holds && displacements[j] <= holds - counts[j], status::invalid_argument,
            "the {} block of rank {} has elements [{}, {} + {}), but the {} region has only {}", what, j,
            displacements[j], displacements[j], counts[j], what, holds);
    result[j] = {displacements[j] * element, counts[j] * element};
  }
  return result;
}

std::vector<schedule::block> blocks(std::span<const std::size_t> counts, std::span<const std::size_t> displacements,
                                    std::span<const datatype> types, std::size_t holds, const char* what) {
  require(types.size() == counts.size(), status::invalid_argument, "there are {} {} types, but {} counts", types.size(),
          what, counts.size());
  std::vector<schedule::block> result(counts.size());
  for (std::size_t j = 0; j < counts.size(); ++j) {
    if (counts[j] == 0) continue;  // where nothing is, its type does not matter
    const std::size_t bytes = detail::bytes_of(counts[j], types[j]);
    require(bytes <= holds && displacements[j] <= holds - bytes, status::invalid_argument,
            "the {} block of rank {} has bytes [{}, {} + {}), but the {} region has only {}", what, j, displacements[j],
            displacements[j], bytes, what, holds);
    result[j] = {displacements[j], bytes};
  }
  return result;
}

void require_apart(std::vector<schedule::block> of) {
  std::erase_if(of, [](const schedule::block& each) { return each.bytes == 0; });
  std::sort(of.begin(), of.end(),
            [](const schedule::block& a, const schedule::block& b) { return a.offset < b.offset; });
  for (std::size_t k = 1; k < of.size(); ++k) {
    require(of[k - 1].offset + of[k - 1].bytes <= of[k].offset, status::invalid_argument,
            "two receive blocks overlap: one ends at byte {} of the region, the next begins at byte {}",
            of[k - 1].offset + of[k - 1].bytes, of[k].offset);
  }
}

std::vector<schedule::block> even_blocks(std::size_t size, std::size_t bytes) {
  std::vector<schedule::block> result;
  for (std::size_t j = 0; j < size; ++j) result.push_back({j * bytes, bytes});
  return result;
}

}  // namespace clique::collectives
