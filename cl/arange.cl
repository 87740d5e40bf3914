// arange: out[i] = start + i * step. Integers are built as unsigned ones, which wrap; half and bfloat16 compute in
// float.
#pragma OPENCL FP_CONTRACT OFF
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif

// How an element is stored, what it is as a value, what i becomes in front of it, and how it is written (see types.cl).
#ifndef CLIQUE_STORAGE
#define CLIQUE_STORAGE float
#endif
#ifndef CLIQUE_VALUE
#define CLIQUE_VALUE float
#endif
#ifndef CLIQUE_SCALAR
#define CLIQUE_SCALAR float
#endif
#ifndef CLIQUE_STORE
#define CLIQUE_STORE(p, i, v) ((p)[i] = (v))
#endif

__kernel void arange(__global CLIQUE_STORAGE* out, const ulong offset, const ulong count, const CLIQUE_VALUE start,
                     const CLIQUE_VALUE step) {
  const ulong i = get_global_id(0);
  if (i < count) CLIQUE_STORE(out, offset + i, (CLIQUE_VALUE)(start + (CLIQUE_SCALAR)i * step));
}
