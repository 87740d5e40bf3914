// The vector addition recipe, with an OpenCL kernel of the program's own: clique's arrays are cl::Buffers, its devices
// have a context and a queue, so that everything else of OpenCL fits. (For this sum alone, transform() as in
// elementwise.cpp would do.) One process, no MPI.
//
//   ./vector_add
#include "print.hpp"

#include <clique/clique.hpp>

namespace {

const char* const source = R"(
  __kernel void vectorSum(__global const int* a, __global const int* b, __global int* c) {
    size_t i = get_global_id(0);
    c[i] = a[i] + b[i];
  })";

void check(cl_int code, const char* what) {
  if (code != CL_SUCCESS) throw clique::error(clique::status::opencl_failure, what, -1, code);
}

}  // namespace

int main() try {
  const std::size_t vector_dimension = 20;
  const clique::device device = clique::device::choose();

  clique::array<unsigned> random(device, 2 * vector_dimension);
  random.random(1);
  clique::array<int> vector_a(device, vector_dimension), vector_b(device, vector_dimension),
      result(device, vector_dimension);
  vector_a.transform("r % 100", {{"r", random.subspan(0, vector_dimension)}});
  vector_b.transform("r % 100", {{"r", random.subspan(vector_dimension, vector_dimension)}});

  cl_int code = CL_SUCCESS;
  cl::Program program(device.context(), source, false, &code);
  check(code, "clCreateProgramWithSource");
  check(program.build({device.native()}), "clBuildProgram");
  cl::Kernel kernel(program, "vectorSum", &code);
  check(code, "clCreateKernel");
  check(kernel.setArg(0, vector_a.buffer()), "clSetKernelArg");
  check(kernel.setArg(1, vector_b.buffer()), "clSetKernelArg");
  check(kernel.setArg(2, result.buffer()), "clSetKernelArg");
  // In the queue of the device, after what transform() has put there; so nobody needs to wait in between.
  check(device.queue().enqueueNDRangeKernel(kernel, cl::NullRange, cl::NDRange(vector_dimension)),
        "clEnqueueNDRangeKernel");

  const std::vector<int> a = vector_a.to_host(), b = vector_b.to_host(), c = result.to_host();
  std::cout << "VECTOR A\n"
            << list(a) << "\nVECTOR B\n"
            << list(b) << "\nOUTPUT VECTOR RESULT A + B\n"
            << list(c) << '\n';
  for (std::size_t i = 0; i < vector_dimension; ++i) {
    if (c[i] != a[i] + b[i] || a[i] < 0 || a[i] >= 100 || b[i] < 0 || b[i] >= 100) return 1;
  }
} catch (const clique::error& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
