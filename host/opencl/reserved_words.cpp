#include "opencl/reserved_words.hpp"

#include <algorithm>

namespace clique::opencl {
namespace {

// Lists are texts with blanks between the words, and at both ends.
constexpr std::string_view keywords =
    " auto break case const continue default do else enum extern for goto if inline register restrict return sizeof "
    "static"
    " struct switch typedef union volatile while asm typeof vec_step true false"
    " _Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary _Noreturn _Static_assert _Thread_local"
    " global local constant private generic kernel uniform pipe read_only write_only read_write ";

constexpr std::string_view scalars = " char uchar short ushort int uint long ulong float double half quad bool ";

constexpr std::string_view other_types =
    " void signed unsigned size_t ptrdiff_t intptr_t uintptr_t complex imaginary event_t sampler_t queue_t ndrange_t"
    " clk_event_t reserve_id_t clk_profiling_info kernel_enqueue_flags_t cl_mem_fence_flags memory_order memory_scope"
    " image1d_t image1d_buffer_t image1d_array_t image2d_t image2d_array_t image2d_depth_t image2d_array_depth_t"
    " image2d_msaa_t image2d_array_msaa_t image2d_msaa_depth_t image2d_array_msaa_depth_t image3d_t"
    " atomic_int atomic_uint atomic_long atomic_ulong atomic_float atomic_double atomic_half atomic_flag "
    "atomic_intptr_t"
    " atomic_uintptr_t atomic_size_t atomic_ptrdiff_t ";

constexpr std::string_view functions =
    // of math
    " acos acosh acospi asin asinh asinpi atan atan2 atan2pi atanh atanpi cbrt ceil copysign cos cosh cospi erf erfc "
    "exp"
    " exp10 exp2 expm1 fabs fdim floor fma fmax fmin fmod frexp hypot ilogb ldexp lgamma lgamma_r log log10 log1p log2 "
    "logb"
    " mad maxmag minmag modf nan nextafter pow pown powr remquo rint rootn round rsqrt sin sincos sinh sinpi sqrt tan"
    " tanh tanpi tgamma trunc"
    " half_cos half_divide half_exp half_exp10 half_exp2 half_log half_log10 half_log2 half_powr half_recip half_rsqrt"
    " half_sin half_sqrt half_tan native_cos native_divide native_exp native_exp10 native_exp2 native_log native_log10"
    " native_log2 native_powr native_recip native_rsqrt native_sin native_sqrt native_tan"
    // of integers, vectors and comparisons
    " abs abs_diff add_sat clamp clz ctz hadd mad24 mad_hi mad_sat max min mul24 mul_hi popcount rhadd rotate sub_sat"
    " upsample smoothstep normalize fast_distance fast_length fast_normalize bitselect isequal isfinite isgreater"
    " isgreaterequal isinf isless islessequal islessgreater isnan isnormal isnotequal isordered isunordered signbit"
    " shuffle shuffle2"
    // of work items, and what they do together
    " get_work_dim get_global_size get_global_id get_global_offset get_global_linear_id get_local_size get_local_id"
    " get_local_linear_id get_enqueued_local_size get_num_groups get_group_id get_sub_group_size get_max_sub_group_size"
    " get_num_sub_groups get_enqueued_num_sub_groups get_sub_group_id get_sub_group_local_id barrier work_group_barrier"
    " sub_group_barrier mem_fence read_mem_fence write_mem_fence atomic_work_item_fence work_group_all work_group_any"
    " work_group_broadcast sub_group_all sub_group_any sub_group_broadcast async_work_group_copy"
    " async_work_group_strided_copy wait_group_events prefetch printf get_fence to_global to_local to_private"
    // atomic
    " atom_add atom_and atom_cmpxchg atom_dec atom_inc atom_max atom_min atom_or atom_sub atom_xchg atom_xor atomic_add"
    " atomic_and atomic_cmpxchg atomic_dec atomic_inc atomic_max atomic_min atomic_or atomic_sub atomic_xchg atomic_xor"
    " atomic_init atomic_load atomic_store atomic_exchange atomic_fetch_add atomic_fetch_sub atomic_fetch_and"
    " atomic_fetch_or atomic_fetch_xor atomic_fetch_min atomic_fetch_max atomic_compare_exchange_strong"
    " atomic_compare_exchange_weak atomic_flag_test_and_set atomic_flag_clear"
    // of images, pipes and queues
    " read_imagef read_imageh read_imagei read_imageui write_imagef write_imageh write_imagei write_imageui"
    " get_image_width get_image_height get_image_depth get_image_channel_data_type get_image_channel_order "
    "get_image_dim"
    " get_image_array_size get_image_num_samples get_image_num_mip_levels read_pipe write_pipe enqueue_kernel"
    " enqueue_marker retain_event release_event create_user_event is_valid_event set_user_event_status "
    "get_default_queue ";

constexpr std::string_view macros =
    " NULL NAN INFINITY MAXFLOAT HUGE_VAL HUGE_VALF CHAR_BIT FP_ILOGB0 FP_ILOGBNAN FP_FAST_FMA FP_FAST_FMAF"
    " FP_FAST_FMA_HALF ATOMIC_VAR_INIT ATOMIC_FLAG_INIT linux unix ";

// Of which there is one for float and one for half as well: M_PI, M_PI_F, M_PI_H.
constexpr std::string_view constants =
    " M_E M_LOG2E M_LOG10E M_LN2 M_LN10 M_PI M_PI_2 M_PI_4 M_1_PI M_2_PI M_2_SQRTPI M_SQRT2 M_SQRT1_2 ";

constexpr std::string_view limits = " CHAR SCHAR UCHAR SHRT USHRT INT UINT LONG ULONG ";

bool has(std::string_view list, std::string_view name) noexcept {
  for (auto at = list.find(name); !name.empty() && at != list.npos; at = list.find(name, at + 1)) {
    if (list[at - 1] == ' ' && list[at + name.size()] == ' ') return true;
  }
  return false;
}

bool cut(std::string_view& name, std::string_view end) noexcept {
  if (!name.ends_with(end)) return false;
  name.remove_suffix(end.size());
  return true;
}

// float, float4
bool is_number(std::string_view name) noexcept {
  return has(scalars, name) || (name.ends_with("16") && has(scalars, name.substr(0, name.size() - 2))) ||
         (!name.empty() && std::string_view("2348").find(name.back()) != std::string_view::npos &&
          has(scalars, name.substr(0, name.size() - 1)));
}

// as_float4, convert_int_sat_rte, vload4, vstore_half8_rtz
bool is_of_a_family(std::string_view name) noexcept {
  if (name.starts_with("as_")) return is_number(name.substr(3));
  if (name.starts_with("convert_")) {
    name.remove_prefix(8);
    return is_number(name.substr(0, name.find('_')));
  }
  for (const std::string_view family :
       {"vloada_half", "vload_half", "vload", "vstorea_half", "vstore_half", "vstore"}) {
    if (!name.starts_with(family)) continue;
    name.remove_prefix(family.size());
    name = name.substr(0, name.find('_'));
    return family.ends_with("half") ? has(" 2 3 4 8 16 ", name) || name.empty() : has(" 2 3 4 8 16 ", name);
  }
  return false;
}

bool is_function(std::string_view name) noexcept {
  if (has(functions, name) || is_of_a_family(name)) return true;
  for (const std::string_view family : {"work_group_", "sub_group_"}) {
    if (!name.starts_with(family)) continue;
    const std::string_view rest = name.substr(family.size());
    return rest.starts_with("reduce_") || rest.starts_with("scan_inclusive_") || rest.starts_with("scan_exclusive_");
  }
  return name.starts_with("atomic_") && cut(name, "_explicit") && has(functions, name);
}

bool is_macro(std::string_view name) noexcept {
  if (has(macros, name) || name.starts_with("cl_khr_") || name.starts_with("CLK_")) return true;
  for (const std::string_view real : {"FLT_", "DBL_", "HALF_"}) {
    if (name.starts_with(real)) {
      return has(" DIG MANT_DIG MAX MIN EPSILON RADIX MAX_EXP MIN_EXP MAX_10_EXP MIN_10_EXP ",
                 name.substr(real.size()));
    }
  }
  if (cut(name, "_MAX") || cut(name, "_MIN")) return has(limits, name);
  static_cast<void>(cut(name, "_F") || cut(name, "_H"));
  return has(constants, name);
}

}  // namespace

word meaning_of(std::string_view name) noexcept {
  if (name.starts_with("__")) return word::reserved;
  if (has(keywords, name)) return word::keyword;
  if (is_number(name) || has(other_types, name)) return word::type;
  if (is_function(name)) return word::function;
  return is_macro(name) ? word::macro : word::free;
}

const char* describe(word meaning) noexcept {
  switch (meaning) {
    case word::keyword: return "a keyword";
    case word::type: return "a type";
    case word::function: return "a built-in function";
    case word::macro: return "a macro";
    case word::reserved: return "reserved for the compiler";
    case word::free: break;
  }
  return "free";
}

}  // namespace clique::opencl
