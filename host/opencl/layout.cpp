// copy: strided copies between two regions.
#include <clique/layout.hpp>

#include "opencl/kernel_types.hpp"
#include "opencl/launch.hpp"
#include "opencl/regions.hpp"

#include <clique_kernels.hpp>

#include <utility>

namespace clique {
namespace {

// offset + (rows - 1) * stride[0] + (columns - 1) * stride[1] must be an element of the region.
void check_layout(const region& elements, const layout& at, std::size_t rows, std::size_t columns, const char* what) {
  std::size_t row = 0, column = 0, last = 0;
  const bool fits = !__builtin_mul_overflow(rows - 1, at.stride[0], &row) &&
                    !__builtin_mul_overflow(columns - 1, at.stride[1], &column) &&
                    !__builtin_add_overflow(row, column, &last) && !__builtin_add_overflow(last, at.offset, &last) &&
                    last < elements.count;
  require(fits, status::invalid_argument,
          "{} x {} elements with strides {} and {} from element {} do not lie within {}, which has {} elements", rows,
          columns, at.stride[0], at.stride[1], at.offset, what, elements.count);
}

// One form of many: the column is where the target's elements lie closest, and a dense copy is one row.
struct shape {
  layout from, to;
  std::size_t rows, columns;
};

shape normalized(shape s) {
  const bool swap = s.columns == 1 || (s.rows != 1 && s.to.stride[0] < s.to.stride[1]);
  if (swap) {
    std::swap(s.from.stride[0], s.from.stride[1]);
    std::swap(s.to.stride[0], s.to.stride[1]);
    std::swap(s.rows, s.columns);
  }
  const bool dense =
      s.from.stride[1] == 1 && s.to.stride[1] == 1 && s.from.stride[0] == s.columns && s.to.stride[0] == s.columns;
  if (dense) {
    s.columns *= s.rows;
    s.rows = 1;
  }
  return s;
}

// Offsets of the regions included.
shape from_buffers(shape s, const region& from, const region& to) {
  s.from.offset += from.offset;
  s.to.offset += to.offset;
  return s;
}

bool has_dense_rows(const shape& s) {
  return s.from.stride[1] == 1 && s.to.stride[1] == 1;
}

// The same copy where an element is `words` elements of one word, for dense rows.
shape in_words(shape s, std::size_t words) {
  for (layout* each : {&s.from, &s.to}) {
    each->offset *= words;
    each->stride[0] *= words;  // may wrap where there is one row, which does not use it
  }
  s.columns *= words;
  return s;
}

struct tile {
  std::size_t rows, columns;
};

// See cl/copy.cl.
tile tile_for(const device_info& info, const shape& s) {
  if (info.type != "cpu") return {1, 1};
  return has_dense_rows(s) ? tile{1, 1024} : tile{64, 16};
}

}  // namespace

void copy(const device& where, const region& from, const layout& from_layout, const region& to, const layout& to_layout,
          std::size_t rows, std::size_t columns) {
  opencl::check_region(where, from, "the source of copy");
  opencl::check_region(where, to, "the target of copy");
  require(from.type == to.type, status::invalid_argument, "copy from {} to {}: the types must be the same",
          name(from.type), name(to.type));
  if (rows == 0 || columns == 0) return;
  check_layout(from, from_layout, rows, columns, "the source of copy");
  check_layout(to, to_layout, rows, columns, "the target of copy");
  require((rows == 1 || to_layout.stride[0] != 0) && (columns == 1 || to_layout.stride[1] != 0),
          status::invalid_argument,
          "copy of {} x {} elements has a target stride of 0, so several would go to one place", rows, columns);

  shape s = from_buffers(normalized({from_layout, to_layout, rows, columns}), from, to);
  opencl::kernel_words words = opencl::words_of(size_of(from.type));
  if (has_dense_rows(s)) s = in_words(s, std::exchange(words.count, 1));
  opencl::device_state& state = where.state();
  const tile each = tile_for(state.info(), s);
  const std::string options =
      core::formatted("-D CLIQUE_WORD={} -D CLIQUE_WORDS={} -D CLIQUE_TILE_ROWS={} -D CLIQUE_TILE_COLUMNS={}",
                      words.word, words.count, each.rows, each.columns);
  const std::size_t tiles = ((s.rows + each.rows - 1) / each.rows) * ((s.columns + each.columns - 1) / each.columns);
  const bool by_words = words.count > 1;
  opencl::launch(state, state.programs().get(kernels::copy, options), by_words ? "copy_words" : "copy",
                 by_words ? s.rows * s.columns * words.count : tiles, from.buffer, cl_ulong{s.from.offset},
                 cl_ulong{s.from.stride[0]}, cl_ulong{s.from.stride[1]}, to.buffer, cl_ulong{s.to.offset},
                 cl_ulong{s.to.stride[0]}, cl_ulong{s.to.stride[1]}, cl_ulong{s.rows}, cl_ulong{s.columns});
}

}  // namespace clique
