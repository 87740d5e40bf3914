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

draft begin_draft(const communicator_state& on, const plan_key& of) {
  draft made;
  made.shape.rank = on.rank();
  made.shape.size = on.size();
  made.shape.root = of.root;
  made.shape.nodes = on.nodes();
  made.shape.in_place = of.in_place;
  made.shape.element = of.element;
  made.by_mpi.what = of.collective;
  made.by_mpi.in_place = of.in_place;
  made.by_mpi.root = of.root;
  made.by_mpi.element = of.element;
  made.by_mpi.count = of.count;
  made.by_mpi.type = of.type;
  if (of.op) made.by_mpi.op = *of.op;
  const auto copy = [](std::span<const std::size_t> from) { return std::vector(from.begin(), from.end()); };
  made.by_mpi.send_counts = copy(of.send_counts());
  made.by_mpi.send_displacements = copy(of.send_displacements());
  made.by_mpi.receive_counts = copy(of.receive_counts());
  made.by_mpi.receive_displacements = copy(of.receive_displacements());
  return made;
}

// From whom this rank receives, by the collective (nothing, perhaps) or by the plan (which may pass on others'). MPI's
// own collectives need all.
std::vector<int> sources_of(const engine::prepared_plan& plan, const schedule::shape& shape) {
  std::vector<int> result;
  const auto add = [&](int rank) {
    if (rank != shape.rank) result.push_back(rank);
  };
  for (int rank = 0; rank < shape.size && plan.by_mpi; ++rank) add(rank);
  for (const schedule::edge& each : shape.receive) add(each.peer);
  for (const schedule::step& each : plan.plan.steps) {
    if (each.what == schedule::verb::fetch || each.what == schedule::verb::view) add(each.peer);
  }
  std::ranges::sort(result);
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

std::shared_ptr<const engine::prepared_plan> build(const communicator_state& on, const valid_call& call, draft made) {
  const tuning::algorithm& chosen = tuning::choose(
      call.key.collective, facts_of(on, made.bytes, call.key.op.has_value()), core::settings().algorithm);
  auto result = std::make_shared<engine::prepared_plan>();
  result->plan = chosen.build(made.shape);
  if (made.fills_out) result->filled = fill_out(result->plan, made.shape.vector_bytes, made.shape.element);
  result->plan =
      schedule::settled(std::move(result->plan), made.shape, {call.bytes(buffer::in), call.bytes(buffer::out)},
                        core::formatted("{}:{}", name(call.key.collective), chosen.name));
  result->rank = rank_of(on);
  result->covers_out = made.covers_out;
  result->owns_out = !made.pairs;
  if (made.pairs) add_pairs(*result, made);
  if (!result->plan.steps.empty() && result->plan.steps[0].what == schedule::verb::mpi)
    result->by_mpi = std::move(made.by_mpi);
  result->count_steps();
  result->sources = sources_of(*result, made.shape);
  return result;
}

}  // namespace

tuning::facts facts_of(const communicator_state& on, std::size_t bytes, bool exact) {
  return {on.size(), bytes, on.shares_memory(), exact, on.node_count(), on.has_subtrees()};
}

const std::shared_ptr<const engine::prepared_plan>& plan_of(communicator_state& on, const description& of,
                                                            const valid_call& call) {
  if (const auto* const known = on.plans().find(call.key)) return *known;
  draft made = begin_draft(on, call.key);
  of.draw(on, call.key, made);
  return on.plans().keep(call.key, build(on, call, std::move(made)));
}

valid_call begin(communicator_state& on, const arguments& args, datatype type) {
  valid_call made;
  made.type = type;
  if (made.type >= datatype::float64) detail::require_support(on.device(), made.type);
  made.op = args.op;
  made.signature.collective = static_cast<std::uint32_t>(args.what);
  made.signature.type = is_struct(made.type) ? type_id(made.type) : static_cast<std::uint32_t>(made.type);
  made.key.collective = args.what;
  made.key.in_place = args.in_place;
  made.key.root = args.root;
  made.key.element = size_of(made.type);
  if (args.op != nullptr && core::is_exact(*args.op, made.type)) {
    made.key.op = args.op->kind();
    made.key.type = made.type;
  }
  made.key.listed = !args.send_counts.empty() || !args.receive_counts.empty();
  if (made.key.listed) {
    made.key.lists = {args.send_counts, args.send_displacements, args.receive_counts, args.receive_displacements};
    made.key.types = {args.send_types, args.receive_types};
  }
  return made;
}

void require_root(const communicator_state& on, const arguments& args) {
  require(args.root >= 0 && args.root < on.size(), status::invalid_argument, "{} has root {}, but ranks are 0 to {}",
          name(args.what), args.root, on.size() - 1);
}

void require_in_place_at_root(const communicator_state& on, const arguments& args, const char* buffer) {
  require(!args.in_place || on.rank() == args.root, status::invalid_argument,
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

void require_within(const block_list& list, const region& within, const char* what) {
  const bool typed = !list.types.empty();
  const std::size_t holds = typed ? detail::bytes_of(within.count, within.type) : within.count;
  for (std::size_t j = 0; j < list.counts.size(); ++j) {
    if (list.counts[j] == 0) continue;  // where nothing is, its type does not matter either
    const std::size_t length = typed ? detail::bytes_of(list.counts[j], list.types[j]) : list.counts[j];
    require(length <= holds && list.displacements[j] <= holds - length, status::invalid_argument,
            "the {} block of rank {} has {} [{}, {} + {}), but the {} region has only {}", what, j,
            typed ? "bytes" : "elements", list.displacements[j], list.displacements[j], length, what, holds);
  }
}

void require_types(std::span<const datatype> types, std::size_t wanted, const char* what) {
  require(types.size() == wanted, status::invalid_argument, "there are {} {} types, but {} counts", types.size(), what,
          wanted);
}

void require_operator(valid_call& call) {
  core::check_fits(*call.op, call.type);
  call.signature.op = call.op->id();
}

std::vector<schedule::block> blocks(const block_list& list) {
  const bool typed = !list.types.empty();
  std::vector<schedule::block> result(list.counts.size());
  for (std::size_t j = 0; j < list.counts.size(); ++j) {
    if (list.counts[j] == 0) continue;
    result[j] = typed ? schedule::block{list.displacements[j], detail::bytes_of(list.counts[j], list.types[j])}
                      : schedule::block{list.displacements[j] * list.element, list.counts[j] * list.element};
  }
  return result;
}

block_list send_list(const plan_key& of) {
  return {of.send_counts(), of.send_displacements(), of.send_types(), of.element};
}

block_list receive_list(const plan_key& of) {
  return {of.receive_counts(), of.receive_displacements(), of.receive_types(), of.element};
}

std::vector<schedule::block> require_apart(std::vector<schedule::block> blocks) {
  std::vector<schedule::block> of = blocks;
  std::erase_if(of, [](const schedule::block& each) { return each.bytes == 0; });
  std::sort(of.begin(), of.end(),
            [](const schedule::block& a, const schedule::block& b) { return a.offset < b.offset; });
  for (std::size_t k = 1; k < of.size(); ++k) {
    require(of[k - 1].offset + of[k - 1].bytes <= of[k].offset, status::invalid_argument,
            "two receive blocks overlap: one ends at byte {} of the region, the next begins at byte {}",
            of[k - 1].offset + of[k - 1].bytes, of[k].offset);
  }
  return blocks;
}

std::vector<schedule::block> even_blocks(std::size_t size, std::size_t bytes) {
  std::vector<schedule::block> result;
  for (std::size_t j = 0; j < size; ++j) result.push_back({j * bytes, bytes});
  return result;
}

}  // namespace clique::collectives
