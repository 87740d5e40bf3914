// The environment variables: what each takes, what it refuses, and what the refusal says.
#include "core/config.hpp"
#include "core/check.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

using namespace clique;
using core::config;

namespace {

std::map<std::string, std::string> environment;

const char* get(const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? nullptr : found->second.c_str();
}

config parsed(std::map<std::string, std::string> with) {
  environment = std::move(with);
  std::vector<std::string> entries{"PATH=/bin", "CLIQUEISH=1"};  // not ours
  for (const auto& [name, value] : environment) entries.push_back(name + "=" + value);
  std::vector<const char*> names;
  for (const auto& each : entries) names.push_back(each.c_str());
  names.push_back(nullptr);
  return core::parse(get, names.data());
}

// What the refusal says; fails where there is none.
std::string refusal(const std::string& name, const std::string& value) {
  try {
    parsed({{name, value}});
  } catch (const error& failure) {
    CHECK(failure.code() == status::invalid_argument);
    return failure.what();
  }
  FAIL("accepted: ", name, "=", value);
  return {};
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("without variables the settings are the documented ones") {
  const config plain = parsed({});
  CHECK(plain.device.empty());
  CHECK(plain.staging == core::staging_choice::automatic);
  CHECK(plain.transport == core::transport_choice::automatic);
  CHECK(plain.algorithm.empty());
  CHECK(plain.timeout == 300);
  CHECK(plain.inline_bytes == 4096);
  CHECK(plain.segment_bytes == 1 << 20);
  CHECK(plain.slots == 4);
  CHECK(plain.staging_bytes == 0);
  CHECK(plain.max_allocation == ~std::size_t{0});
  CHECK(plain.arena_bytes == 0);
  CHECK(plain.cache.empty());
  CHECK_FALSE(plain.progress_thread);
  CHECK_FALSE(plain.log);
}

TEST_CASE("every variable sets its setting") {
  const config all = parsed({{"CLIQUE_DEVICE", "pocl:1"},
                             {"CLIQUE_STAGING", "slots"},
                             {"CLIQUE_TRANSPORT", "mpi"},
                             {"CLIQUE_ALGORITHM", "alltoall:pull"},
                             {"CLIQUE_TIMEOUT", "0.25"},
                             {"CLIQUE_INLINE_BYTES", "512"},
                             {"CLIQUE_SEGMENT_BYTES", "128K"},
                             {"CLIQUE_SLOTS", "7"},
                             {"CLIQUE_STAGING_BYTES", "64M"},
                             {"CLIQUE_MAX_ALLOC_BYTES", "3M"},
                             {"CLIQUE_ARENA_BYTES", "2G"},
                             {"CLIQUE_CACHE_DIR", "none"},
                             {"CLIQUE_PROGRESS_THREAD", "1"},
                             {"CLIQUE_LOG", "1"}});
  CHECK(all.device == "pocl:1");
  CHECK(all.staging == core::staging_choice::slots);
  CHECK(all.transport == core::transport_choice::mpi);
  CHECK(all.algorithm == "alltoall:pull");
  CHECK(all.timeout == 0.25);
  CHECK(all.inline_bytes == 512);
  CHECK(all.segment_bytes == 128 * 1024);
  CHECK(all.slots == 7);
  CHECK(all.staging_bytes == std::size_t{64} << 20);
  CHECK(all.max_allocation == 3 * 1024 * 1024);
  CHECK(all.arena_bytes == std::size_t{2} << 30);
  CHECK(all.cache == "none");
  CHECK(all.progress_thread);
  CHECK(all.log);
  CHECK(parsed({{"CLIQUE_STAGING", "auto"}}).staging == core::staging_choice::automatic);
  CHECK(parsed({{"CLIQUE_STAGING", "direct"}}).staging == core::staging_choice::direct);
  CHECK(parsed({{"CLIQUE_STAGING", "host"}}).staging == core::staging_choice::host);
  CHECK(parsed({{"CLIQUE_STAGING", "mapped"}}).staging == core::staging_choice::mapped);
  CHECK(parsed({{"CLIQUE_TRANSPORT", "auto"}}).transport == core::transport_choice::automatic);
  CHECK(parsed({{"CLIQUE_TRANSPORT", "shm"}}).transport == core::transport_choice::shm);
  CHECK_FALSE(parsed({{"CLIQUE_LOG", "0"}}).log);
}

TEST_CASE("an empty variable is as good as none") {
  for (const char* name : {"CLIQUE_TIMEOUT", "CLIQUE_STAGING", "CLIQUE_SLOTS", "CLIQUE_LOG"}) {
    CHECK_NOTHROW(parsed({{name, ""}}));
  }
}

TEST_CASE("the edges of what is allowed") {
  CHECK(parsed({{"CLIQUE_INLINE_BYTES", "0"}}).inline_bytes == 0);
  CHECK(parsed({{"CLIQUE_INLINE_BYTES", "64K"}}).inline_bytes == 65536);
  CHECK(parsed({{"CLIQUE_SEGMENT_BYTES", "64"}}).segment_bytes == 64);
  CHECK(parsed({{"CLIQUE_SEGMENT_BYTES", "1G"}}).segment_bytes == std::size_t{1} << 30);
  CHECK(parsed({{"CLIQUE_SLOTS", "1024"}}).slots == 1024);
  CHECK(parsed({{"CLIQUE_ARENA_BYTES", "16M"}}).arena_bytes == std::size_t{16} << 20);
  CHECK(parsed({{"CLIQUE_MAX_ALLOC_BYTES", "1"}}).max_allocation == 1);
  CHECK(parsed({{"CLIQUE_MAX_ALLOC_BYTES", "18446744073709551615"}}).max_allocation == ~std::size_t{0});
  CHECK(parsed({{"CLIQUE_MAX_ALLOC_BYTES", "17179869183G"}}).max_allocation == std::size_t{17179869183} << 30);
}

TEST_CASE("a refusal names the variable, its value and what it may be") {
  const struct {
    const char *name, *valid;
    std::vector<const char*> values;
  } wrong[] = {
      {"CLIQUE_STAGING", "auto, direct, host, mapped, slots, exported", {"Direct", "automatic", "direct ", "1"}},
      {"CLIQUE_TRANSPORT", "auto, shm, mpi", {"tcp", "SHM"}},
      {"CLIQUE_TIMEOUT", "seconds, above 0", {"0", "-1", "soon", "1s", "nan", "inf", "1e10", " 1"}},
      {"CLIQUE_INLINE_BYTES", "0 to 64K", {"65537", "65K", "-1", "1k", "K", "4 K", "0x10", "1.5", "4KB"}},
      {"CLIQUE_SEGMENT_BYTES", "64 to 1G", {"63", "0", "2G", "1073741825"}},
      {"CLIQUE_SLOTS", "1 to 1024", {"0", "1025", "-3", "four"}},
      {"CLIQUE_STAGING_BYTES", "bytes, above 0", {"0", "-1", "64X", "much"}},
      {"CLIQUE_MAX_ALLOC_BYTES",
       "above 0",
       {"0", "18446744073709551616", "17179869184G", "17179869185G", "99999999999999999999M"}},
      {"CLIQUE_ARENA_BYTES", "at least 16M", {"15M", "16777215", "18014398509498368K"}},
      {"CLIQUE_PROGRESS_THREAD", "0 or 1", {"yes", "2", "01", "true"}},
      {"CLIQUE_LOG", "0 or 1", {"on", "-1"}},
  };
  for (const auto& each : wrong) {
    for (const char* value : each.values) {
      const std::string text = refusal(each.name, value);
      CAPTURE(text);
      CHECK(says(text, each.name));
      CHECK(says(text, "\"" + std::string(value) + "\""));
      CHECK(says(text, each.valid));
    }
  }
}

TEST_CASE("a name that is nearly a variable's is refused, with the one that was meant") {
  const struct {
    const char *wrong, *meant;
  } table[] = {
      {"CLIQUE_STAGEING", "CLIQUE_STAGING"},
      {"CLIQUE_DEVICES", "CLIQUE_DEVICE"},
      {"CLIQUE_DEVCIE", "CLIQUE_DEVICE"},
      {"CLIQUE_TIMOUT", "CLIQUE_TIMEOUT"},
      {"CLIQUE_TIME_OUT", "CLIQUE_TIMEOUT"},
      {"CLIQUE_timeout", "CLIQUE_TIMEOUT"},
      {"CLIQUE_TRANSPROT", "CLIQUE_TRANSPORT"},
      {"CLIQUE_TRANS_PORT", "CLIQUE_TRANSPORT"},
      {"CLIQUE_ALGORITHMS", "CLIQUE_ALGORITHM"},
      {"CLIQUE_ALGORYTM", "CLIQUE_ALGORITHM"},
      {"CLIQUE_SLOT", "CLIQUE_SLOTS"},
      {"CLIQUE_LOGS", "CLIQUE_LOG"},
      {"CLIQUE__LOG", "CLIQUE_LOG"},
      {"CLIQUE_CACHEDIR", "CLIQUE_CACHE_DIR"},
      {"CLIQUE_CACH_DIR", "CLIQUE_CACHE_DIR"},
      {"CLIQUE_SEGMENT_BYTE", "CLIQUE_SEGMENT_BYTES"},
      {"CLIQUE_SEGEMNT_BYTES", "CLIQUE_SEGMENT_BYTES"},
      {"CLIQUE_PROGRES_THREADS", "CLIQUE_PROGRESS_THREAD"},
  };
  for (const auto& row : table) {
    const std::string text = refusal(row.wrong, "1");
    CAPTURE(text);
    CHECK(text.starts_with(row.wrong));
    CHECK(says(text, std::string(row.meant) + " is:"));
  }
}

TEST_CASE("what environment modules, package managers and Kubernetes make is passed over") {
  for (const char* name :
       {"CLIQUE_ROOT", "CLIQUE_HOME", "CLIQUE_DIR", "CLIQUE_PREFIX", "CLIQUE_PATH", "CLIQUE_BASE", "CLIQUE_VERSION",
        "CLIQUE_INC", "CLIQUE_INCLUDE", "CLIQUE_INC_DIR", "CLIQUE_INCLUDE_PATH", "CLIQUE_LIB", "CLIQUE_LIBS",
        "CLIQUE_LIBRARY", "CLIQUE_LIB_DIR", "CLIQUE_LIBDIR", "CLIQUE_LIBRARIES", "CLIQUE_BIN", "CLIQUE_BINDIR",
        "CLIQUE_ROOT_DIR",
        // a Service called clique, and others
        "CLIQUE_SERVICE_HOST", "CLIQUE_SERVICE_PORT", "CLIQUE_SERVICE_PORT_HTTP", "CLIQUE_PORT", "CLIQUE_PORT_80_TCP",
        "CLIQUE_METRICS_SERVICE_HOST", "CLIQUE_METRICS_SERVICE_PORT", "CLIQUE_METRICS_SERVICE_PORT_GRPC_WEB",
        "CLIQUE_METRICS_PORT", "CLIQUE_METRICS_PORT_9100_TCP", "CLIQUE_METRICS_PORT_9100_TCP_PROTO",
        "CLIQUE_METRICS_PORT_9100_TCP_PORT", "CLIQUE_METRICS_PORT_9100_TCP_ADDR", "CLIQUE_METRICS_PORT_53_UDP",
        "CLIQUE_METRICS_PORT_53_UDP_ADDR", "CLIQUE_METRICS_PORT_7_SCTP", "CLIQUE_LOG_PORT", "CLIQUE_DEVICE_PORT"}) {
    CAPTURE(name);
    CHECK_NOTHROW(CHECK(parsed({{name, "tcp://10.0.0.1:9100"}}).warnings.empty()));
  }
}

TEST_CASE("any other name that begins like clique's is a warning with the variables that there are") {
  for (const char* name : {"CLIQUE_", "CLIQUE_SERVICE", "CLIQUE_COLOR", "CLIQUE_SEGMENT", "CLIQUE_PORT_TCP",
                           "CLIQUE_PORT__TCP", "CLIQUE_X_80_TCP", "CLIQUE_TCP", "CLIQUE_HOMES"}) {
    const config with = parsed({{name, "1"}, {"CLIQUE_SLOTS", "7"}});
    CAPTURE(name);
    REQUIRE(with.warnings.size() == 1);
    const std::string& text = with.warnings.front();
    CAPTURE(text);
    CHECK(text.starts_with(std::string(name) + " is no variable"));
    for (const char* known : {"CLIQUE_DEVICE", "CLIQUE_STAGING", "CLIQUE_TIMEOUT", "CLIQUE_LOG"}) {
      CHECK(says(text, known));
    }
    CHECK(with.slots == 7);
  }
  CHECK(parsed({{"CLIQUEISH", "1"}}).warnings.empty());
  CHECK(parsed({{"CLIQUE_COLOR", "1"}, {"CLIQUE_SHAPE", "1"}}).warnings.size() == 2);
}
