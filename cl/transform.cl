// transform: out[i] = expression. A pattern: the host puts the user's arguments and expression at the three marks (see
// host/opencl/transform.cpp); as it stands it is a kernel too.
#pragma OPENCL FP_CONTRACT OFF

#ifndef CLIQUE_STORAGE
#define CLIQUE_STORAGE float
#endif
#ifndef CLIQUE_VALUE
#define CLIQUE_VALUE float
#endif
#ifndef CLIQUE_STORE
#define CLIQUE_STORE(p, i, v) ((p)[i] = (v))
#endif

__kernel void transform(__global CLIQUE_STORAGE* clique_out, const ulong clique_offset, const ulong clique_count,
                        const int rank, const int size /*ARGUMENTS*/) {
  const ulong i = get_global_id(0);
  if (i >= clique_count) return;
  /*LOADS*/
  const CLIQUE_VALUE clique_value = /*EXPRESSION*/ i;
  CLIQUE_STORE(clique_out, clique_offset + i, clique_value);
}
