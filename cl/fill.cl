// fill: out[i] = value. Works on bits, so one build per element size serves all types of that size.
#pragma OPENCL FP_CONTRACT OFF

#ifndef CLIQUE_UNIT
#define CLIQUE_UNIT uint  // an unsigned integer, or vector of them, as wide as an element
#endif

__kernel void fill(__global CLIQUE_UNIT* out, const ulong offset, const ulong count, const CLIQUE_UNIT value) {
  const ulong i = get_global_id(0);
  if (i < count) out[offset + i] = value;
}
