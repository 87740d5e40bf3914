// A layer of the OpenCL ICD loader that makes PoCL behave as a discrete GPU does: memory of its own, a bus, a compute
// engine that one process has at a time, copy engines that all share, and the times of their commands.
//
//   OPENCL_LAYERS=/absolute/path/of/this GPU_MODEL=FILE[,NAME=VALUE...] [GPU_MODEL_STATE=FILE] [GPU_MODEL_COUNTS=FILE]
//   PROGRAM
//
// GPU_MODEL names the parameters (parameters.hpp, h200.txt). GPU_MODEL_STATE is the file in which the processes that
// share the GPUs of a node see their engines (default: in TMPDIR, one for each user). Several GPUs: devices=2, and
// POCL_DEVICES="pthread pthread"; with devices=1 there, a GPU beside a CPU. The loader leaves a layer out in silence if
// it cannot be loaded; with GPU_MODEL_COUNTS (counts.hpp) it shows that it was there.
#include "layer.hpp"

#include <cstring>

#include <CL/cl_layer.h>

namespace gpu_model {

namespace {

const cl_icd_dispatch* target = nullptr;
cl_icd_dispatch ours;

// The loader asks a platform for the addresses of its extensions by this one.
void* CL_API_CALL platform_extension(cl_platform_id platform, const char* name) {
  void* const entry = extension_entry(name);
  return entry != nullptr ? entry : target->clGetExtensionFunctionAddressForPlatform(platform, name);
}

}  // namespace

const cl_icd_dispatch& below() {
  return *target;
}

void* extension_entry(const char* name) {
  if (name == nullptr) return nullptr;
  if (std::strcmp(name, "clEnqueueAcquireExternalMemObjectsKHR") == 0) return reinterpret_cast<void*>(acquire_external);
  if (std::strcmp(name, "clEnqueueReleaseExternalMemObjectsKHR") == 0) return reinterpret_cast<void*>(release_external);
  return nullptr;
}

}  // namespace gpu_model

// What CLIQUE_EXPORTER asks for: memory of the device that other processes can import by its descriptor.
extern "C" int clique_export_memory(const unsigned char* /*uuid*/, std::size_t bytes) {
  return gpu_model::export_memory(bytes);
}

CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(cl_layer_info what, size_t room, void* value, size_t* needed) {
  constexpr cl_layer_api_version version = CL_LAYER_API_VERSION_100;
  constexpr char name[] = "gpu_model";
  if (what == CL_LAYER_API_VERSION) return gpu_model::give(&version, sizeof version, room, value, needed);
  if (what == CL_LAYER_NAME) return gpu_model::give(name, sizeof name, room, value, needed);
  return CL_INVALID_VALUE;
}

CL_API_ENTRY cl_int CL_API_CALL clInitLayer(cl_uint entries, const cl_icd_dispatch* below, cl_uint* ours_entries,
                                            const cl_icd_dispatch** ours_table) {
  using namespace gpu_model;
  if (below == nullptr || ours_entries == nullptr || ours_table == nullptr || entries < sizeof ours / sizeof(void*))
    return CL_INVALID_VALUE;
  target = below;
  ours = *below;
  put_descriptions(ours);
  put_buffers(ours);
  put_transfers(ours);
  put_kernels(ours);
  put_events(ours);
  put_svm(ours);
  ours.clGetExtensionFunctionAddressForPlatform = platform_extension;
  *ours_entries = sizeof ours / sizeof(void*);
  *ours_table = &ours;
  (void)model();
  return CL_SUCCESS;
}
