// random: Philox4x32-10 on the device (cl/random.cl), and the same on the host.
#include <clique/elementwise.hpp>

#include "opencl/kernel_types.hpp"
#include "opencl/launch.hpp"
#include "opencl/regions.hpp"

#include <clique_kernels.hpp>

#include <array>
#include <complex>
#include <cstring>

namespace clique {
namespace {

using words = std::array<std::uint32_t, 4>;

words philox(std::uint64_t index, std::uint64_t seed) {
  words w{static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), 0, 0};
  auto key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53u} * w[0], product1 = std::uint64_t{0xCD9E8D57u} * w[2];
    w = {static_cast<std::uint32_t>(product1 >> 32) ^ w[1] ^ key0, static_cast<std::uint32_t>(product1),
         static_cast<std::uint32_t>(product0 >> 32) ^ w[3] ^ key1, static_cast<std::uint32_t>(product0)};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return w;
}

std::uint64_t wide(std::uint32_t low, std::uint32_t high) {
  return low | std::uint64_t{high} << 32;
}
float as_float32(std::uint32_t w) {
  return static_cast<float>(w >> 8) * 0x1p-24f;
}
double as_float64(std::uint32_t low, std::uint32_t high) {
  return static_cast<double>(wide(low, high) >> 11) * 0x1p-53;
}

template <class T>
void put(void* out, T value) {
  std::memcpy(out, &value, sizeof value);
}

const char* uniform_of(datatype type) {
  switch (type) {
    case datatype::half: return "clique_uniform_half";
    case datatype::bfloat16: return "clique_uniform_bfloat16";
    case datatype::float32: return "clique_uniform_float32";
    case datatype::float64: return "clique_uniform_float64";
    case datatype::complex64: return "clique_uniform_complex64";
    case datatype::complex128: return "clique_uniform_complex128";
    default: return "clique_uniform_bits";
  }
}

}  // namespace

void random_at(datatype type, std::uint64_t seed, std::uint64_t index, void* out) {
  opencl::require_number(type, "random_at");
  const words w = philox(index, seed);
  switch (type) {
    case datatype::half: return put(out, half(static_cast<float>(w[0] >> 21) * 0x1p-11f));
    case datatype::bfloat16: return put(out, bfloat16(static_cast<float>(w[0] >> 24) * 0x1p-8f));
    case datatype::float32: return put(out, as_float32(w[0]));
    case datatype::float64: return put(out, as_float64(w[0], w[1]));
    case datatype::complex64: return put(out, std::complex(as_float32(w[0]), as_float32(w[1])));
    case datatype::complex128: return put(out, std::complex(as_float64(w[0], w[1]), as_float64(w[2], w[3])));
    default: break;
  }
  const std::uint64_t bits = wide(w[0], w[1]);
  std::memcpy(out, &bits, size_of(type));  // the low bytes: integers of any size and sign
}

void random(const device& where, const region& out, std::uint64_t seed, std::uint64_t first) {
  opencl::require_number(out.type, "random");
  opencl::check_region(where, out, "the output of random");
  if (out.count == 0) return;
  opencl::device_state& state = where.state();
  const opencl::kernel_type type = opencl::kernel_type_of(out.type);
  const std::string options =
      core::formatted("-D CLIQUE_STORAGE={} -D CLIQUE_STORE={} -D CLIQUE_UNIFORM={}",
                      opencl::is_integer(out.type) ? opencl::words_of(size_of(out.type)).word : type.storage,
                      type.store, uniform_of(out.type));
  opencl::launch(state, state.programs().get(core::formatted("{}{}", kernels::types, kernels::random), options),
                 "random", out.count, out.buffer, cl_ulong{out.offset}, cl_ulong{out.count}, cl_ulong{seed},
                 cl_ulong{first});
}

}  // namespace clique
