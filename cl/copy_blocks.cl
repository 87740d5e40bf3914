// Many copies in one command (host/opencl/block_copies.cpp): of each of `count` blocks, from one of the buffers to
// another, or the same. `lanes` work items share a block. Ranges that are written overlap no others.
#pragma OPENCL FP_CONTRACT OFF

#ifndef CLIQUE_BLOCKS
#define CLIQUE_BLOCKS 1
#endif

struct block {
  ulong from_offset, to_offset, bytes;
  uint from, to;  // which buffers
};

struct blocks {
  struct block at[CLIQUE_BLOCKS];
};

#define CLIQUE_PICK(k) \
  (k == 0   ? b0       \
   : k == 1 ? b1       \
   : k == 2 ? b2       \
   : k == 3 ? b3       \
   : k == 4 ? b4       \
   : k == 5 ? b5       \
   : k == 6 ? b6       \
            : b7)

#define CLIQUE_COPY(type)                                                              \
  for (ulong i = lane; i < each.bytes / sizeof(type); i += lanes)                      \
    ((__global type*)to)[i] = ((const __global type*)from)[i]

__kernel void copy_blocks(__global uchar* b0, __global uchar* b1, __global uchar* b2, __global uchar* b3,
                          __global uchar* b4, __global uchar* b5, __global uchar* b6, __global uchar* b7,
                          const ulong count, const ulong lanes, const struct blocks all) {
  const ulong which = get_global_id(0) / lanes, lane = get_global_id(0) % lanes;
  if (which >= count) return;
  const struct block each = all.at[which];
  const __global uchar* const from = CLIQUE_PICK(each.from) + each.from_offset;
  __global uchar* const to = CLIQUE_PICK(each.to) + each.to_offset;
  const ulong odd = each.from_offset | each.to_offset | each.bytes;
  if ((odd & 15) == 0) {
    CLIQUE_COPY(uint4);
  } else if ((odd & 3) == 0) {
    CLIQUE_COPY(uint);
  } else {
    CLIQUE_COPY(uchar);
  }
}
