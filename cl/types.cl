// Element types: what every kernel that looks inside an element is built with, in front of its own file.
//
// half and bfloat16 are 16 bits of storage (ushort) and float as a value; complex numbers are float2 or double2. The
// names that a user's expression sees are cmul, cdiv, conj and those of the pairs; all others begin with clique_.
#pragma OPENCL FP_CONTRACT OFF
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif

// The complex type of this program: double2 where a complex128 takes part.
#ifndef CLIQUE_COMPLEX
#define CLIQUE_COMPLEX float2
#endif
#ifndef CLIQUE_REAL
#define CLIQUE_REAL float
#endif

// As clique::value_index<T> lies in memory, with what is between their ends spelled out.
typedef struct { int value; int index; } int32_index;
typedef struct { long value; int index; int clique_padding; } int64_index;
typedef struct { float value; int index; } float32_index;
#ifdef cl_khr_fp64
typedef struct { double value; int index; int clique_padding; } float64_index;
#endif

#define clique_load(p, i) ((p)[i])
#define clique_store(p, i, v) ((p)[i] = (v))

float clique_load_half(const __global ushort* p, ulong i) { return vload_half(i, (const __global half*)p); }
// NaN as the host writes it (PoCL's vstore_half has another).
void clique_store_half(__global ushort* p, ulong i, float v) {
  if (isnan(v)) {
    p[i] = (ushort)((as_uint(v) >> 16 & 0x8000u) | 0x7e00u);
  } else {
    vstore_half_rte(v, i, (__global half*)p);
  }
}

float clique_load_bfloat16(const __global ushort* p, ulong i) { return as_float((uint)p[i] << 16); }

// To nearest, ties to even; a NaN stays one, made quiet so that dropping its low bits cannot turn it into infinity.
void clique_store_bfloat16(__global ushort* p, ulong i, float v) {
  const uint x = as_uint(v);
  const bool nan = (x & 0x7fffffffu) > 0x7f800000u;
  p[i] = (ushort)(nan ? (x >> 16) | 0x40u : (x + 0x7fffu + ((x >> 16) & 1u)) >> 16);
}

CLIQUE_COMPLEX clique_cmul(CLIQUE_COMPLEX a, CLIQUE_COMPLEX b) {
  return (CLIQUE_COMPLEX)(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

// Smith's division (CACM 5, 1962): no overflow in |b| squared.
CLIQUE_COMPLEX clique_cdiv(CLIQUE_COMPLEX a, CLIQUE_COMPLEX b) {
  if (fabs(b.x) >= fabs(b.y)) {
    const CLIQUE_REAL r = b.y / b.x, d = b.x + b.y * r;
    return (CLIQUE_COMPLEX)((a.x + a.y * r) / d, (a.y - a.x * r) / d);
  }
  const CLIQUE_REAL r = b.x / b.y, d = b.x * r + b.y;
  return (CLIQUE_COMPLEX)((a.x * r + a.y) / d, (a.y * r - a.x) / d);
}

CLIQUE_COMPLEX clique_conj(CLIQUE_COMPLEX a) { return (CLIQUE_COMPLEX)(a.x, -a.y); }

// Macros, since compilers know a conj() of C's own.
#define cmul clique_cmul
#define cdiv clique_cdiv
#define conj clique_conj
