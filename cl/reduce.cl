// reduce: to[i] = left[i] op right[i], the same bits as host/core/arithmetic_*.cpp make. Offsets are in bytes; `to` may
// be `left` or `right`.
//
// A pattern: a user's operator is put at the mark; as it stands it is a kernel too. Integers are built as unsigned ones
// (as they are for min and max), floating-point numbers for min and max as signed integers of their bits, pairs for
// minloc and maxloc with a value that is such an integer.
#pragma OPENCL FP_CONTRACT OFF
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif

// How an element is stored, what it is as a value, and the ways between (see types.cl).
#ifndef CLIQUE_STORAGE
#define CLIQUE_STORAGE uint
#endif
#ifndef CLIQUE_VALUE
#define CLIQUE_VALUE uint
#endif
#ifndef CLIQUE_LOAD
#define CLIQUE_LOAD(p, i) ((p)[i])
#endif
#ifndef CLIQUE_STORE
#define CLIQUE_STORE(p, i, v) ((p)[i] = (v))
#endif
// Which of the operators below.
#ifndef CLIQUE_COMBINE
#define CLIQUE_COMBINE clique_sum_integer
#endif

// Integers. Narrow ones would be promoted to int, whose products can overflow: CLIQUE_WIDE is uint or ulong.
#ifndef CLIQUE_WIDE
#define CLIQUE_WIDE uint
#endif
#define clique_sum_integer(a, b) ((CLIQUE_STORAGE)((CLIQUE_WIDE)(a) + (CLIQUE_WIDE)(b)))
#define clique_prod_integer(a, b) ((CLIQUE_STORAGE)((CLIQUE_WIDE)(a) * (CLIQUE_WIDE)(b)))
#define clique_min_integer(a, b) ((b) < (a) ? (b) : (a))
#define clique_max_integer(a, b) ((a) < (b) ? (b) : (a))
#define clique_land_integer(a, b) ((CLIQUE_STORAGE)((a) != 0 && (b) != 0))
#define clique_lor_integer(a, b) ((CLIQUE_STORAGE)((a) != 0 || (b) != 0))
#define clique_lxor_integer(a, b) ((CLIQUE_STORAGE)(((a) != 0) != ((b) != 0)))
#define clique_band_integer(a, b) ((CLIQUE_STORAGE)((a) & (b)))
#define clique_bor_integer(a, b) ((CLIQUE_STORAGE)((a) | (b)))
#define clique_bxor_integer(a, b) ((CLIQUE_STORAGE)((a) ^ (b)))

// Floating-point sums and products. CLIQUE_NAN: the bits of the one NaN that results have.
#ifndef CLIQUE_REAL
#define CLIQUE_REAL float
#endif
#ifndef CLIQUE_COMPLEX
#define CLIQUE_COMPLEX float2
#endif
#ifndef CLIQUE_NAN
#define CLIQUE_NAN 0x7fc00000
#define CLIQUE_AS_REAL as_float
#endif
#ifdef CLIQUE_AS_REAL
CLIQUE_REAL clique_canonical(CLIQUE_REAL v) { return isnan(v) ? CLIQUE_AS_REAL(CLIQUE_NAN) : v; }
CLIQUE_COMPLEX clique_canonical_parts(CLIQUE_COMPLEX v) {
  return (CLIQUE_COMPLEX)(clique_canonical(v.x), clique_canonical(v.y));
}
#endif
#define clique_sum_real(a, b) clique_canonical((a) + (b))
#define clique_prod_real(a, b) clique_canonical((a) * (b))
#define clique_sum_complex(a, b) clique_canonical_parts((a) + (b))
#define clique_prod_complex(a, b) clique_canonical_parts(clique_cmul(a, b))

// The order of numbers: of integers their own; of floating-point ones, as signed integers of their bits, -0 below +0.
// CLIQUE_INFINITY: the bits of infinity; CLIQUE_LARGEST: all bits but the sign.
#ifdef CLIQUE_INFINITY
#define clique_is_nan(v) (((v) & CLIQUE_LARGEST) > CLIQUE_INFINITY)
#define clique_key(v) ((v) < 0 ? (v) ^ CLIQUE_LARGEST : (v))
#else
#define clique_is_nan(v) 0
#define clique_key(v) (v)
#endif
#define clique_min_real(a, b) \
  (clique_is_nan(a) || clique_is_nan(b) ? CLIQUE_NAN : clique_key(a) < clique_key(b) ? (a) : (b))
#define clique_max_real(a, b) \
  (clique_is_nan(a) || clique_is_nan(b) ? CLIQUE_NAN : clique_key(a) > clique_key(b) ? (a) : (b))

// minloc and maxloc: CLIQUE_PRECEDES(x, y) is that x is nearer to the result. What is between the members is zero.
#ifdef CLIQUE_PRECEDES
#define clique_less(x, y) ((x) < (y))
#define clique_greater(x, y) ((x) > (y))
CLIQUE_VALUE clique_located(CLIQUE_VALUE a, CLIQUE_VALUE b) {
  const bool nan_a = clique_is_nan(a.value), nan_b = clique_is_nan(b.value);
  const bool tie = nan_a ? nan_b : a.value == b.value && !nan_b;
  const bool wins = nan_a || (!nan_b && CLIQUE_PRECEDES(clique_key(a.value), clique_key(b.value)));
  const bool first = tie ? a.index <= b.index : wins;
  CLIQUE_VALUE chosen = {0};
  chosen.value = nan_a || nan_b ? CLIQUE_NAN : first ? a.value : b.value;
  chosen.index = first ? a.index : b.index;
  return chosen;
}
#endif

CLIQUE_VALUE clique_user(CLIQUE_VALUE a, CLIQUE_VALUE b) {
  /*BODY*/ return a;
}

__kernel void reduce(const __global uchar* clique_left, const ulong clique_left_offset,
                     const __global uchar* clique_right, const ulong clique_right_offset, __global uchar* clique_to,
                     const ulong clique_to_offset, const ulong clique_count) {
  const ulong i = get_global_id(0);
  if (i >= clique_count) return;
  const CLIQUE_VALUE a = CLIQUE_LOAD((const __global CLIQUE_STORAGE*)(clique_left + clique_left_offset), i);
  const CLIQUE_VALUE b = CLIQUE_LOAD((const __global CLIQUE_STORAGE*)(clique_right + clique_right_offset), i);
  const CLIQUE_VALUE v = CLIQUE_COMBINE(a, b);
  CLIQUE_STORE((__global CLIQUE_STORAGE*)(clique_to + clique_to_offset), i, v);
}
