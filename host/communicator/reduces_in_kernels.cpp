// Where a reduction runs: on the host, or in kernels; and the device memory that kernels need.
#include "communicator/communicator_state.hpp"
#include "core/config.hpp"
#include "opencl/reduction.hpp"

#include <algorithm>

namespace clique::engine {

// Both give the same bits, so that each rank may choose for itself. On memory that the host addresses it is faster than
// a kernel launch; where all data would have to be copied to the host first, large reductions are the device's: later
// where other processes use its compute engine, whose turns take as long as the host for a megabyte, unless peers see
// all of it there. A mean is divided on the host: kernels need not divide exactly.
bool communicator_state::reduces_in_kernels(const reduce_op& op, datatype type, const staging::binding& in,
                                            const staging::binding& out) {
  const bool seen = copier_ != nullptr && (in.bytes == 0 || in.kind == staging::kind::exported) &&
                    (out.bytes == 0 || out.kind == staging::kind::exported);
  std::size_t large = std::size_t{1} << 20;
  if (device_.state().spares_compute()) large = std::size_t{2} << 20;
  if (seen) large = (std::size_t{64} << 10) * static_cast<std::size_t>(size());
  if (op.is_user()) return true;
  if (op.kind() == op_kind::mean) return false;
  switch (core::settings().reduce) {
    case core::reduce_choice::host: return false;
    case core::reduce_choice::kernel: break;
    case core::reduce_choice::automatic: {
      const auto copied = [](staging::kind of) { return of == staging::kind::slots || of == staging::kind::exported; };
      if ((!copied(in.kind) && !copied(out.kind)) || std::max(in.bytes, out.bytes) < large ||
          device_.info().type == "cpu")
        return false;
    }
  }
  const core::watchdog::section watched(post_, "comparing a reduction kernel with the host");
  return opencl::kernel_equals_host(device_.state(), op, type);
}

std::shared_ptr<array_memory> communicator_state::device_temporary(std::size_t bytes) {
  constexpr std::size_t most_spare = 4;
  const auto free = std::find_if(device_spare_.begin(), device_spare_.end(), [&](const auto& each) {
    return each.use_count() == 1 && each->bytes() >= bytes && each->bytes() / 4 <= bytes;
  });
  if (free != device_spare_.end()) return *free;
  std::erase_if(device_spare_,
                [&](const auto& each) { return each.use_count() == 1 && device_spare_.size() >= most_spare; });
  return device_spare_.emplace_back(std::make_shared<array_memory>(device_, bytes));
}

}  // namespace clique::engine
