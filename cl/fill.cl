// fill: element i = the value. Works on bits: an element is CLIQUE_WORDS words, so one build per element size serves
// all types of that size.
#pragma OPENCL FP_CONTRACT OFF

#ifndef CLIQUE_WORD
#define CLIQUE_WORD uint  // an unsigned integer, or vector of them
#endif
#ifndef CLIQUE_WORDS
#define CLIQUE_WORDS 1
#endif

// Elements of one word.
__kernel void fill(__global CLIQUE_WORD* out, const ulong offset, const ulong count, const CLIQUE_WORD value) {
  const ulong i = get_global_id(0);
  if (i < count) out[offset + i] = value;
}

// Elements of any number of words, which may be more than an argument can hold. A work item writes a word.
__kernel void fill_words(__global CLIQUE_WORD* out, const ulong offset, const ulong count,
                         const __global CLIQUE_WORD* value) {
  const ulong i = get_global_id(0);
  if (i < count * CLIQUE_WORDS) out[offset * CLIQUE_WORDS + i] = value[i % CLIQUE_WORDS];
}
