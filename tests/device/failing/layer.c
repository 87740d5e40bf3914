/* An OpenCL layer that breaks devices, to see what becomes of the others. For platforms whose name has the text of
 *   FAIL_PLATFORM   clGetDeviceIDs fails,
 *   FAIL_DEVICE     every query of their devices fails, but that of the name and the platform,
 *   FAIL_PARTITION  clCreateSubDevices fails;
 * with LIST_TWICE=1 each platform is listed twice, as where two .icd files name one library; and with LATE_CALLBACKS=1
 * the destructor callbacks of memory objects come 20 ms late and in another thread, as NVIDIA's may. */
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl_layer.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const cl_icd_dispatch* next;
static cl_icd_dispatch own;

static int is_named(cl_platform_id platform, const char* variable) {
  char name[256] = "";
  const char* const part = getenv(variable);
  if (part == NULL) return 0;
  next->clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof name - 1, name, NULL);
  return strstr(name, part) != NULL;
}

static int is_of(cl_device_id device, const char* variable) {
  cl_platform_id platform = NULL;
  next->clGetDeviceInfo(device, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL);
  return is_named(platform, variable);
}

static cl_int CL_API_CALL get_platforms(cl_uint entries, cl_platform_id* platforms, cl_uint* count) {
  const cl_uint times = getenv("LIST_TWICE") != NULL ? 2 : 1;
  cl_platform_id all[64];
  cl_uint there = 0;
  const cl_int code = next->clGetPlatformIDs(64, all, &there);
  if (code != CL_SUCCESS) return code;
  for (cl_uint k = 0; platforms != NULL && k < entries && k < there * times; ++k) platforms[k] = all[k % there];
  if (count != NULL) *count = there * times;
  return CL_SUCCESS;
}

static cl_int CL_API_CALL get_devices(cl_platform_id platform, cl_device_type type, cl_uint entries,
                                      cl_device_id* devices, cl_uint* count) {
  if (is_named(platform, "FAIL_PLATFORM")) return CL_OUT_OF_HOST_MEMORY;
  return next->clGetDeviceIDs(platform, type, entries, devices, count);
}

static cl_int CL_API_CALL get_info(cl_device_id device, cl_device_info what, size_t size, void* value, size_t* bytes) {
  const int known = what == CL_DEVICE_NAME || what == CL_DEVICE_PLATFORM;
  if (!known && is_of(device, "FAIL_DEVICE")) return CL_OUT_OF_RESOURCES;
  return next->clGetDeviceInfo(device, what, size, value, bytes);
}

static cl_int CL_API_CALL create_parts(cl_device_id device, const cl_device_partition_property* how, cl_uint entries,
                                       cl_device_id* parts, cl_uint* count) {
  if (is_of(device, "FAIL_PARTITION")) return CL_DEVICE_PARTITION_FAILED;
  return next->clCreateSubDevices(device, how, entries, parts, count);
}

struct callback {
  void(CL_CALLBACK* call)(cl_mem, void*);
  cl_mem object;
  void* data;
};

static void* call_later(void* what) {
  const struct callback it = *(struct callback*)what;
  free(what);
  usleep(20000);
  it.call(it.object, it.data);
  return NULL;
}

static void CL_CALLBACK destroyed(cl_mem object, void* what) {
  pthread_t thread;
  (void)object;
  if (pthread_create(&thread, NULL, call_later, what) == 0) pthread_detach(thread);
}

static cl_int CL_API_CALL set_callback(cl_mem object, void(CL_CALLBACK* call)(cl_mem, void*), void* data) {
  struct callback* const it = getenv("LATE_CALLBACKS") != NULL ? malloc(sizeof *it) : NULL;
  if (it == NULL) return next->clSetMemObjectDestructorCallback(object, call, data);
  *it = (struct callback){call, object, data};
  return next->clSetMemObjectDestructorCallback(object, destroyed, it);
}

CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(cl_layer_info what, size_t size, void* value, size_t* bytes) {
  const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
  if (what != CL_LAYER_API_VERSION) return CL_INVALID_VALUE;
  if (value != NULL && size < sizeof version) return CL_INVALID_VALUE;
  if (value != NULL) memcpy(value, &version, sizeof version);
  if (bytes != NULL) *bytes = sizeof version;
  return CL_SUCCESS;
}

CL_API_ENTRY cl_int CL_API_CALL clInitLayer(cl_uint entries, const cl_icd_dispatch* target, cl_uint* count,
                                            const cl_icd_dispatch** layer) {
  if (entries < sizeof own / sizeof(void*)) return CL_INVALID_VALUE;
  next = target;
  memcpy(&own, target, sizeof own);
  own.clGetPlatformIDs = get_platforms;
  own.clGetDeviceIDs = get_devices;
  own.clGetDeviceInfo = get_info;
  own.clCreateSubDevices = create_parts;
  own.clSetMemObjectDestructorCallback = set_callback;
  *layer = &own;
  *count = sizeof own / sizeof(void*);
  fprintf(stderr, "the failing layer is there\n");
  return CL_SUCCESS;
}
