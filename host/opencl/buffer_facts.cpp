#include "opencl/buffer_facts.hpp"

#include "opencl/device_state.hpp"

#include <atomic>
#include <mutex>
#include <unordered_map>

namespace clique::opencl {
namespace {

// Handles are used again for other objects, so each is forgotten when OpenCL destroys its object (the destructor
// callback), before the handle can be given out again.
//
//   known        under mutex
//   generation   written under mutex, whenever an entry goes; read by anybody: what is remembered elsewhere is good
//                as long as it has not changed
struct registry {
  std::mutex mutex;
  std::unordered_map<cl_mem, buffer_facts> known;
  std::atomic<std::uint64_t> generation{1};
};

// Never destroyed: buffers may be released after main.
registry& all() {
  static auto* const one = new registry;
  return *one;
}

void CL_CALLBACK forget(cl_mem object, void*) {
  registry& from = all();
  const std::lock_guard lock(from.mutex);
  from.known.erase(object);
  from.generation.fetch_add(1, std::memory_order_release);
}

template <class T>
T query(cl_mem object, cl_mem_info what, const char* name) {
  T value{};
  if (const cl_int code = clGetMemObjectInfo(object, what, sizeof value, &value, nullptr); code != CL_SUCCESS)
    fail_call(code, core::formatted("clGetMemObjectInfo({})", name).c_str());
  return value;
}

buffer_facts ask(cl_mem object) {
  buffer_facts facts;
  facts.type = query<cl_mem_object_type>(object, CL_MEM_TYPE, "CL_MEM_TYPE");
  facts.context = query<cl_context>(object, CL_MEM_CONTEXT, "CL_MEM_CONTEXT");
  facts.root = object;
  if (facts.type != CL_MEM_OBJECT_BUFFER) return facts;
  facts.flags = query<cl_mem_flags>(object, CL_MEM_FLAGS, "CL_MEM_FLAGS");
  facts.bytes = query<std::size_t>(object, CL_MEM_SIZE, "CL_MEM_SIZE");
  facts.host = static_cast<std::byte*>(query<void*>(object, CL_MEM_HOST_PTR, "CL_MEM_HOST_PTR"));
  if (const auto parent = query<cl_mem>(object, CL_MEM_ASSOCIATED_MEMOBJECT, "CL_MEM_ASSOCIATED_MEMOBJECT");
      parent != nullptr) {
    facts.root = parent;  // a sub-buffer of a sub-buffer there is not
    facts.root_offset = query<std::size_t>(object, CL_MEM_OFFSET, "CL_MEM_OFFSET");
    constexpr cl_mem_flags access = CL_MEM_HOST_NO_ACCESS | CL_MEM_HOST_READ_ONLY | CL_MEM_HOST_WRITE_ONLY;
    if ((facts.flags & access) == 0)  // inherited, which not all implementations show
      facts.flags |= query<cl_mem_flags>(parent, CL_MEM_FLAGS, "CL_MEM_FLAGS") & access;
  }
  return facts;
}

}  // namespace

buffer_facts facts_of(cl_mem object) {
  registry& in = all();
  {
    const std::lock_guard lock(in.mutex);
    if (const auto found = in.known.find(object); found != in.known.end()) return found->second;
  }
  const buffer_facts facts = ask(object);
  const std::lock_guard lock(in.mutex);
  // Without the callback nobody would say when the handle means something else.
  if (in.known.find(object) == in.known.end() &&
      clSetMemObjectDestructorCallback(object, forget, nullptr) == CL_SUCCESS)
    in.known.emplace(object, facts);
  return facts;
}

const buffer_facts& recent_buffers::of(cl_mem object) {
  const std::uint64_t now = all().generation.load(std::memory_order_acquire);
  if (generation_ != now) [[unlikely]] {
    objects_ = {};
    generation_ = now;
  }
  const std::uintptr_t bits = reinterpret_cast<std::uintptr_t>(object);
  const std::size_t place = (bits >> 4 ^ bits >> 10) % places;
  if (objects_[place] != object) {
    facts_[place] = facts_of(object);
    objects_[place] = object;
  }
  return facts_[place];
}

void require_buffer(const device_state& device, const buffer_facts& facts, const char* what) {
  require(facts.type == CL_MEM_OBJECT_BUFFER, status::invalid_argument,
          "{}: that is no buffer, but an image or a pipe (CL_MEM_TYPE is {:#x}); copy it to a buffer first", what,
          facts.type);
  require(facts.context == device.context()(), status::invalid_argument,
          "{}: the buffer belongs to another OpenCL context than the device ({}) that is to use it", what,
          device.info().name);
}

}  // namespace clique::opencl
