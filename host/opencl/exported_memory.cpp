#include "opencl/exported_memory.hpp"

#include "core/config.hpp"
#include "core/log.hpp"
#include "opencl/block_copies.hpp"
#include "opencl/device_state.hpp"
#include "opencl/query.hpp"

#include <algorithm>
#include <vector>

#include <unistd.h>

namespace clique::opencl {

using post_outcome = memory::descriptor_post::outcome;

std::size_t least_exported() noexcept {
  return core::settings().staging == core::staging_choice::exported ? 0 : std::size_t{8} << 10;
}

bool exported_memory::works() {
  std::call_once(judged_, [this] { judge(); });
  return post_.has_value();
}

void exported_memory::judge() {
  try {
    require(device_.has_own_memory(), status::unsupported, "the device shares the host's memory");
    const std::string extensions = text(device_.native()(), CL_DEVICE_EXTENSIONS, "CL_DEVICE_EXTENSIONS");
    for (const char* needed : {"cl_khr_device_uuid", "cl_khr_external_memory_opaque_fd"}) {
      require(extensions.find(needed) != std::string::npos, status::unsupported, "the device has no {}", needed);
    }
    std::string why;
    exporter_ = find_exporter(query<device_uuid>(device_.native()(), CL_DEVICE_UUID_KHR, "CL_DEVICE_UUID_KHR"), why);
    require(exporter_ != nullptr, status::unsupported, "{}", why);
    test();
    post_.emplace();
    reason_ = core::formatted("ranks that drive the device see each other's arrays there, by {}", exporter_->name());
  } catch (...) {
    reason_ = core::current_error().what();
  }
  core::log("device memory of {} {} exported: {}", device_.info().name, post_ ? "can be" : "cannot be", reason_);
}

// Two imports of one piece, as in two processes: what is written to one is read from the other, by commands of every
// engine.
void exported_memory::test() {
  constexpr std::size_t words = std::size_t{48} << 10, bytes = words * sizeof(std::uint32_t);
  const auto memory = exporter_->allocate(2 * bytes);
  require(memory != nullptr, status::unsupported, "{} gives none", exporter_->name());
  const cl::Buffer one = import(memory->descriptor(), 2 * bytes), other = import(memory->descriptor(), 2 * bytes);
  std::vector<std::uint32_t> sent(words), seen(words);
  for (std::uint32_t round = 0; round < 4; ++round) {
    for (std::size_t k = 0; k < words; ++k) sent[k] = static_cast<std::uint32_t>(k) * 2654435761u + round;
    check(clEnqueueWriteBuffer(device_.uncounted_queue(), one(), CL_TRUE, 0, bytes, sent.data(), 0, nullptr, nullptr),
          "clEnqueueWriteBuffer, to an import");
    const block_copy copies[] = {{other(), 0, one(), bytes, bytes / 2},
                                 {one(), bytes / 2, other(), 3 * bytes / 2, bytes / 2}};
    const cl::Event copied(enqueue_copies(device_, device_.uncounted_queue(), copies), false);
    check(clFinish(device_.uncounted_queue()), "clFinish");
    for (const cl_mem each : {one(), other()}) {
      check(
          clEnqueueReadBuffer(device_.uncounted_queue(), each, CL_TRUE, bytes, bytes, seen.data(), 0, nullptr, nullptr),
          "clEnqueueReadBuffer, from an import");
      require(seen == sent, status::unsupported, "what was written through one import was not read through another");
    }
  }
}

// OpenCL takes the descriptor over where it makes a buffer of it.
cl::Buffer exported_memory::import(int descriptor, std::size_t bytes) const {
  require(descriptor >= 0, status::unsupported, "no descriptor to be had");
  const cl_mem_properties properties[] = {CL_EXTERNAL_MEMORY_HANDLE_OPAQUE_FD_KHR,
                                          static_cast<cl_mem_properties>(descriptor), 0};
  cl_int code = CL_SUCCESS;
  const cl_mem made =
      clCreateBufferWithProperties(device_.context()(), properties, CL_MEM_READ_WRITE, bytes, nullptr, &code);
  if (code != CL_SUCCESS) {
    close(descriptor);
    fail_call(code, core::formatted("clCreateBufferWithProperties, to import {} bytes", bytes).c_str());
  }
  return cl::Buffer(made, false);
}

std::shared_ptr<exported_piece> exported_memory::make(std::size_t bytes) {
  auto made = std::make_unique<exported_piece>();
  made->bytes = bytes;
  made->memory = exporter_->allocate(bytes);
  if (made->memory == nullptr) return nullptr;
  made->buffer = import(made->memory->descriptor(), bytes);
  return {made.release(), [this](exported_piece* piece) {
            retire(*piece);
            const std::unique_ptr<exported_piece> last(piece);
          }};
}

std::shared_ptr<exported_piece> exported_memory::allocate(std::size_t bytes) {
  std::shared_ptr<exported_piece> made;
  {
    const std::lock_guard lock(mutex_);
    collect_locked();
    if (unused_ + unused_by(bytes) > device_.info().memory / 64) return nullptr;
    unused_ += unused_by(bytes);
  }
  try {
    made = make(bytes);
  } catch (...) {
    core::log("an array of {} bytes is not exported: {}", bytes, core::current_error().what());
  }
  const std::lock_guard lock(mutex_);
  if (made == nullptr) {
    unused_ -= unused_by(bytes);
    return nullptr;
  }
  made->name = ++last_;
  by_buffer_[made->buffer()] = made;
  by_name_[made->name] = made.get();
  return made;
}

void exported_memory::retire(const exported_piece& piece) noexcept {
  const std::lock_guard lock(mutex_);
  if (piece.name == 0) return;
  by_name_.erase(piece.name);
  unused_ -= unused_by(piece.bytes);
  // Not of another piece, whose buffer has got the same handle.
  if (const auto found = by_buffer_.find(piece.buffer()); found != by_buffer_.end() && found->second.expired())
    by_buffer_.erase(found);
  for (const std::uint64_t key : piece.known_to) gone_.emplace_back(key, piece.name);
  tell_gone();
}

void exported_memory::tell_gone() {
  std::erase_if(gone_, [this](const auto& each) {
    return post_->send(each.first, {post_->key(), each.second, 0}, -1) != post_outcome::full;
  });
}

std::shared_ptr<exported_piece> exported_memory::find(cl_mem buffer) {
  if (!post_) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto found = by_buffer_.find(buffer);
  return found == by_buffer_.end() ? nullptr : found->second.lock();
}

bool exported_memory::share(std::uint64_t name, std::span<const std::uint64_t> with) {
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return false;
  exported_piece& piece = *found->second;
  bool all = true;
  for (const std::uint64_t key : with) {
    if (key == post_->key() || piece.known_to.contains(key)) continue;
    const int descriptor = piece.memory->descriptor();
    const bool sent =
        descriptor >= 0 && post_->send(key, {post_->key(), name, piece.bytes}, descriptor) == post_outcome::sent;
    if (descriptor >= 0) close(descriptor);
    if (sent) piece.known_to.insert(key);
    all = all && sent;
  }
  return all;
}

cl_mem exported_memory::buffer_of(std::uint64_t key, std::uint64_t name) {
  const std::lock_guard lock(mutex_);
  if (key == post_->key()) {
    if (const auto own = by_name_.find(name); own != by_name_.end()) return own->second->buffer();
  } else {
    const auto found = imported_.find({key, name});
    if (found != imported_.end()) return found->second();
    collect_locked();
    if (const auto again = imported_.find({key, name}); again != imported_.end()) return again->second();
  }
  fail(status::internal, "device memory {} of process {:x} is not known here", name, key);
}

void exported_memory::collect() {
  const std::lock_guard lock(mutex_);
  collect_locked();
}

void exported_memory::collect_locked() {
  tell_gone();
  while (const auto next = post_->receive()) {
    const std::pair<std::uint64_t, std::uint64_t> which{next->what.from, next->what.name};
    if (next->descriptor < 0) {
      imported_.erase(which);
    } else {
      imported_[which] = import(next->descriptor, next->what.bytes);
    }
  }
}

}  // namespace clique::opencl
