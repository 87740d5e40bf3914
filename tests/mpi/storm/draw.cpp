// How a random call is made up. The collectives that move data are all the same here: blocks of the ranks' send sides
// become blocks of their receive sides, edge by edge.
#include "call.hpp"

#include <algorithm>
#include <numeric>

namespace storm {
namespace {

using clique::collective;

// Elements of a block, often none or few.
std::size_t size_below(chance& from, std::size_t limit) {
  const std::size_t kinds[] = {0, 1, 40, 500, limit, limit};
  return std::min(limit, from.below(kinds[from.below(6)] + 1));
}

bool has_lists(collective what) {
  switch (what) {
    case collective::scatterv:
    case collective::gatherv:
    case collective::allgatherv:
    case collective::alltoallv:
    case collective::alltoallw:
    case collective::neighbor_allgatherv:
    case collective::neighbor_alltoallv:
    case collective::neighbor_alltoallw: return true;
    default: return false;
  }
}
bool has_types(collective what) {
  return what == collective::alltoallw || what == collective::neighbor_alltoallw;
}
bool of_neighbors(collective what) {
  return what >= collective::neighbor_allgather;
}
bool reduces(collective what) {
  return what >= collective::reduce && what <= collective::exscan;
}
// Each rank sends one block, to all that it sends to.
bool sends_one(collective what) {
  switch (what) {
    case collective::bcast:
    case collective::gather:
    case collective::gatherv:
    case collective::allgather:
    case collective::allgatherv:
    case collective::neighbor_allgather:
    case collective::neighbor_allgatherv: return true;
    default: return false;
  }
}

class drawing {
 public:
  drawing(chance& from, const pool& of, const place& on, call& made)
      : from_(from), pool_(of), place_(on), made_(made), size_(of.size()) {
    made_.send.resize(at(size_));
    made_.receive.resize(at(size_));
    made_.in_place.assign(at(size_), 0);
  }

  bool take_buffers() {
    std::vector<int> idle = pool_.idle(made_.row);
    if (idle.size() < 2) return false;
    from_.shuffle(idle);
    first_ = idle[0];
    second_ = idle[1];
    return true;
  }

  void movement();
  void reduction();
  void messages(int tag);

 private:
  [[nodiscard]] std::size_t unit() const { return pool_.row(made_.row).bytes(); }
  [[nodiscard]] std::size_t capacity() const { return pool_.capacity(made_.row); }
  // `blocks` such and their gaps fit.
  [[nodiscard]] std::size_t limit(std::size_t blocks) const {
    return capacity() / (2 * std::max<std::size_t>(blocks, 1)) - 8;
  }
  void put(side& of, int buffer, std::size_t count) {
    of.buffer = buffer;
    of.count = count;
    of.offset = from_.below(capacity() - count + 1);
  }
  // Blocks of these bytes in a region: one behind the other, or in any order with gaps. Where each begins, in bytes.
  std::vector<std::size_t> lay_out(side& of, int buffer, const std::vector<std::size_t>& bytes, bool apart) {
    std::vector<std::size_t> order(bytes.size()), begins(bytes.size());
    std::iota(order.begin(), order.end(), 0);
    if (apart) from_.shuffle(order);
    std::size_t end = 0;
    for (const std::size_t k : order) {
      if (apart) end += from_.below(4) * unit();
      begins[k] = end;
      end += bytes[k];
    }
    put(of, buffer, end / unit() + (apart ? from_.below(4) : 0));
    return begins;
  }
  void to_elements(std::vector<std::size_t>& bytes) const {
    for (std::size_t& each : bytes) each /= unit();
  }
  std::vector<edge> edges();
  clique::datatype block_type() {
    return has_types(made_.what) ? pool_.row(from_.below(pool_.rows() - 1)).type : pool_.row(made_.row).type;
  }

  chance& from_;
  const pool& pool_;
  const place& place_;
  call& made_;
  int size_, first_ = -1, second_ = -1;
};

// Who sends which of its blocks to which of whose.
std::vector<edge> drawing::edges() {
  if (of_neighbors(made_.what)) {
    std::vector<edge> result = place_.edges;
    if (sends_one(made_.what)) {
      for (edge& each : result) each.sent = 0;
    }
    return result;
  }
  std::vector<edge> result;
  for (int i = 0; i < size_; ++i) {
    for (int j = 0; j < size_; ++j) {
      switch (made_.what) {
        case collective::bcast:
          if (i == made_.root && j != i) result.push_back({i, j, 0, 0});
          break;
        case collective::scatter:
        case collective::scatterv:
          if (i == made_.root) result.push_back({i, j, at(j), 0});
          break;
        case collective::gather:
        case collective::gatherv:
          if (j == made_.root) result.push_back({i, j, 0, at(i)});
          break;
        case collective::allgather:
        case collective::allgatherv: result.push_back({i, j, 0, at(i)}); break;
        default: result.push_back({i, j, at(j), at(i)});
      }
    }
  }
  return result;
}

void drawing::movement() {
  const collective what = made_.what;
  const bool lists = has_lists(what), types = has_types(what), neighbors = of_neighbors(what);
  const bool rooted = what >= collective::bcast && what <= collective::gatherv;
  const bool scatters = what == collective::scatter || what == collective::scatterv;
  const bool exchanges = what >= collective::alltoall && what <= collective::alltoallw;
  const bool in_place = what != collective::bcast && !neighbors && from_.once_in(4);
  const auto blocks_of = [&](int rank, bool sends) -> std::size_t {
    if (neighbors) return sends ? (sends_one(what) ? 1 : place_.destinations[at(rank)]) : place_.sources[at(rank)];
    if (rooted) return rank == made_.root && sends == scatters && what != collective::bcast ? at(size_) : 1;
    return sends && sends_one(what) ? 1 : at(size_);
  };
  std::size_t most = 1;
  for (int rank = 0; rank < size_; ++rank) most = std::max({most, blocks_of(rank, true), blocks_of(rank, false)});
  const std::size_t widest = types ? 16 : 1;
  const auto size_of_block = [&] { return size_below(from_, limit(most) / widest); };
  const std::size_t uniform = size_of_block();

  // Counts and types of all blocks: of each rank's, then what the edges make equal on both sides.
  struct blocks {
    std::vector<std::size_t> counts;
    std::vector<clique::datatype> types;
  };
  std::vector<blocks> sent(at(size_)), received(at(size_));
  for (int rank = 0; rank < size_; ++rank) {
    for (const bool sends : {true, false}) {
      blocks& each = (sends ? sent : received)[at(rank)];
      for (std::size_t k = 0; k < blocks_of(rank, sends); ++k) {
        each.counts.push_back(lists ? size_of_block() : uniform);
        each.types.push_back(block_type());
      }
    }
  }
  const std::vector<edge> all = edges();
  for (const edge& each : all) {
    blocks &from = sent[at(each.from)], &to = received[at(each.to)];
    if (exchanges && in_place && each.from > each.to) {  // what i sends to j is as much as j sends to i
      from.counts[each.sent] = sent[at(each.to)].counts[at(each.from)];
      from.types[each.sent] = sent[at(each.to)].types[at(each.from)];
    }
    to.counts[each.received] = from.counts[each.sent];
    to.types[each.received] = from.types[each.sent];
  }
  if (what == collective::allgatherv) {  // all give the same list; the blocks lie elsewhere on each
    for (blocks& each : received) each.counts = received[0].counts;
  }
  if (what == collective::scatterv) {
    for (int rank = 0; rank < size_; ++rank) received[at(rank)].counts[0] = sent[at(made_.root)].counts[at(rank)];
  }

  // Where they lie.
  std::vector<std::vector<std::size_t>> send_begins(at(size_)), receive_begins(at(size_));
  for (int rank = 0; rank < size_; ++rank) {
    const bool root = rank == made_.root;
    const bool sends = what == collective::bcast ? false : scatters ? root : true;
    const bool receives = rooted && !scatters && what != collective::bcast ? root : true;
    bool mine = in_place && (!rooted || root);
    made_.in_place[at(rank)] = mine ? 1 : 0;
    const auto place_side = [&](side& of, int buffer, const blocks& in, bool has_list) {
      std::vector<std::size_t> bytes;
      for (std::size_t k = 0; k < in.counts.size(); ++k)
        bytes.push_back(in.counts[k] * (types ? clique::size_of(in.types[k]) : unit()));
      auto begins = lay_out(of, buffer, bytes, has_list);
      if (has_list) {
        of.counts = in.counts;
        of.displacements = begins;
        if (types)
          of.types = in.types;
        else
          to_elements(of.displacements);
      }
      return begins;
    };
    if (sends && !(mine && !scatters))
      send_begins[at(rank)] =
          place_side(made_.send[at(rank)], first_, sent[at(rank)], lists && (scatters || !sends_one(what)));
    if (receives && !(mine && scatters))
      receive_begins[at(rank)] = place_side(made_.receive[at(rank)], second_, received[at(rank)], lists && !scatters);
  }

  for (const edge& each : all) {
    const bool from_receive = what == collective::bcast || (made_.in_place[at(each.from)] && !scatters);
    if (rooted && made_.in_place[at(each.to)] && each.from == each.to) continue;  // stays where it is
    const side &from = from_receive ? made_.receive[at(each.from)] : made_.send[at(each.from)],
               &to = made_.receive[at(each.to)];
    const std::size_t block = !from_receive               ? each.sent
                              : what == collective::bcast ? 0
                              : exchanges                 ? at(each.to)
                                                          : at(each.from);
    const std::size_t begin = (from_receive ? receive_begins : send_begins)[at(each.from)][block];
    const std::size_t bytes = received[at(each.to)].counts[each.received] *
                              (types ? clique::size_of(received[at(each.to)].types[each.received]) : unit());
    made_.moves.push_back({each.from, from.buffer, from.offset * unit() + begin, each.to, to.buffer,
                           to.offset * unit() + receive_begins[at(each.to)][each.received], bytes});
  }
}

void drawing::reduction() {
  const collective what = made_.what;
  const bool scatters = what == collective::reduce_scatter || what == collective::reduce_scatter_block;
  const bool scans = what == collective::scan || what == collective::exscan;
  const auto& operators = pool_.row(made_.row).operators;
  do made_.op = static_cast<int>(from_.below(operators.size()));
  while (scans && operators[at(made_.op)].op.kind() == clique::op_kind::mean);
  const bool in_place = from_.once_in(4);
  std::vector<std::size_t> counts(at(size_), size_below(from_, limit(at(size_))));
  if (what == collective::reduce_scatter) {
    for (std::size_t& each : counts) each = size_below(from_, limit(at(size_)));
  }
  const std::size_t all =
      scatters ? std::accumulate(counts.begin(), counts.end(), std::size_t{0}) : size_below(from_, limit(1));
  for (int rank = 0; rank < size_; ++rank) {
    const bool receives = what != collective::reduce || rank == made_.root;
    const bool mine = in_place && receives;
    made_.in_place[at(rank)] = mine ? 1 : 0;
    if (!mine) put(made_.send[at(rank)], first_, all);
    if (receives) put(made_.receive[at(rank)], second_, scatters && !mine ? counts[at(rank)] : all);
    if (what == collective::reduce_scatter) made_.receive[at(rank)].counts = counts;
  }
  made_.rest_undefined = scatters && in_place;
}

void drawing::messages(int tag) {
  if (made_.replaces) {
    const int by = 1 + from_.rank(size_);
    const std::size_t count = size_below(from_, limit(1));
    for (int rank = 0; rank < size_; ++rank) put(made_.send[at(rank)], first_, count);
    for (int rank = 0; rank < size_; ++rank)
      made_.letters.push_back({rank, (rank + by) % size_, tag, from_.once_in(4), 0, 0, count});
  } else {
    const std::size_t many = 1 + from_.below(2 * at(size_));
    std::vector<std::vector<std::size_t>> sent(at(size_)), received(at(size_));
    for (std::size_t k = 0; k < many; ++k) {
      const bool own_tag = from_.once_in(2);  // the others are matched in their order
      letter each{from_.rank(size_),
                  from_.rank(size_),
                  own_tag ? tag + 1 + static_cast<int>(k) : tag,
                  own_tag && from_.once_in(2),
                  0,
                  0,
                  size_below(from_, limit(many))};
      sent[at(each.from)].push_back(each.count * unit());
      received[at(each.to)].push_back(each.count * unit());
      made_.letters.push_back(each);
    }
    std::vector<std::size_t> next_sent(at(size_)), next_received(at(size_));
    for (int rank = 0; rank < size_; ++rank) {
      sent[at(rank)] = lay_out(made_.send[at(rank)], first_, sent[at(rank)], true);
      received[at(rank)] = lay_out(made_.receive[at(rank)], second_, received[at(rank)], true);
      to_elements(sent[at(rank)]);
      to_elements(received[at(rank)]);
    }
    for (letter& each : made_.letters) {
      each.at = sent[at(each.from)][next_sent[at(each.from)]++];
      each.into = received[at(each.to)][next_received[at(each.to)]++];
    }
  }
  for (const letter& each : made_.letters) {
    const side &from = made_.send[at(each.from)],
               &to = made_.replaces ? made_.send[at(each.to)] : made_.receive[at(each.to)];
    made_.moves.push_back({each.from, from.buffer, (from.offset + each.at) * unit(), each.to, to.buffer,
                           (to.offset + each.into) * unit(), each.count * unit()});
  }
}

}  // namespace

std::optional<call> draw(chance& from, const pool& of, const std::vector<place>& places, int tag) {
  constexpr std::size_t groups = 4;  // as often as this many collectives
  call made;
  const std::size_t which = 1 + from.below(clique::collective_count - 1 + groups);  // not agree, which is nothing else
  made.messages = which >= clique::collective_count;
  made.replaces = which == clique::collective_count;
  if (!made.messages) made.what = static_cast<collective>(which);
  made.on = of_neighbors(made.what) ? 2 + from.below(places.size() - 2) : from.below(places.size());
  made.row = from.once_in(100) ? of.rows() - 1 : from.below(of.rows() - 1);
  if (has_types(made.what)) made.row = 0;
  made.root = from.rank(of.size());
  drawing it(from, of, places[made.on], made);
  if (!it.take_buffers()) return {};
  if (made.messages)
    it.messages(tag);
  else if (reduces(made.what))
    it.reduction();
  else if (made.what != collective::barrier)
    it.movement();
  return made;
}

std::vector<place> make_places(clique::communicator world) {
  const int size = world.size();
  std::vector<place> result;
  const auto add = [&](clique::communicator comm, std::vector<edge> edges) {
    place made{std::move(comm), std::move(edges), std::vector<std::size_t>(at(size)),
               std::vector<std::size_t>(at(size))};
    for (edge& each : made.edges) {
      made.destinations[at(each.from)] = std::max(made.destinations[at(each.from)], each.sent + 1);
      made.sources[at(each.to)] = std::max(made.sources[at(each.to)], each.received + 1);
    }
    result.push_back(std::move(made));
  };
  clique::communicator other = world.dup();

  // A grid of two dimensions, the first one a ring; a block sent down arrives from above.
  const std::vector<int> dims = clique::dims_create(size, {0, 0}), periods{1, 0};
  const clique::cartesian shape(dims, periods);
  std::vector<edge> edges;
  for (int rank = 0; rank < size; ++rank) {
    for (int d = 0; d < 2; ++d) {
      const auto [below, above] = shape.shift(rank, d, 1);
      const std::size_t lower = 2 * at(d), upper = lower + 1;
      if (below >= 0) edges.push_back({rank, below, lower, upper});
      if (above >= 0) edges.push_back({rank, above, upper, lower});
    }
  }
  std::optional<clique::communicator> grid = clique::make_cart(world, dims, periods);

  // Each rank sends two blocks to the next one, one to rank 0, and where it is even one to itself.
  std::vector<std::vector<int>> sources(at(size)), destinations(at(size));
  std::vector<edge> graph_edges;
  const auto join = [&](int from, int to) {
    graph_edges.push_back({from, to, destinations[at(from)].size(), sources[at(to)].size()});
    destinations[at(from)].push_back(to);
    sources[at(to)].push_back(from);
  };
  for (int rank = 0; rank < size; ++rank) {
    join(rank, (rank + 1) % size);
    join(rank, 0);
    join(rank, (rank + 1) % size);
    if (rank % 2 == 0) join(rank, rank);
  }
  clique::communicator graph = clique::make_graph(world, sources[at(world.rank())], destinations[at(world.rank())]);

  add(std::move(world), {});
  add(std::move(other), {});
  add(std::move(grid.value()), std::move(edges));
  std::fill(result[2].destinations.begin(), result[2].destinations.end(), 4);
  std::fill(result[2].sources.begin(), result[2].sources.end(), 4);
  add(std::move(graph), std::move(graph_edges));
  return result;
}

}  // namespace storm
