#include "rows.hpp"

#include "mpi.hpp"

#include <algorithm>

namespace clique::tools {

json to_json(const rank_info& info) {
  const device_info& device = info.device;
  return {{"rank", info.rank},
          {"size", info.size},
          {"node_rank", info.node_rank},
          {"node_size", info.node_size},
          {"host", info.host},
          {"platform", device.platform},
          {"device", device.name},
          {"vendor", device.vendor},
          {"type", device.type},
          {"opencl", device.version},
          {"opencl_c", device.c_version},
          {"driver", device.driver},
          {"memory", device.memory},
          {"max_allocation", device.max_allocation},
          {"compute_units", device.compute_units},
          {"fp64", device.fp64},
          {"fp16", device.fp16},
          {"host_unified", device.host_unified},
          {"staging", info.staging},
          {"staging_reason", info.staging_reason},
          {"transport", info.transport},
          {"transport_reason", info.transport_reason},
          {"mpi", info.mpi}};
}

std::vector<json> gather_rows(const communicator& comm) {
  const std::string mine = to_json(comm.describe()).dump(-1, ' ', false, json::error_handler_t::replace);
  std::vector<json> rows;
  for (const std::string& text : gather(MPI_COMM_WORLD, mine)) rows.push_back(json::parse(text));
  return rows;
}

std::vector<std::string> distinct(const std::vector<json>& rows, const char* field) {
  std::vector<std::string> values;
  for (const json& row : rows) {
    auto value = row.at(field).get<std::string>();
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(std::move(value));
  }
  return values;
}

std::string to_text(const json& document) {
  return document.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace clique::tools
