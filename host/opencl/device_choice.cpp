#include "opencl/device_choice.hpp"

#include "core/config.hpp"
#include "core/log.hpp"
#include "opencl/device_list.hpp"
#include "opencl/device_state.hpp"
#include "opencl/query.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <mutex>
#include <span>

namespace clique {
namespace opencl {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
         }) != text.end();
}

bool is_type(const std::string& text) {
  return text == "gpu" || text == "cpu" || text == "accelerator";
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

device_wish parse_wish(std::string_view text) {
  device_wish wish;
  const auto colon = text.rfind(':');
  const std::string_view digits = colon == text.npos ? text : text.substr(colon + 1);
  std::size_t index = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  const bool number = !digits.empty() && code == std::errc{} && end == digits.data() + digits.size();
  require(number || colon == text.npos, status::invalid_argument,
          "CLIQUE_DEVICE is \"{}\"; it must be a type (gpu, cpu, accelerator), part of a platform's name, an index, "
          "TYPE:INDEX or PLATFORM:INDEX",
          text);
  if (number) wish.index = index;
  if (colon != text.npos) wish.kind = text.substr(0, colon);
  if (colon == text.npos && !number) wish.kind = text;
  if (is_type(lower(wish.kind))) wish.kind = lower(wish.kind);
  return wish;
}

std::vector<std::size_t> fitting(const std::vector<device_info>& list, const device_wish& wish) {
  std::vector<std::size_t> fit;
  for (std::size_t k = 0; k < list.size(); ++k) {
    const device_info& each = list[k];
    if (wish.kind.empty()) {
      if (!wish.index && each.type != list.front().type) continue;  // they come best type first
    } else if (is_type(wish.kind)) {
      if (each.type != wish.kind) continue;
    } else if (!contains(each.platform, wish.kind) && !contains(each.version, wish.kind)) {
      continue;
    }
    fit.push_back(k);
  }
  if (!wish.index) return fit;
  return *wish.index < fit.size() ? std::vector{fit[*wish.index]} : std::vector<std::size_t>{};
}

device_share deal(std::size_t devices, int node_rank, int node_size) {
  const auto rank = static_cast<std::size_t>(node_rank), size = static_cast<std::size_t>(node_size);
  const std::size_t mine = rank % devices;
  return {mine, rank / devices, size / devices + (mine < size % devices ? 1 : 0)};
}

unit_share split(unsigned units, std::size_t processes) {
  units = std::max(units, 1u);
  const unsigned each = std::max(1u, static_cast<unsigned>(units / processes));
  return {each, units / each};
}

namespace {

std::string list_of(const std::vector<device_info>& list) {
  std::string text;
  for (std::size_t k = 0; k < list.size(); ++k) {
    text += core::formatted("{}[{}] {}: {} ({}, {})", k == 0 ? "" : ", ", k, list[k].type, list[k].name,
                            list[k].platform, list[k].version);
  }
  return text;
}

bool can_split(const cl::Device& device) {
  if (query<cl_uint>(device(), CL_DEVICE_PARTITION_MAX_SUB_DEVICES, "CL_DEVICE_PARTITION_MAX_SUB_DEVICES") <= 1)
    return false;
  std::size_t bytes = 0;
  check(clGetDeviceInfo(device(), CL_DEVICE_PARTITION_PROPERTIES, 0, nullptr, &bytes),
        "clGetDeviceInfo(CL_DEVICE_PARTITION_PROPERTIES)");
  std::vector<cl_device_partition_property> ways(bytes / sizeof(cl_device_partition_property));
  if (ways.empty()) return false;
  check(clGetDeviceInfo(device(), CL_DEVICE_PARTITION_PROPERTIES, bytes, ways.data(), nullptr),
        "clGetDeviceInfo(CL_DEVICE_PARTITION_PROPERTIES)");
  return std::find(ways.begin(), ways.end(), CL_DEVICE_PARTITION_EQUALLY) != ways.end();
}

// The sub-devices of so many units each. Made once and kept until exit: a thread of PoCL 3.1 that has completed the
// last event of a queue still looks at the queue's device, which the queue does not hold.
const std::vector<cl::Device>& parts_of(const cl::Device& device, unsigned units) {
  static std::mutex mutex;
  static auto& made = *new std::map<std::pair<cl_device_id, unsigned>, std::vector<cl::Device>>;
  const std::lock_guard lock(mutex);
  const auto known = made.find({device(), units});
  if (known != made.end()) return known->second;
  const cl_device_partition_property how[] = {CL_DEVICE_PARTITION_EQUALLY,
                                              static_cast<cl_device_partition_property>(units), 0};
  cl_uint count = 0;
  check(clCreateSubDevices(device(), how, 0, nullptr, &count), "clCreateSubDevices");
  std::vector<cl_device_id> ids(count);
  if (count != 0) check(clCreateSubDevices(device(), how, count, ids.data(), nullptr), "clCreateSubDevices");
  std::vector<cl::Device> parts;
  for (const cl_device_id id : ids) parts.emplace_back(id);
  return made.emplace(std::pair{device(), units}, std::move(parts)).first->second;
}

// The part of a CPU device for one of the processes that share it; the device itself where it cannot be split.
cl::Device part_of(const cl::Device& device, const device_info& info, const device_share& share) {
  if (share.processes <= 1 || info.type != "cpu") return device;
  const unit_share mine = split(info.compute_units, share.processes);
  if (mine.parts <= 1) return device;
  std::span<const cl::Device> parts;
  std::string why = "it cannot be partitioned";
  try {
    if (can_split(device)) parts = parts_of(device, mine.units);
  } catch (const error& fault) {
    why = fault.what();
  }
  if (parts.empty()) {
    core::log("{} processes share all compute units of {}: {}", share.processes, info.name, why);
    return device;
  }
  core::log("{} processes share {}: this one works on part {} of {}, {} compute units", share.processes, info.name,
            share.place % parts.size(), parts.size(), mine.units);
  return parts[share.place % parts.size()];
}

}  // namespace

cl::Device choose_native(int node_rank, int node_size) {
  require(node_size >= 1 && node_rank >= 0 && node_rank < node_size, status::invalid_argument,
          "process {} of {} on a node does not exist", node_rank, node_size);
  const std::string& text = core::settings().device;
  const device_wish wish = parse_wish(text);
  const found_devices all = find_devices();
  std::string others;
  for (const std::string& each : all.left_out) others += ". " + each;
  require(!all.usable.empty(), status::no_device,
          "there is no OpenCL device{}. Vendors are looked for in /etc/OpenCL/vendors, or where OCL_ICD_VENDORS or "
          "OCL_ICD_FILENAMES point; Debian's package pocl-opencl-icd brings a CPU device",
          others);
  std::vector<device_info> infos;
  for (const found_device& found : all.usable) infos.push_back(found.info);
  const std::vector<std::size_t> fit = fitting(infos, wish);
  require(!fit.empty(), status::no_device, "no OpenCL device fits CLIQUE_DEVICE={}; there are: {}{}", text,
          list_of(infos), others);
  const device_share share = deal(fit.size(), node_rank, node_size);
  const std::size_t mine = fit[share.device];
  core::log("process {} of {} on this node takes device [{}] {} ({}), one of {} that fit {}", node_rank, node_size,
            mine, infos[mine].name, infos[mine].platform, fit.size(),
            text.empty() ? "no wish (the best type)" : "CLIQUE_DEVICE=" + text);
  return part_of(all.usable[mine].device, infos[mine], share);
}

}  // namespace opencl
}  // namespace clique
