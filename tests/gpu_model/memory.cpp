#include "memory.hpp"

#include "layer.hpp"

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <unordered_map>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gpu_model {

namespace {

constexpr std::size_t alignment = 4096;

struct memory_state {
  std::mutex mutex;
  std::unordered_map<cl_mem, buffer> buffers;
  std::multimap<std::uintptr_t, std::size_t> pinned;  // begin -> bytes
};
memory_state& memory() {
  static memory_state& made = *new memory_state;
  return made;
}

void add_pinned(const void* address, std::size_t bytes) {
  memory().pinned.emplace(reinterpret_cast<std::uintptr_t>(address), bytes);
}
void remove_pinned(const void* address, std::size_t bytes) {
  auto& pinned = memory().pinned;
  const auto [first, last] = pinned.equal_range(reinterpret_cast<std::uintptr_t>(address));
  for (auto it = first; it != last; ++it) {
    if (it->second != bytes) continue;
    pinned.erase(it);
    return;
  }
}

std::byte* anonymous(std::size_t bytes) {
  void* const address =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return address == MAP_FAILED ? nullptr : static_cast<std::byte*>(address);
}

void free_allocation(allocation* whole) {
  if (whole->pinned_host) remove_pinned(whole->host, whole->bytes);
  if (whole->host != nullptr && !whole->host_is_the_programs) munmap(whole->host, whole->bytes);
  if (whole->device_is_mapped)
    munmap(whole->device, whole->bytes);
  else
    std::free(whole->device);
  delete whole;
}

// The first callback that a buffer gets is the last one called: nothing uses its memory any more.
void CL_CALLBACK forget(cl_mem handle, void* sub) {
  allocation* whole = nullptr;
  {
    const std::lock_guard lock(memory().mutex);
    const auto known = memory().buffers.find(handle);
    if (known == memory().buffers.end()) return;
    whole = known->second.whole;
    memory().buffers.erase(known);
  }
  if (sub == nullptr) free_allocation(whole);
}

cl_int allocate(allocation& whole, std::size_t bytes, cl_mem_flags flags, void* host_ptr, int fd) {
  whole.bytes = bytes;
  if (fd >= 0) {
    struct stat status;
    if (fstat(fd, &status) != 0 || static_cast<std::size_t>(status.st_size) < bytes) return CL_INVALID_PROPERTY;
    void* const address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (address == MAP_FAILED) return CL_MEM_OBJECT_ALLOCATION_FAILURE;
    whole.device = static_cast<std::byte*>(address);
    whole.device_is_mapped = true;
  } else if (bytes >= 64 * alignment) {
    whole.device = anonymous(bytes);
    whole.device_is_mapped = true;
  } else {
    whole.device =
        static_cast<std::byte*>(std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment));
  }
  if (whole.device == nullptr) return CL_MEM_OBJECT_ALLOCATION_FAILURE;
  if ((flags & (CL_MEM_USE_HOST_PTR | CL_MEM_COPY_HOST_PTR)) != 0) std::memcpy(whole.device, host_ptr, bytes);
  if ((flags & CL_MEM_USE_HOST_PTR) != 0) {
    whole.host = static_cast<std::byte*>(host_ptr);
    whole.host_is_the_programs = true;
  } else if ((flags & CL_MEM_ALLOC_HOST_PTR) != 0) {
    whole.host = anonymous(bytes);
    if (whole.host == nullptr) return CL_MEM_OBJECT_ALLOCATION_FAILURE;
  }
  whole.pinned_host = whole.host != nullptr;
  return CL_SUCCESS;
}

}  // namespace

cl_mem create_buffer(cl_context context, cl_mem_flags flags, std::size_t bytes, void* host_ptr, int fd, cl_int& code) {
  constexpr cl_mem_flags of_host = CL_MEM_USE_HOST_PTR | CL_MEM_ALLOC_HOST_PTR | CL_MEM_COPY_HOST_PTR;
  const bool wants_pointer = (flags & (CL_MEM_USE_HOST_PTR | CL_MEM_COPY_HOST_PTR)) != 0;
  code = bytes == 0                                                                       ? CL_INVALID_BUFFER_SIZE
         : wants_pointer != (host_ptr != nullptr)                                         ? CL_INVALID_HOST_PTR
         : (flags & CL_MEM_USE_HOST_PTR) != 0 && (flags & of_host) != CL_MEM_USE_HOST_PTR ? CL_INVALID_VALUE
         : fd >= 0 && (flags & of_host) != 0                                              ? CL_INVALID_VALUE
                                                                                          : CL_SUCCESS;
  if (code != CL_SUCCESS) return nullptr;
  auto* const whole = new allocation;
  code = allocate(*whole, bytes, flags, host_ptr, fd);
  cl_mem made = nullptr;
  if (code == CL_SUCCESS)
    made = below().clCreateBuffer(context, (flags & ~of_host) | CL_MEM_USE_HOST_PTR, bytes, whole->device, &code);
  if (made != nullptr) code = below().clSetMemObjectDestructorCallback(made, forget, nullptr);
  if (code != CL_SUCCESS) {
    if (made != nullptr) below().clReleaseMemObject(made);
    whole->pinned_host = false;
    free_allocation(whole);
    return nullptr;
  }
  const std::lock_guard lock(memory().mutex);
  if (whole->pinned_host) add_pinned(whole->host, bytes);
  memory().buffers[made] = {
      whole, 0, bytes, flags == 0 ? CL_MEM_READ_WRITE : flags, (flags & CL_MEM_USE_HOST_PTR) != 0 ? host_ptr : nullptr,
      false};
  return made;
}

cl_mem create_sub_buffer(cl_mem parent, cl_mem_flags flags, const cl_buffer_region& region, cl_int& code) {
  const buffer of = find_buffer(parent);
  const cl_mem made = below().clCreateSubBuffer(parent, flags, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
  if (made == nullptr) return nullptr;
  code = below().clSetMemObjectDestructorCallback(made, forget, &memory());
  constexpr cl_mem_flags access = CL_MEM_READ_WRITE | CL_MEM_READ_ONLY | CL_MEM_WRITE_ONLY;
  constexpr cl_mem_flags by_host = CL_MEM_HOST_READ_ONLY | CL_MEM_HOST_WRITE_ONLY | CL_MEM_HOST_NO_ACCESS;
  if ((flags & access) == 0) flags |= of.flags & access;
  if ((flags & by_host) == 0) flags |= of.flags & by_host;
  flags |= of.flags & ~(access | by_host);
  const std::lock_guard lock(memory().mutex);
  memory().buffers[made] = {of.whole,
                            region.origin,
                            region.size,
                            flags,
                            of.host_ptr == nullptr ? nullptr : static_cast<std::byte*>(of.host_ptr) + region.origin,
                            true};
  return made;
}

buffer find_buffer(cl_mem handle) {
  const std::lock_guard lock(memory().mutex);
  const auto known = memory().buffers.find(handle);
  return known == memory().buffers.end() ? buffer{} : known->second;
}

std::byte* host_address(const buffer& of, std::size_t offset) {
  const std::lock_guard lock(memory().mutex);
  if (of.whole->host == nullptr) of.whole->host = anonymous(of.whole->bytes);
  return of.whole->host == nullptr ? nullptr : of.whole->host + of.offset + offset;
}

void note_mapping(const buffer& of, allocation::mapping made) {
  const std::lock_guard lock(memory().mutex);
  of.whole->mappings.push_back(made);
}

bool take_mapping(const buffer& of, const void* address, allocation::mapping& taken) {
  const std::lock_guard lock(memory().mutex);
  auto& mappings = of.whole->mappings;
  for (auto it = mappings.begin(); it != mappings.end(); ++it) {
    if (it->address != address) continue;
    taken = *it;
    mappings.erase(it);
    return true;
  }
  return false;
}

cl_uint mappings_of(const buffer& of) {
  const std::lock_guard lock(memory().mutex);
  return static_cast<cl_uint>(of.whole->mappings.size());
}

bool is_pinned(const void* address, std::size_t bytes) {
  const auto begin = reinterpret_cast<std::uintptr_t>(address);
  const std::lock_guard lock(memory().mutex);
  const auto& pinned = memory().pinned;
  // Ranges may overlap; the last one that begins at or before the address need not be the one that holds it.
  for (auto it = pinned.upper_bound(begin); it != pinned.begin();) {
    --it;
    if (begin + bytes <= it->first + it->second) return true;
  }
  return false;
}

int export_memory(std::size_t bytes) {
  const int fd = memfd_create("gpu_model", MFD_CLOEXEC);
  if (fd >= 0 && ftruncate(fd, static_cast<off_t>(bytes)) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

}  // namespace gpu_model
