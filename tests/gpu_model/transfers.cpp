// Reads, writes, copies, fills, maps.
#include "costs.hpp"
#include "layer.hpp"

#include <algorithm>
#include <cstring>

namespace gpu_model {

namespace {

constexpr cl_mem_flags no_reading = CL_MEM_HOST_WRITE_ONLY | CL_MEM_HOST_NO_ACCESS;
constexpr cl_mem_flags no_writing = CL_MEM_HOST_READ_ONLY | CL_MEM_HOST_NO_ACCESS;

bool is_small(std::size_t bytes) {
  return static_cast<double>(bytes) < model().small_write_bytes;
}
// A contiguous write that the compute engine does.
bool is_small_write(std::size_t bytes, bool pinned) {
  return is_small(bytes) || (!pinned && static_cast<double>(bytes) < model().pageable_small_write_bytes);
}
void count_pageable(bool pinned, std::size_t bytes) {
  if (!pinned && !is_small(bytes)) count(kind::pageable);
}
std::byte* device_address(const buffer& of, std::size_t offset) {
  return of.whole->device + of.offset + offset;
}
bool fits(const buffer& of, std::size_t offset, std::size_t bytes) {
  return bytes != 0 && offset <= of.bytes && bytes <= of.bytes - offset;
}

// A blocking call says of a failed event what OpenCL says; the others only whether the command was taken.
cl_int put(queue& to, command&& made, cl_command_type type, cl_uint events, const cl_event* list, cl_event* event,
           cl_bool blocking) {
  return enqueue(to, std::move(made), type, events, list, event, blocking != CL_FALSE);
}

cl_int CL_API_CALL read_buffer(cl_command_queue handle, cl_mem memory, cl_bool blocking, std::size_t offset,
                               std::size_t bytes, void* to, cl_uint events, const cl_event* list, cl_event* event) {
  queue* const in = find_queue(handle);
  if (in == nullptr)
    return below().clEnqueueReadBuffer(handle, memory, blocking, offset, bytes, to, events, list, event);
  const buffer from = find_buffer(memory);
  if (from.whole == nullptr) return CL_INVALID_MEM_OBJECT;
  if (!fits(from, offset, bytes) || to == nullptr) return CL_INVALID_VALUE;
  if ((from.flags & no_reading) != 0) return CL_INVALID_OPERATION;
  const bool pinned = is_pinned(to, bytes);
  count(kind::read);
  count_pageable(pinned, bytes);
  const row whole{static_cast<std::byte*>(to), device_address(from, offset), bytes};
  return put(
      *in,
      {.run = [=](timing& times) { return transfer(times, direction::to_host, model().read_us, {whole}, pinned); },
       .keeps = {memory}},
      CL_COMMAND_READ_BUFFER, events, list, event, blocking);
}

cl_int CL_API_CALL write_buffer(cl_command_queue handle, cl_mem memory, cl_bool blocking, std::size_t offset,
                                std::size_t bytes, const void* from, cl_uint events, const cl_event* list,
                                cl_event* event) {
  queue* const in = find_queue(handle);
  if (in == nullptr)
    return below().clEnqueueWriteBuffer(handle, memory, blocking, offset, bytes, from, events, list, event);
  const buffer to = find_buffer(memory);
  if (to.whole == nullptr) return CL_INVALID_MEM_OBJECT;
  if (!fits(to, offset, bytes) || from == nullptr) return CL_INVALID_VALUE;
  if ((to.flags & no_writing) != 0) return CL_INVALID_OPERATION;
  const bool pinned = is_pinned(from, bytes), small = is_small_write(bytes, pinned);
  count(small ? kind::small_write : kind::write);
  count_pageable(pinned, bytes);
  const row whole{device_address(to, offset), static_cast<const std::byte*>(from), bytes};
  return put(*in,
             {.run =
                  [=](timing& times) {
                    if (!small) return transfer(times, direction::to_device, model().write_us, {whole}, pinned);
                    return compute(times, model().small_write_us, bytes,
                                   [&] { std::memmove(whole.to, whole.from, whole.bytes); });
                  },
              .keeps = {memory}},
             CL_COMMAND_WRITE_BUFFER, events, list, event, blocking);
}

// Whether the rectangle lies within the buffer.
bool fits(const buffer& of, const std::size_t* origin, pitches pitch, const std::size_t* region) {
  if (region[0] == 0 || region[1] == 0 || region[2] == 0) return false;
  if (pitch.row == 0) pitch.row = region[0];
  if (pitch.slice == 0) pitch.slice = pitch.row * region[1];
  const std::size_t last =
      origin[0] + region[0] + (origin[1] + region[1] - 1) * pitch.row + (origin[2] + region[2] - 1) * pitch.slice;
  return pitch.row >= region[0] && pitch.slice >= pitch.row * region[1] && last <= of.bytes;
}

cl_int CL_API_CALL read_rect(cl_command_queue handle, cl_mem memory, cl_bool blocking, const std::size_t* from_origin,
                             const std::size_t* to_origin, const std::size_t* region, std::size_t from_row,
                             std::size_t from_slice, std::size_t to_row, std::size_t to_slice, void* to, cl_uint events,
                             const cl_event* list, cl_event* event) {
  queue* const in = find_queue(handle);
  if (in == nullptr)
    return below().clEnqueueReadBufferRect(handle, memory, blocking, from_origin, to_origin, region, from_row,
                                           from_slice, to_row, to_slice, to, events, list, event);
  const buffer from = find_buffer(memory);
  if (from.whole == nullptr) return CL_INVALID_MEM_OBJECT;
  if (to == nullptr || !fits(from, from_origin, {from_row, from_slice}, region)) return CL_INVALID_VALUE;
  if ((from.flags & no_reading) != 0) return CL_INVALID_OPERATION;
  std::vector<row> rows = rows_of(static_cast<std::byte*>(to), to_origin, {to_row, to_slice}, device_address(from, 0),
                                  from_origin, {from_row, from_slice}, region);
  const std::size_t bytes = region[0] * region[1] * region[2];
  const bool pinned =
      is_pinned(rows.front().to, static_cast<std::size_t>(rows.back().to + region[0] - rows.front().to));
  count(kind::read);
  count_pageable(pinned, bytes);
  return put(*in,
             {.run = [rows = std::move(rows), pinned](
                         timing& times) { return transfer(times, direction::to_host, model().read_us, rows, pinned); },
              .keeps = {memory}},
             CL_COMMAND_READ_BUFFER_RECT, events, list, event, blocking);
}

cl_int CL_API_CALL write_rect(cl_command_queue handle, cl_mem memory, cl_bool blocking, const std::size_t* to_origin,
                              const std::size_t* from_origin, const std::size_t* region, std::size_t to_row,
                              std::size_t to_slice, std::size_t from_row, std::size_t from_slice, const void* from,
                              cl_uint events, const cl_event* list, cl_event* event) {
  queue* const in = find_queue(handle);
  if (in == nullptr)
    return below().clEnqueueWriteBufferRect(handle, memory, blocking, to_origin, from_origin, region, to_row, to_slice,
                                            from_row, from_slice, from, events, list, event);
  const buffer to = find_buffer(memory);
  if (to.whole == nullptr) return CL_INVALID_MEM_OBJECT;
  if (from == nullptr || !fits(to, to_origin, {to_row, to_slice}, region)) return CL_INVALID_VALUE;
  if ((to.flags & no_writing) != 0) return CL_INVALID_OPERATION;
  std::vector<row> rows = rows_of(device_address(to, 0), to_origin, {to_row, to_slice},
                                  static_cast<const std::byte*>(from), from_origin, {from_row, from_slice}, region);
  const std::size_t bytes = region[0] * region[1] * region[2];
  const bool pinned =
      is_pinned(rows.front().from, static_cast<std::size_t>(rows.back().from + region[0] - rows.front().from));
  // Two rows are a copy engine's, as small as they may be.
  const bool small = rows.size() == 1 && is_small_write(bytes, pinned);
  count(small ? kind::small_write : kind::write);
  count_pageable(pinned, bytes);
  return put(*in,
             {.run =
                  [rows = std::move(rows), small, pinned](timing& times) {
                    if (!small) return transfer(times, direction::to_device, model().write_us, rows, pinned);
                    return compute(times, model().small_write_us, rows[0].bytes,
                                   [&] { std::memmove(rows[0].to, rows[0].from, rows[0].bytes); });
                  },
              .keeps = {memory}},
             CL_COMMAND_WRITE_BUFFER_RECT, events, list, event, blocking);
}

cl_int copy(queue& in, cl_mem from, cl_mem to, std::vector<row> rows, cl_command_type type, cl_uint events,
            const cl_event* list, cl_event* event) {
  std::size_t bytes = 0;
  for (const row& each : rows) bytes += each.bytes;
  count(kind::copy);
  return enqueue(in,
                 {.run =
                      [rows = std::move(rows), bytes](timing& times) {
                        return compute(times, model().kernel_us, bytes, [&] {
                          for (const row& each : rows) std::memcpy(each.to, each.from, each.bytes);
                        });
                      },
                  .keeps = {from, to}},
                 type, events, list, event, false);
}

cl_int CL_API_CALL copy_buffer(cl_command_queue handle, cl_mem source, cl_mem target, std::size_t from_offset,
                               std::size_t to_offset, std::size_t bytes, cl_uint events, const cl_event* list,
                               cl_event* event) {
  queue* const in = find_queue(handle);
  if (in == nullptr)
    return below().clEnqueueCopyBuffer(handle, source, target, from_offset, to_offset, bytes, events, list, event);
  const buffer from = find_buffer(source), to = find_buffer(target);
  if (from.whole == nullptr || to.whole == nullptr) return CL_INVALID_MEM_OBJECT;
  if (!fits(from, from_offset, bytes) || !fits(to, to_offset, bytes)) return CL_INVALID_VALUE;
  const std::byte* const begin = device_address(from, from_offset);
  std::byte* const end = device_address(to, to_offset);
  if (begin < end + bytes && end < begin + bytes) return CL_MEM_COPY_OVERLAP;
  return copy(*in, source, target, {{end, begin, bytes}}, CL_COMMAND_COPY_BUFFER, events, list, event);
}

cl_int CL_API_CALL copy_rect(cl_command_queue handle, cl_mem source, cl_mem target, const std::size_t* from_origin,
                             const std::size_t* to_origin, const std::size_t* region, std::size_t from_row,
                             std::size_t from_slice, std::size_t to_row, std::size_t to_slice, cl_uint events,
                             const cl_event* list, cl_event* event) {
  queue* const in = find_queue(handle);
  if (in == nullptr)
    return below().clEnqueueCopyBufferRect(handle, source, target, from_origin, to_origin, region, from_row, from_slice,
                                           to_row, to_slice, events, list, event);
  const buffer from = find_buffer(source), to = find_buffer(target);
  if (from.whole == nullptr || to.whole == nullptr) return CL_INVALID_MEM_OBJECT;
  if (!fits(from, from_origin, {from_row, from_slice}, region) || !fits(to, to_origin, {to_row, to_slice}, region))
    return CL_INVALID_VALUE;
  return copy(*in, source, target,
              rows_of(device_address(to, 0), to_origin, {to_row, to_slice}, device_address(from, 0), from_origin,
                      {from_row, from_slice}, region),
              CL_COMMAND_COPY_BUFFER_RECT, events, list, event);
}

cl_int CL_API_CALL fill_buffer(cl_command_queue handle, cl_mem memory, const void* pattern, std::size_t pattern_bytes,
                               std::size_t offset, std::size_t bytes, cl_uint events, const cl_event* list,
                               cl_event* event) {
  queue* const in = find_queue(handle);
  if (in == nullptr)
    return below().clEnqueueFillBuffer(handle, memory, pattern, pattern_bytes, offset, bytes, events, list, event);
  const buffer to = find_buffer(memory);
  if (to.whole == nullptr) return CL_INVALID_MEM_OBJECT;
  const bool allowed = pattern_bytes != 0 && pattern_bytes <= 128 && (pattern_bytes & (pattern_bytes - 1)) == 0;
  if (pattern == nullptr || !allowed || !fits(to, offset, bytes) || offset % pattern_bytes != 0 ||
      bytes % pattern_bytes != 0)
    return CL_INVALID_VALUE;
  count(kind::fill);
  const auto* const first = static_cast<const std::byte*>(pattern);
  return enqueue(*in,
                 {.run =
                      [=, pattern = std::vector<std::byte>(first, first + pattern_bytes)](timing& times) {
                        return compute(times, model().fill_us, bytes, [&] {
                          for (std::size_t k = 0; k < bytes; k += pattern.size())
                            std::memcpy(device_address(to, offset + k), pattern.data(), pattern.size());
                        });
                      },
                  .keeps = {memory}},
                 CL_COMMAND_FILL_BUFFER, events, list, event, false);
}

// From the device to the copy that the host sees, as a read does; back as a write does, the compute engine's where it
// is of few bytes.
command synchronization(cl_mem memory, const buffer& of, region part, bool to_host, bool copies) {
  const bool computes = !to_host && is_small(part.bytes);
  if (copies) count(computes ? kind::unmap : kind::map);
  std::byte* const host = host_address(of, part.offset);
  std::byte* const device = device_address(of, part.offset);
  const row whole = to_host ? row{host, device, part.bytes} : row{device, host, part.bytes};
  return {.run =
              [=](timing& times) {
                if (!copies) return CL_SUCCESS;
                if (computes)
                  return compute(times, model().map_us, 0, [&] { std::memcpy(whole.to, whole.from, whole.bytes); });
                const direction where = to_host ? direction::to_host : direction::to_device;
                return transfer(times, where, model().map_us, {whole}, true);
              },
          .keeps = {memory}};
}

void* CL_API_CALL map_buffer(cl_command_queue handle, cl_mem memory, cl_bool blocking, cl_map_flags flags,
                             std::size_t offset, std::size_t bytes, cl_uint events, const cl_event* list,
                             cl_event* event, cl_int* code) {
  queue* const in = find_queue(handle);
  if (in == nullptr)
    return below().clEnqueueMapBuffer(handle, memory, blocking, flags, offset, bytes, events, list, event, code);
  const buffer of = find_buffer(memory);
  const bool reads = (flags & CL_MAP_READ) != 0,
             writes = (flags & (CL_MAP_WRITE | CL_MAP_WRITE_INVALIDATE_REGION)) != 0;
  cl_int result = CL_SUCCESS;
  if (of.whole == nullptr)
    result = CL_INVALID_MEM_OBJECT;
  else if (!fits(of, offset, bytes))
    result = CL_INVALID_VALUE;
  else if ((reads && (of.flags & no_reading) != 0) || (writes && (of.flags & no_writing) != 0))
    result = CL_INVALID_OPERATION;
  else if (host_address(of, offset) == nullptr)
    result = CL_MAP_FAILURE;
  std::byte* const address = result == CL_SUCCESS ? host_address(of, offset) : nullptr;
  if (result == CL_SUCCESS) {
    note_mapping(of, {address, {offset, bytes}, flags});
    const bool copies = (flags & CL_MAP_WRITE_INVALIDATE_REGION) == 0;
    result = put(*in, synchronization(memory, of, {offset, bytes}, true, copies), CL_COMMAND_MAP_BUFFER, events, list,
                 event, blocking);
    allocation::mapping taken;
    if (result != CL_SUCCESS) take_mapping(of, address, taken);
  }
  if (code != nullptr) *code = result;
  return result == CL_SUCCESS ? address : nullptr;
}

cl_int CL_API_CALL unmap(cl_command_queue handle, cl_mem memory, void* address, cl_uint events, const cl_event* list,
                         cl_event* event) {
  queue* const in = find_queue(handle);
  const buffer of = find_buffer(memory);
  if (in == nullptr || of.whole == nullptr)
    return below().clEnqueueUnmapMemObject(handle, memory, address, events, list, event);
  allocation::mapping taken;
  if (!take_mapping(of, address, taken)) return CL_INVALID_VALUE;
  const bool writes = (taken.flags & (CL_MAP_WRITE | CL_MAP_WRITE_INVALIDATE_REGION)) != 0;
  return put(*in, synchronization(memory, of, taken.where, false, writes), CL_COMMAND_UNMAP_MEM_OBJECT, events, list,
             event, CL_FALSE);
}

// What only orders commands, in the compute engine's time.
cl_int only_order(cl_command_queue handle, cl_uint count_of, const cl_mem* objects, cl_command_type type,
                  cl_uint events, const cl_event* list, cl_event* event) {
  if (count_of == 0 || objects == nullptr) return CL_INVALID_VALUE;
  count(kind::marker);
  return enqueue(*find_queue(handle),
                 {.run = [](timing& times) { return compute(times, model().marker_us, 0, [] {}); },
                  .keeps = std::vector<cl_mem>(objects, objects + count_of)},
                 type, events, list, event, false);
}

cl_int CL_API_CALL migrate(cl_command_queue handle, cl_uint count_of, const cl_mem* objects,
                           cl_mem_migration_flags flags, cl_uint events, const cl_event* list, cl_event* event) {
  if (find_queue(handle) == nullptr)
    return below().clEnqueueMigrateMemObjects(handle, count_of, objects, flags, events, list, event);
  return only_order(handle, count_of, objects, CL_COMMAND_MIGRATE_MEM_OBJECTS, events, list, event);
}

}  // namespace

cl_int CL_API_CALL acquire_external(cl_command_queue queue, cl_uint count, const cl_mem* objects, cl_uint events,
                                    const cl_event* list, cl_event* event) {
  if (find_queue(queue) == nullptr) return CL_INVALID_COMMAND_QUEUE;
  return only_order(queue, count, objects, CL_COMMAND_ACQUIRE_EXTERNAL_MEM_OBJECTS_KHR, events, list, event);
}
cl_int CL_API_CALL release_external(cl_command_queue queue, cl_uint count, const cl_mem* objects, cl_uint events,
                                    const cl_event* list, cl_event* event) {
  if (find_queue(queue) == nullptr) return CL_INVALID_COMMAND_QUEUE;
  return only_order(queue, count, objects, CL_COMMAND_RELEASE_EXTERNAL_MEM_OBJECTS_KHR, events, list, event);
}

void put_transfers(cl_icd_dispatch& table) {
  table.clEnqueueReadBuffer = read_buffer;
  table.clEnqueueWriteBuffer = write_buffer;
  table.clEnqueueReadBufferRect = read_rect;
  table.clEnqueueWriteBufferRect = write_rect;
  table.clEnqueueCopyBuffer = copy_buffer;
  table.clEnqueueCopyBufferRect = copy_rect;
  table.clEnqueueFillBuffer = fill_buffer;
  table.clEnqueueMapBuffer = map_buffer;
  table.clEnqueueUnmapMemObject = unmap;
  table.clEnqueueMigrateMemObjects = migrate;
}

}  // namespace gpu_model
