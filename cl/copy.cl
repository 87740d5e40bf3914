// copy: to(i, j) = from(i, j) for i < rows, j < columns, through two pairs of strides. Works on bits, as fill.cl does.
#pragma OPENCL FP_CONTRACT OFF

// An element is CLIQUE_WORDS words.
#ifndef CLIQUE_WORD
#define CLIQUE_WORD uint
#endif
#ifndef CLIQUE_WORDS
#define CLIQUE_WORDS 1
#endif
#ifndef CLIQUE_TILE_ROWS
#define CLIQUE_TILE_ROWS 64
#endif
#ifndef CLIQUE_TILE_COLUMNS
#define CLIQUE_TILE_COLUMNS 16
#endif

// Elements of one word. A work item copies a tile. On a CPU tiles of a cache line's width are read and written while
// their lines are in the cache, which a transpose needs; on a GPU a tile is one element, and neighbouring items write
// neighbouring elements.
__kernel void copy(const __global CLIQUE_WORD* from, const ulong from_offset, const ulong from_row,
                   const ulong from_column, __global CLIQUE_WORD* to, const ulong to_offset,
                   const ulong to_row, const ulong to_column, const ulong rows, const ulong columns) {
  const ulong across = (columns + CLIQUE_TILE_COLUMNS - 1) / CLIQUE_TILE_COLUMNS;
  const ulong tile = get_global_id(0);
  const ulong row = tile / across * CLIQUE_TILE_ROWS, column = tile % across * CLIQUE_TILE_COLUMNS;
  if (row >= rows) return;
  const ulong row_end = min(row + CLIQUE_TILE_ROWS, rows), column_end = min(column + CLIQUE_TILE_COLUMNS, columns);
  for (ulong i = row; i < row_end; ++i) {
    for (ulong j = column; j < column_end; ++j) {
      to[to_offset + i * to_row + j * to_column] = from[from_offset + i * from_row + j * from_column];
    }
  }
}

// Elements of any number of words. A work item copies one word and has no loop: neighbours write neighbouring words,
// and llvmpipe ends the loops of a work item after 65535 rounds and says nothing.
__kernel void copy_words(const __global CLIQUE_WORD* from, const ulong from_offset, const ulong from_row,
                         const ulong from_column, __global CLIQUE_WORD* to, const ulong to_offset,
                         const ulong to_row, const ulong to_column, const ulong rows, const ulong columns) {
  const ulong element = get_global_id(0) / CLIQUE_WORDS, word = get_global_id(0) % CLIQUE_WORDS;
  const ulong i = element / columns, j = element % columns;
  if (i >= rows) return;
  to[(to_offset + i * to_row + j * to_column) * CLIQUE_WORDS + word] =
      from[(from_offset + i * from_row + j * from_column) * CLIQUE_WORDS + word];
}
