#include "ranks.hpp"

#include "mpi.hpp"

#include <clique/error.hpp>

#include <algorithm>
#include <charconv>

namespace clique::tools {

namespace {

// Calls with(name, field) for each field, in the order in which it is printed: what is sent, read and printed follows
// this one list.
template <class Info, class F>
void each_field(Info& info, F&& with) {
  auto& device = info.device;
  with("rank", info.rank);
  with("size", info.size);
  with("node_rank", info.node_rank);
  with("node_size", info.node_size);
  with("host", info.host);
  with("platform", device.platform);
  with("device", device.name);
  with("vendor", device.vendor);
  with("type", device.type);
  with("opencl", device.version);
  with("opencl_c", device.c_version);
  with("driver", device.driver);
  with("memory", device.memory);
  with("max_allocation", device.max_allocation);
  with("compute_units", device.compute_units);
  with("fp64", device.fp64);
  with("fp16", device.fp16);
  with("host_unified", device.host_unified);
  with("staging", info.staging);
  with("staging_reason", info.staging_reason);
  with("buffers", info.buffers);
  with("buffers_reason", info.buffers_reason);
  with("staging_used", info.staging_used);
  with("staging_peak", info.staging_peak);
  with("staging_limit", info.staging_limit);
  with("transport", info.transport);
  with("transport_reason", info.transport_reason);
  with("mpi", info.mpi);
}

// A number is sent as itself, a text behind its length: "4 8 5 hello".
struct sender {
  std::string sent;
  void operator()(const char*, std::size_t number) { sent += std::to_string(number) + ' '; }
  void operator()(const char* name, const std::string& text) {
    (*this)(name, text.size());
    sent += text;
  }
};

struct receiver {
  std::string_view rest;
  template <class T>
  void operator()(const char*, T& number) {
    number = static_cast<T>(next());
  }
  void operator()(const char*, std::string& text) {
    const std::size_t length = next();
    text = rest.substr(0, length);
    rest.remove_prefix(text.size());
  }

 private:
  std::size_t next() {
    std::size_t value = 0;
    const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (code != std::errc{} || end == rest.data() + rest.size())
      throw error(status::internal, "a rank's description is garbled");
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
    return value;
  }
};

}  // namespace

std::vector<rank_info> gather_ranks(const communicator& comm) {
  const rank_info own_info = comm.describe();
  sender own;
  each_field(own_info, own);
  std::vector<rank_info> ranks;
  for (const std::string& text : gather(MPI_COMM_WORLD, own.sent)) each_field(ranks.emplace_back(), receiver{text});
  return ranks;
}

json to_json(const rank_info& info) {
  json::object members;
  each_field(info, [&members](const char* name, const auto& field) { members.push_back({name, field}); });
  return members;
}

std::vector<std::string> distinct(const std::vector<rank_info>& ranks, std::string rank_info::*field) {
  std::vector<std::string> texts;
  for (const rank_info& rank : ranks)
    if (std::find(texts.begin(), texts.end(), rank.*field) == texts.end()) texts.push_back(rank.*field);
  return texts;
}

}  // namespace clique::tools
