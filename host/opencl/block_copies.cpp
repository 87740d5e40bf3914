#include "opencl/block_copies.hpp"

#include "opencl/launch.hpp"

#include <clique_kernels.hpp>

#include <algorithm>
#include <array>
#include <bit>

namespace clique::opencl {
namespace {

// As in cl/copy_blocks.cl. An argument list has at least 1024 bytes.
constexpr std::size_t most_blocks = 24, most_buffers = 8;
struct copied_block {
  cl_ulong from_offset, to_offset, bytes;
  cl_uint from, to;
};
struct copied_blocks {
  std::array<copied_block, most_blocks> at;
};
static_assert(sizeof(copied_blocks) + most_buffers * sizeof(cl_mem) + 2 * sizeof(cl_ulong) <= 1024);

// A launch in the making.
struct copy_batch {
  copied_blocks all{};
  std::size_t count = 0, buffer_count = 0;
  std::uint64_t longest = 0;
  std::array<cl_mem, most_buffers> buffers{};

  bool number(cl_mem buffer, cl_uint& result) {
    const auto end = buffers.begin() + static_cast<std::ptrdiff_t>(buffer_count);
    const auto found = std::find(buffers.begin(), end, buffer);
    result = static_cast<cl_uint>(found - buffers.begin());
    if (found != end) return true;
    if (buffer_count == most_buffers) return false;
    buffers[buffer_count++] = buffer;
    return true;
  }

  // False where there is no room for it.
  bool add(const block_copy& one) {
    copied_block next{one.from_offset, one.to_offset, one.bytes, 0, 0};
    if (count == most_blocks || !number(one.from, next.from) || !number(one.to, next.to)) return false;
    all.at[count++] = next;
    longest = std::max(longest, next.bytes);
    return true;
  }

  // Enough work items for all of a large device, a power of two, whole work groups.
  [[nodiscard]] std::uint64_t lanes() const {
    constexpr std::uint64_t least = 256, most = std::uint64_t{1} << 18;
    return std::clamp(std::bit_ceil(longest / 16), least, std::max(least, most / std::bit_ceil(count)));
  }
};

}  // namespace

cl_event enqueue_copies(device_state& where, cl_command_queue in, std::span<const block_copy> copies) {
  program& built = where.programs().get(kernels::copy_blocks, core::formatted("-D CLIQUE_BLOCKS={}", most_blocks));
  cl_event last = nullptr;
  for (std::size_t done = 0; done < copies.size();) {
    copy_batch now;
    while (done < copies.size() && now.add(copies[done])) ++done;
    kernel_call call(built, "copy_blocks");
    for (std::size_t k = 0; k < most_buffers; ++k) call(k < now.buffer_count ? now.buffers[k] : now.buffers[0]);
    const std::uint64_t lanes = now.lanes();
    call(cl_ulong{now.count})(cl_ulong{lanes}).raw(&now.all, sizeof now.all);
    if (last != nullptr) clReleaseEvent(last);
    call.enqueue(where, now.count * lanes, in, nullptr, &last);
  }
  return last;
}

}  // namespace clique::opencl
