// Device memory that other processes can import: who can make it. Found when the program runs, never linked.
//
//   CLIQUE_EXPORTER   a shared library with
//                       int clique_export_memory(const unsigned char uuid[16], size_t bytes)
//                     which returns a descriptor of so much memory of the device with that CL_DEVICE_UUID_KHR, or -1
//   CUDA's driver     libcuda.so.1: cuMemCreate, of devices that it knows by that UUID
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>

namespace clique::opencl {

using device_uuid = std::array<unsigned char, 16>;

// Memory of a device. It may go once it has been imported: imports hold it.
class exportable {
 public:
  virtual ~exportable() = default;
  // A new descriptor of it, for one import or for another process; the caller's. -1: none can be had now.
  virtual int descriptor() = 0;
};

class exporter {
 public:
  virtual ~exporter() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  // What memory comes in whole multiples of, in bytes.
  [[nodiscard]] virtual std::size_t unit() const = 0;
  // At least `bytes`. Null where there is no memory. Thread-safe.
  virtual std::unique_ptr<exportable> allocate(std::size_t bytes) = 0;
};

// For the device with that UUID; null: then `why` says why there is none.
std::unique_ptr<exporter> find_exporter(const device_uuid& device, std::string& why);

}  // namespace clique::opencl
