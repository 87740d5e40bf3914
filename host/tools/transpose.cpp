// clique transpose: a 2-D .npy array, its rows split over the ranks, transposed on the devices.
//
// 1. Each rank reads its rows into A and applies the expression there.
// 2. A is transposed into B, by which the part for each rank (some of its columns) becomes one block of B.
// 3. alltoallv, B -> A.
// 4. The blocks of A are laid side by side in B: rows of the result, which the rank writes.
//
// Two arrays of the larger of a rank's two shares, and one chunk of host memory, are all that a rank holds. An array in
// Fortran order is, byte for byte, its transpose in C order: steps 2 to 4 fall away.
#include "agree.hpp"
#include "buffer.hpp"
#include "command.hpp"
#include "fail.hpp"
#include "file.hpp"
#include "mpi.hpp"
#include "npy.hpp"
#include "table.hpp"

#include <clique/collectives.hpp>
#include <clique/elementwise.hpp>
#include <clique/layout.hpp>

#include <algorithm>
#include <bit>
#include <memory>
#include <optional>
#include <vector>

#include <fcntl.h>

namespace clique::tools {

namespace {

static_assert(std::endian::native == std::endian::little, "data is written as it lies in memory");

constexpr std::size_t chunk_bytes = std::size_t{8} << 20;

struct transpose_options {
  std::string in, out, expression;
};

// `total` rows dealt out in order, the first ranks one more where it does not divide.
struct split {
  std::size_t total = 0, ranks = 1;
  [[nodiscard]] std::size_t begin(std::size_t rank) const {
    return rank * (total / ranks) + std::min(rank, total % ranks);
  }
  [[nodiscard]] std::size_t count(std::size_t rank) const { return begin(rank + 1) - begin(rank); }
};

npy_header read_header(const file& in) {
  const std::uint64_t bytes = in.size();
  std::string start(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, npy_header_limit)), '\0');
  in.read_at(0, std::as_writable_bytes(std::span(start)));
  try {
    npy_header header = parse_npy(start, bytes);
    if (header.shape.size() != 2) fail("it has {} dimensions; transpose takes 2", header.shape.size());
    return header;
  } catch (const error& problem) {
    fail("cannot read {}: {}", in.path(), problem.what());
  }
}

// What must be the same for all ranks.
std::string fingerprint(const npy_header& header) {
  return fmt::format("{} {} {} {} {}", header.kind, header.big_endian, header.fortran_order, joined(header.shape, "x"),
                     header.data_offset);
}

class transposition {
 public:
  transposition(communicator& comm, const transpose_options& options);
  void run();

 private:
  [[nodiscard]] std::size_t rank() const { return static_cast<std::size_t>(comm_.rank()); }
  void open();
  void create_output();
  void read_and_apply();
  void exchange();
  void write(const buffer& from);

  communicator& comm_;
  const transpose_options& options_;
  file in_, out_;
  npy_header header_;
  std::size_t out_offset_ = 0;       // bytes
  std::optional<part_file> part_;    // on rank 0
  datatype type_ = datatype::uint8;  // of the elements on the device
  split in_rows_, out_rows_;         // of the matrix as it lies in the file, and of the result
  std::optional<buffer> a_, b_;
};

transposition::transposition(communicator& comm, const transpose_options& options) : comm_(comm), options_(options) {}

void transposition::open() {
  agree(comm_, [&] {
    in_ = file(options_.in, O_RDONLY);
    header_ = read_header(in_);
    // Without an expression only bits move, which needs no double precision of the device.
    type_ = header_.type == datatype::float64 && options_.expression.empty() ? datatype::uint64 : header_.type;
    if (header_.kind == "b1" && !options_.expression.empty())
      fail("cannot apply an expression to {}: its dtype is bool; convert it to u1 first", options_.in);
  });
  const std::string seen = broadcast(MPI_COMM_WORLD, fingerprint(header_));
  agree(comm_, [&] {
    if (fingerprint(header_) != seen) fail("{} is not the same file as on rank 0", options_.in);
  });
}

void transposition::create_output() {
  const std::size_t result[2] = {header_.shape[1], header_.shape[0]};
  const std::string start = format_npy(header_.kind, result);
  out_offset_ = start.size();
  agree(comm_, [&] {
    if (comm_.rank() != 0) return;
    part_.emplace(options_.out);
    out_ = file(part_->path(), O_WRONLY, options_.out);
    out_.resize(start.size() + header_.data_bytes);
    out_.write_at(0, std::as_bytes(std::span(start)));
  });
  const std::string path = broadcast(MPI_COMM_WORLD, part_ ? part_->path() : "");
  agree(comm_, [&] {
    if (comm_.rank() != 0) out_ = file(path, O_WRONLY, options_.out);
  });
}

// Calls do_chunk(first element, elements) for all of `count` elements.
template <class F>
void by_chunks(std::size_t count, std::size_t element_bytes, F&& do_chunk) {
  const std::size_t most = chunk_bytes / element_bytes;
  for (std::size_t first = 0; first < count; first += most) do_chunk(first, std::min(most, count - first));
}

void transposition::read_and_apply() {
  const device& where = comm_.device();
  const std::size_t element = size_of(header_.type), columns = out_rows_.total;
  const std::size_t count = in_rows_.count(rank()) * columns, begin = in_rows_.begin(rank()) * columns;
  std::vector<std::byte> chunk(std::min(chunk_bytes, count * element));
  by_chunks(count, element, [&](std::size_t first, std::size_t elements) {
    const std::span bytes(chunk.data(), elements * element);
    in_.read_at(header_.data_offset + (begin + first) * element, bytes);
    if (header_.big_endian) swap_bytes(bytes, header_.type);
    copy_from(where, a_->part(first, elements), chunk.data(), elements);
  });
  if (options_.expression.empty()) return;
  const region mine = a_->part(0, count);
  transform(where, mine, options_.expression, {arg("x", mine)});
}

void transposition::exchange() {
  const device& where = comm_.device();
  const std::size_t ranks = in_rows_.ranks;
  const std::size_t rows = in_rows_.count(rank()), columns = out_rows_.total;  // of what this rank has read
  const std::size_t kept = out_rows_.count(rank()), width = in_rows_.total;    // of what it will write
  agree(comm_, [&] {
    if (rows != 0 && columns != 0)
      copy(where, a_->region(), {0, {1, columns}}, b_->region(), {0, {rows, 1}}, columns, rows);
  });

  std::vector<std::size_t> send_counts, send_displacements, receive_counts, receive_displacements;
  for (std::size_t peer = 0; peer < ranks; ++peer) {
    send_counts.push_back(out_rows_.count(peer) * rows);
    send_displacements.push_back(out_rows_.begin(peer) * rows);
    receive_counts.push_back(kept * in_rows_.count(peer));
    receive_displacements.push_back(kept * in_rows_.begin(peer));
  }
  alltoallv(comm_, *b_, send_counts, send_displacements, *a_, receive_counts, receive_displacements);

  agree(comm_, [&] {
    for (std::size_t peer = 0; peer < ranks; ++peer) {
      const std::size_t theirs = in_rows_.count(peer);
      if (kept == 0 || theirs == 0) continue;
      copy(where, a_->region(), {receive_displacements[peer], {theirs, 1}}, b_->region(),
           {in_rows_.begin(peer), {width, 1}}, kept, theirs);
    }
  });
}

void transposition::write(const buffer& from) {
  const device& where = comm_.device();
  // Fortran order: the result's rows are the file's rows, as they were read.
  const split& rows = header_.fortran_order ? in_rows_ : out_rows_;
  const std::size_t width = header_.fortran_order ? out_rows_.total : in_rows_.total;
  const std::size_t element = size_of(header_.type);
  const std::size_t count = rows.count(rank()) * width, begin = rows.begin(rank()) * width;
  std::vector<std::byte> chunk(std::min(chunk_bytes, count * element));
  by_chunks(count, element, [&](std::size_t first, std::size_t elements) {
    copy_to(where, from.part(first, elements), chunk.data(), elements);
    out_.write_at(out_offset_ + (begin + first) * element, std::span(chunk.data(), elements * element));
  });
  out_.sync();
  out_.close();
}

void transposition::run() {
  open();
  create_output();
  const auto ranks = static_cast<std::size_t>(comm_.size());
  in_rows_ = {header_.shape[header_.fortran_order ? 1 : 0], ranks};
  out_rows_ = {header_.shape[header_.fortran_order ? 0 : 1], ranks};
  agree(comm_, [&] {
    const std::size_t in_share = in_rows_.count(rank()) * out_rows_.total;
    const std::size_t out_share = out_rows_.count(rank()) * in_rows_.total;
    a_.emplace(comm_.device(), header_.fortran_order ? in_share : std::max(in_share, out_share), type_);
    if (!header_.fortran_order) b_.emplace(comm_.device(), std::max(in_share, out_share), type_);
    read_and_apply();
  });
  if (!header_.fortran_order) exchange();
  agree(comm_, [&] { write(header_.fortran_order ? *a_ : *b_); });
  agree(comm_, [&] {
    if (part_) part_->commit();
  });
}

}  // namespace

command transpose_command(action& run) {
  const auto options = std::make_shared<transpose_options>();
  return {
      .name = "transpose",
      .about = "Transpose a 2-D NumPy array, shared out over the ranks",
      .options = {{.name = "IN.npy",
                   .to = &options->in,
                   .about = "The array: C or Fortran order, either byte order; all ranks must see it",
                   .required = true},
                  {.name = "OUT.npy",
                   .to = &options->out,
                   .about = "The result: C order, little endian; may be IN.npy itself",
                   .required = true},
                  {"--apply", &options->expression,
                   "OpenCL C expression to apply first: x is the element, i its index in this rank's rows, rank and "
                   "size"}},
      .chosen = [&run, options](const auto&) {
        run.on_ranks = [options](communicator& comm) {
          transposition(comm, *options).run();
          return 0;
        };
      }};
}

}  // namespace clique::tools
