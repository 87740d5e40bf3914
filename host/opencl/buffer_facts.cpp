#include "opencl/buffer_facts.hpp"

#include "opencl/device_state.hpp"

#include <atomic>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace clique::opencl {
namespace {

// Handles are used again for other objects, so each is forgotten when OpenCL destroys its object (the destructor
// callback), before the handle can be given out again. Where the platform calls back only afterwards (NVIDIA's does, in
// a thread of its own: of 200 handles of buffers in use, 199 were out again before it came), nothing is remembered.
//
//   known        under mutex; an address is added once, when it is first asked for
//   timely       under mutex: of each platform that was tried, whether it calls back in time
//   generation   written under mutex, whenever an entry goes; read by anybody: what is remembered elsewhere is good
//                as long as it has not changed
struct registry {
  std::mutex mutex;
  std::unordered_map<cl_mem, buffer_facts> known;
  std::unordered_map<cl_platform_id, bool> timely;
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
T query_buffer(cl_mem object, cl_mem_info what, const char* name) {
  T value{};
  if (const cl_int code = clGetMemObjectInfo(object, what, sizeof value, &value, nullptr); code != CL_SUCCESS)
    fail_call(code, core::formatted("clGetMemObjectInfo({})", name).c_str());
  return value;
}

buffer_facts ask(cl_mem object) {
  buffer_facts facts;
  facts.type = query_buffer<cl_mem_object_type>(object, CL_MEM_TYPE, "CL_MEM_TYPE");
  facts.context = query_buffer<cl_context>(object, CL_MEM_CONTEXT, "CL_MEM_CONTEXT");
  facts.root = object;
  if (facts.type != CL_MEM_OBJECT_BUFFER) return facts;
  facts.flags = query_buffer<cl_mem_flags>(object, CL_MEM_FLAGS, "CL_MEM_FLAGS");
  facts.bytes = query_buffer<std::size_t>(object, CL_MEM_SIZE, "CL_MEM_SIZE");
  facts.host = static_cast<std::byte*>(query_buffer<void*>(object, CL_MEM_HOST_PTR, "CL_MEM_HOST_PTR"));
  if (const auto parent = query_buffer<cl_mem>(object, CL_MEM_ASSOCIATED_MEMOBJECT, "CL_MEM_ASSOCIATED_MEMOBJECT");
      parent != nullptr) {
    facts.root = parent;  // a sub-buffer of a sub-buffer there is not
    facts.root_offset = query_buffer<std::size_t>(object, CL_MEM_OFFSET, "CL_MEM_OFFSET");
    constexpr cl_mem_flags access = CL_MEM_HOST_NO_ACCESS | CL_MEM_HOST_READ_ONLY | CL_MEM_HOST_WRITE_ONLY;
    if ((facts.flags & access) == 0)  // inherited, which not all implementations show
      facts.flags |= query_buffer<cl_mem_flags>(parent, CL_MEM_FLAGS, "CL_MEM_FLAGS") & access;
  }
  return facts;
}

cl_platform_id platform_of(cl_context context) {
  std::size_t bytes = 0;
  check(clGetContextInfo(context, CL_CONTEXT_DEVICES, 0, nullptr, &bytes), "clGetContextInfo(CL_CONTEXT_DEVICES)");
  std::vector<cl_device_id> devices(bytes / sizeof(cl_device_id));
  check(clGetContextInfo(context, CL_CONTEXT_DEVICES, bytes, devices.data(), nullptr),
        "clGetContextInfo(CL_CONTEXT_DEVICES)");
  cl_platform_id platform = nullptr;
  if (!devices.empty())
    check(clGetDeviceInfo(devices[0], CL_DEVICE_PLATFORM, sizeof platform, &platform, nullptr),
          "clGetDeviceInfo(CL_DEVICE_PLATFORM)");
  return platform;
}

// Whether the destructor callback comes before the release of a buffer returns, in the thread that releases it: then
// it comes before the handle is free, too, where a command still held the buffer.
bool calls_back_in_time(cl_context context) {
  // For a callback that comes late. It is kept: nobody knows when.
  auto* const told = new std::atomic<std::thread::id>();
  cl_int code = CL_SUCCESS;
  const cl_mem probe = clCreateBuffer(context, CL_MEM_READ_WRITE, 64, nullptr, &code);
  if (code != CL_SUCCESS) return false;
  const auto tell = [](cl_mem, void* where) {
    static_cast<std::atomic<std::thread::id>*>(where)->store(std::this_thread::get_id());
  };
  code = clSetMemObjectDestructorCallback(probe, tell, told);
  return clReleaseMemObject(probe) == CL_SUCCESS && code == CL_SUCCESS && told->load() == std::this_thread::get_id();
}

bool remembers(cl_context context) {
  const cl_platform_id platform = platform_of(context);
  registry& in = all();
  {
    const std::lock_guard lock(in.mutex);
    if (const auto found = in.timely.find(platform); found != in.timely.end()) return found->second;
  }
  const bool timely = calls_back_in_time(context);
  const std::lock_guard lock(in.mutex);
  return in.timely.emplace(platform, timely).first->second;
}

}  // namespace

buffer_facts facts_of(cl_mem object) {
  registry& in = all();
  {
    const std::lock_guard lock(in.mutex);
    if (const auto found = in.known.find(object); found != in.known.end()) return found->second;
  }
  buffer_facts facts = ask(object);
  if (!remembers(facts.context)) return facts;
  facts.remembered = true;
  const std::lock_guard lock(in.mutex);
  // Without the callback nobody would say when the handle means something else.
  if (in.known.find(object) == in.known.end()) {
    facts.remembered = clSetMemObjectDestructorCallback(object, forget, nullptr) == CL_SUCCESS;
    if (facts.remembered) in.known.emplace(object, facts);
  }
  return facts;
}

std::uint64_t buffer_generation() noexcept {
  return all().generation.load(std::memory_order_acquire);
}

buffer_facts& recent_buffers::entry(cl_mem object) {
  const std::uint64_t now = buffer_generation();
  if (generation_ != now) [[unlikely]] {
    objects_ = {};
    generation_ = now;
  }
  const std::uintptr_t bits = reinterpret_cast<std::uintptr_t>(object);
  const std::size_t place = (bits >> 4 ^ bits >> 10) % places;
  if (objects_[place] != object) {
    facts_[place] = facts_of(object);
    objects_[place] = facts_[place].remembered ? object : nullptr;
  }
  return facts_[place];
}

// Where nobody says that the buffer is gone, another one's address could be taken for its own.
void recent_buffers::ask_address(device_state& device, cl_mem object, buffer_facts& facts) {
  facts.address_asked = true;
  if (!facts.remembered || !facts.host_reads()) return;
  registry& in = all();
  {
    const std::lock_guard lock(in.mutex);
    if (const auto known = in.known.find(object); known != in.known.end() && known->second.address_asked) {
      facts.address = known->second.address;
      return;
    }
  }
  facts.address = device.address_of(object, facts.flags, facts.bytes);
  const std::lock_guard lock(in.mutex);
  if (const auto known = in.known.find(object); known != in.known.end()) {
    known->second.address = facts.address;
    known->second.address_asked = true;
  }
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
