// copy: to(i, j) = from(i, j) for i < rows, j < columns, through two pairs of strides. Works on bits, as fill.cl does.
//
// A work item copies a tile. On a CPU tiles of a cache line's width are read and written while their lines are in the
// cache, which a transpose needs; on a GPU a tile is one element, and neighbouring items write neighbouring elements.
#pragma OPENCL FP_CONTRACT OFF

#ifndef CLIQUE_UNIT
#define CLIQUE_UNIT uint
#endif
#ifndef CLIQUE_TILE_ROWS
#define CLIQUE_TILE_ROWS 64
#endif
#ifndef CLIQUE_TILE_COLUMNS
#define CLIQUE_TILE_COLUMNS 16
#endif

__kernel void copy(const __global CLIQUE_UNIT* from, const ulong from_offset, const ulong from_row,
                   const ulong from_column, __global CLIQUE_UNIT* to, const ulong to_offset,
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
