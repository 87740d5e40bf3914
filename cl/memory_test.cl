// The kernels of the self-tests of memory (host/opencl/memory_test.cpp): one writes a pattern, one reads what the host
// wrote. An item is 64 bytes.
#pragma OPENCL FP_CONTRACT OFF

__kernel void write_pattern(__global uint16* out, const uint seed, const ulong count) {
  const ulong i = get_global_id(0);
  const uint16 lanes = (uint16)(0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 9u, 10u, 11u, 12u, 13u, 14u, 15u);
  if (i < count) out[i] = ((uint)i * 16u + lanes) * 2654435761u + seed;
}

__kernel void change(__global uint16* out, const __global uint16* in, const uint seed, const ulong count) {
  const ulong i = get_global_id(0);
  if (i < count) out[i] = in[i] * 3u + seed;
}
