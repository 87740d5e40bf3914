// size_of: the bytes that a type has on the device. The text that declares the type stands in front of this.
#pragma OPENCL FP_CONTRACT OFF

#ifndef CLIQUE_TYPE
#define CLIQUE_TYPE float
#endif

__kernel void size_of(__global ulong* out) {
  if (get_global_id(0) == 0) *out = sizeof(CLIQUE_TYPE);
}
