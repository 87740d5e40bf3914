// Devices, their memory, and element-wise work on it.
#include "c_api/describe.hpp"
#include "c_api/handles.hpp"
#include "opencl/check.hpp"

#include <clique/clique.hpp>

#include <algorithm>

namespace clique::c_api {

void write(const device_info& from, clique_device_info& to) {
  write(from.platform, to.platform);
  write(from.name, to.name);
  write(from.vendor, to.vendor);
  write(from.version, to.version);
  write(from.c_version, to.c_version);
  write(from.driver, to.driver);
  write(from.type, to.type);
  to.memory = from.memory;
  to.max_allocation = from.max_allocation;
  to.compute_units = from.compute_units;
  to.fp64 = from.fp64 ? 1 : 0;
  to.fp16 = from.fp16 ? 1 : 0;
  to.host_unified = from.host_unified ? 1 : 0;
}

namespace {

layout layout_of(const region& from, const std::size_t* strides) {
  given(strides, "a list of strides");
  return {from.offset, {strides[0], strides[1]}};
}

// From the start of the buffer to its end: the layout says what of it is meant.
region whole_buffer(const region& part) {
  std::size_t bytes = 0;
  if (part.buffer != nullptr)
    opencl::check(clGetMemObjectInfo(part.buffer, CL_MEM_SIZE, sizeof bytes, &bytes, nullptr), "clGetMemObjectInfo");
  return {part.buffer, 0, bytes / size_of(part.type), part.type};
}

}  // namespace
}  // namespace clique::c_api

using namespace clique::c_api;

clique_status clique_device_list(size_t capacity, cl_device_id* devices, size_t* count) {
  return guard([&] {
    const auto to = list(devices, capacity, "devices");
    const std::vector<cl::Device> all = clique::devices();
    for (std::size_t k = 0; k < std::min(to.size(), all.size()); ++k) to[k] = all[k]();
    hand_out(count, all.size());
  });
}

clique_status clique_device_describe(cl_device_id native, clique_device_info* info) {
  return guard([&] {
    given(info, "info");
    write(clique::describe(cl::Device(native, true)), *info);
  });
}

clique_status clique_device_choose(int node_rank, int node_size, clique_device* device) {
  return guard([&] {
    given(device, "device");
    make(device, clique::device::choose(node_rank, node_size));
  });
}

clique_status clique_device_create(cl_context context, cl_device_id native, cl_command_queue queue,
                                   clique_device* device) {
  return guard([&] {
    given(device, "device");
    given(context, "the context");
    given(native, "the cl_device_id");
    given(queue, "the queue");
    make(device, clique::device(cl::Context(context, true), cl::Device(native, true), cl::CommandQueue(queue, true)));
  });
}

clique_status clique_device_get(clique_device device, cl_context* context, cl_device_id* native,
                                cl_command_queue* queue) {
  return guard([&] {
    const clique::device& from = of(device);
    hand_out(context, from.context()());
    hand_out(native, from.native()());
    hand_out(queue, from.queue()());
  });
}

clique_status clique_device_finish(clique_device device) {
  return guard([&] { of(device).finish(); });
}

void clique_device_free(clique_device device) {
  free_handle(device);
}

clique_status clique_alloc(clique_device device, size_t bytes, cl_mem* buffer) {
  return guard([&] {
    given(buffer, "buffer");
    cl::Buffer made = clique::array_memory(of(device), bytes).buffer();
    *buffer = std::exchange(made(), nullptr);
  });
}

clique_status clique_write(clique_device device, cl_mem buffer, size_t offset, size_t count, clique_datatype type,
                           const void* host) {
  return guard([&] { copy_from(of(device), region_of(buffer, offset, count, type), host, count); });
}

clique_status clique_read(clique_device device, cl_mem buffer, size_t offset, size_t count, clique_datatype type,
                          void* host) {
  return guard([&] { copy_to(of(device), region_of(buffer, offset, count, type), host, count); });
}

clique_status clique_copy_strided(clique_device device, cl_mem from, size_t from_offset, const size_t* from_strides,
                                  cl_mem to, size_t to_offset, const size_t* to_strides, size_t rows, size_t columns,
                                  clique_datatype type) {
  return guard([&] {
    const clique::region source = region_of(from, from_offset, 0, type), target = region_of(to, to_offset, 0, type);
    clique::copy(of(device), whole_buffer(source), layout_of(source, from_strides), whole_buffer(target),
                 layout_of(target, to_strides), rows, columns);
  });
}

clique_status clique_fill(clique_device device, cl_mem buffer, size_t offset, size_t count, clique_datatype type,
                          const void* value) {
  return guard([&] {
    given(static_cast<const char*>(value), "the value");
    clique::fill(of(device), region_of(buffer, offset, count, type), value);
  });
}

clique_status clique_arange(clique_device device, cl_mem buffer, size_t offset, size_t count, clique_datatype type,
                            const void* start, const void* step) {
  return guard([&] {
    given(static_cast<const char*>(start), "the start");
    given(static_cast<const char*>(step), "the step");
    clique::arange(of(device), region_of(buffer, offset, count, type), start, step);
  });
}

clique_status clique_random(clique_device device, cl_mem buffer, size_t offset, size_t count, clique_datatype type,
                            uint64_t seed, uint64_t first) {
  return guard([&] { clique::random(of(device), region_of(buffer, offset, count, type), seed, first); });
}

clique_status clique_random_at(clique_datatype type, uint64_t seed, uint64_t index, void* element) {
  return guard([&] {
    given(static_cast<char*>(element), "the element");
    clique::random_at(type_of(type), seed, index, element);
  });
}

clique_status clique_transform(clique_device device, cl_mem buffer, size_t offset, size_t count, clique_datatype type,
                               const char* expression, size_t num_args, const clique_arg* args) {
  return guard([&] {
    std::vector<clique::arg> all;
    for (const clique_arg& each : list(args, num_args, "arguments")) {
      const char* const name = &given(each.name, "the name of an argument");
      clique::require(each.value == nullptr || each.buffer == nullptr, clique::status::invalid_argument,
                      "the argument {} has both a buffer and a value", name);
      if (each.value != nullptr) {
        all.emplace_back(name, type_of(each.type), each.value);
      } else {
        all.emplace_back(name, region_of(each.buffer, each.offset, count, each.type));
      }
    }
    clique::transform(of(device), region_of(buffer, offset, count, type), &given(expression, "the expression"), all);
  });
}
