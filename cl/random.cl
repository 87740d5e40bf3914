// random: element i is a function of the seed and of first + i alone. Philox4x32-10 (Salmon, Moraes, Dror, Shaw:
// Parallel random numbers: as easy as 1, 2, 3; SC 2011), one block of four words per element; host/opencl/random.cpp is
// the same on the host. Floating-point values are k * 2^-n with as many bits as the type holds: exact, so the same
// everywhere.
#pragma OPENCL FP_CONTRACT OFF
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif

#ifndef CLIQUE_STORAGE
#define CLIQUE_STORAGE float
#endif
#ifndef CLIQUE_STORE
#define CLIQUE_STORE(p, i, v) ((p)[i] = (v))
#endif
// Which of the functions below makes an element of a block.
#ifndef CLIQUE_UNIFORM
#define CLIQUE_UNIFORM clique_uniform_float32
#endif

// One round. Scalars and a macro: PoCL runs a loop over vectors in every work item many times slower.
#define CLIQUE_ROUND                                                        \
  {                                                                         \
    const ulong p = 0xD2511F53ul * w0, q = 0xCD9E8D57ul * w2;               \
    w0 = (uint)(q >> 32) ^ w1 ^ key0;                                       \
    w1 = (uint)q;                                                           \
    w2 = (uint)(p >> 32) ^ w3 ^ key1;                                       \
    w3 = (uint)p;                                                           \
    key0 += 0x9E3779B9u;                                                    \
    key1 += 0xBB67AE85u;                                                    \
  }

uint4 clique_philox(uint w0, uint w1, uint key0, uint key1) {
  uint w2 = 0, w3 = 0;
  CLIQUE_ROUND CLIQUE_ROUND CLIQUE_ROUND CLIQUE_ROUND CLIQUE_ROUND
  CLIQUE_ROUND CLIQUE_ROUND CLIQUE_ROUND CLIQUE_ROUND CLIQUE_ROUND
  return (uint4)(w0, w1, w2, w3);
}

ulong clique_uniform_bits(uint4 w) { return (ulong)w.x | (ulong)w.y << 32; }
float clique_uniform_half(uint4 w) { return (float)(w.x >> 21) * 0x1p-11f; }
float clique_uniform_bfloat16(uint4 w) { return (float)(w.x >> 24) * 0x1p-8f; }
float clique_uniform_float32(uint4 w) { return (float)(w.x >> 8) * 0x1p-24f; }
float2 clique_uniform_complex64(uint4 w) { return (float2)((float)(w.x >> 8), (float)(w.y >> 8)) * 0x1p-24f; }
#ifdef cl_khr_fp64
double clique_uniform_float64(uint4 w) { return (double)(clique_uniform_bits(w) >> 11) * 0x1p-53; }
double2 clique_uniform_complex128(uint4 w) {
  return (double2)(clique_uniform_float64(w), clique_uniform_float64(w.zwxy));
}
#endif

__kernel void random(__global CLIQUE_STORAGE* out, const ulong offset, const ulong count, const ulong seed,
                     const ulong first) {
  const ulong i = get_global_id(0);
  if (i >= count) return;
  const ulong n = first + i;
  const uint4 words = clique_philox((uint)n, (uint)(n >> 32), (uint)seed, (uint)(seed >> 32));
  CLIQUE_STORE(out, offset + i, CLIQUE_UNIFORM(words));
}
