#include "core/config.hpp"

#include "core/check.hpp"
#include "core/launcher.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

extern char** environ;

namespace clique::core {
namespace {

struct variable {
  const char* name;
  const char* valid;  // for people
  bool (*set)(config&, std::string_view);
};

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "4096", "64K", "1M", "2G": bytes.
std::optional<std::size_t> bytes(std::string_view text) {
  unsigned shift = 0;
  if (!text.empty()) {
    constexpr std::string_view units = "KMG";
    if (const auto unit = units.find(text.back()); unit != units.npos) {
      shift = 10u * static_cast<unsigned>(unit + 1);
      text.remove_suffix(1);
    }
  }
  const auto value = number<std::size_t>(text);
  if (!value || (*value << shift) >> shift != *value) return std::nullopt;
  return *value << shift;
}

template <std::size_t config::*Member, std::size_t Least, std::size_t Most>
bool set_bytes(config& to, std::string_view text) {
  const auto value = bytes(text);
  if (!value || *value < Least || *value > Most) return false;
  to.*Member = *value;
  return true;
}

template <bool config::*Member>
bool set_flag(config& to, std::string_view text) {
  if (text != "0" && text != "1") return false;
  to.*Member = text == "1";
  return true;
}

template <std::string config::*Member>
bool set_text(config& to, std::string_view text) {
  to.*Member = text;
  return true;
}

template <auto Member, std::size_t N>
bool set_choice(config& to, std::string_view text, const std::array<std::string_view, N>& names) {
  for (std::size_t k = 0; k < N; ++k) {
    if (text != names[k]) continue;
    to.*Member = static_cast<std::remove_reference_t<decltype(to.*Member)>>(k);
    return true;
  }
  return false;
}

constexpr std::array<std::string_view, 6> staging_names{"auto", "direct", "host", "mapped", "slots", "exported"};

constexpr std::size_t any = ~std::size_t{0};

constexpr variable variables[] = {
    {"CLIQUE_DEVICE",
     "a type (gpu, cpu, accelerator), part of a platform's name, an index, or TYPE:INDEX, PLATFORM:INDEX",
     set_text<&config::device>},
    {"CLIQUE_STAGING", "auto, direct, host, mapped, slots, exported",
     [](config& to, std::string_view text) { return set_choice<&config::staging>(to, text, staging_names); }},
    {"CLIQUE_TRANSPORT", "auto, shm, mpi",
     [](config& to, std::string_view text) {
       return set_choice<&config::transport>(to, text, std::array<std::string_view, 3>{"auto", "shm", "mpi"});
     }},
    {"CLIQUE_REDUCE", "auto, host, kernel",
     [](config& to, std::string_view text) {
       return set_choice<&config::reduce>(to, text, std::array<std::string_view, 3>{"auto", "host", "kernel"});
     }},
    {"CLIQUE_ALGORITHM", "COLLECTIVE:ALGORITHM, separated by commas", set_text<&config::algorithm>},
    {"CLIQUE_TIMEOUT", "seconds, above 0",
     [](config& to, std::string_view text) {
       const auto value = number<double>(text);
       if (!value || !(*value > 0) || *value > 1e9) return false;
       to.timeout = *value;
       return true;
     }},
    {"CLIQUE_INLINE_BYTES", "bytes, 0 to 64K", set_bytes<&config::inline_bytes, 0, 65536>},
    {"CLIQUE_SEGMENT_BYTES", "bytes, 64 to 1G", set_bytes<&config::segment_bytes, 64, std::size_t{1} << 30>},
    {"CLIQUE_SLOTS", "1 to 1024", set_bytes<&config::slots, 1, 1024>},
    {"CLIQUE_STAGING_BYTES", "bytes, above 0", set_bytes<&config::staging_bytes, 1, any>},
    {"CLIQUE_MAX_ALLOC_BYTES", "bytes, above 0", set_bytes<&config::max_allocation, 1, any>},
    {"CLIQUE_ARENA_BYTES", "bytes, at least 16M", set_bytes<&config::arena_bytes, std::size_t{16} << 20, any>},
    {"CLIQUE_PROCESS_READS", "0, 1, auto",
     [](config& to, std::string_view text) {
       return set_choice<&config::process_reads>(to, text, std::array<std::string_view, 3>{"0", "1", "auto"});
     }},
    {"CLIQUE_EXPORTER", "a shared library that makes device memory which processes can share",
     set_text<&config::exporter>},
    {"CLIQUE_CACHE_DIR", "a directory, or none", set_text<&config::cache>},
    {"CLIQUE_PROGRESS_THREAD", "0 or 1", set_flag<&config::progress_thread>},
    {"CLIQUE_LOG", "0 or 1", set_flag<&config::log>},
};

// How many letters differ: left out, put in, replaced, or two neighbours exchanged. Small and capital ones are the
// same.
std::size_t distance(std::string_view a, std::string_view b) {
  const auto same = [](char x, char y) {
    return std::toupper(static_cast<unsigned char>(x)) == std::toupper(static_cast<unsigned char>(y));
  };
  std::vector<std::vector<std::size_t>> of(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        of[i][j] = i + j;
        continue;
      }
      of[i][j] = std::min({of[i - 1][j] + 1, of[i][j - 1] + 1, of[i - 1][j - 1] + !same(a[i - 1], b[j - 1])});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1])) {
        of[i][j] = std::min(of[i][j], of[i - 2][j - 2] + 1);
      }
    }
  }
  return of[a.size()][b.size()];
}

constexpr std::string_view prefix = "CLIQUE_";

// The variable that was meant, if `rest` (what follows the prefix) is one with a letter or so wrong: one, or a quarter
// of them in longer names. So CLIQUE_DEVICES is an error, and CLIQUE_SERVICE is not.
const variable* nearly(std::string_view rest) {
  for (const variable& known : variables) {
    const std::string_view right = std::string_view(known.name).substr(prefix.size());
    if (distance(rest, right) <= std::max<std::size_t>(1, right.size() / 4)) return &known;
  }
  return nullptr;
}

// What environment modules and package managers say of every package: where it and its parts are.
bool is_of_a_package(std::string_view rest) {
  constexpr std::string_view whole[] = {"ROOT", "HOME", "DIR", "PREFIX", "PATH", "BASE", "VERSION", "MODULE"};
  constexpr std::string_view begins[] = {"ROOT_", "INC", "LIB", "BIN", "PKG", "VERSION_", "CFLAGS", "LDFLAGS"};
  return std::find(std::begin(whole), std::end(whole), rest) != std::end(whole) ||
         std::any_of(std::begin(begins), std::end(begins),
                     [&](std::string_view part) { return rest.starts_with(part); });
}

// What Kubernetes puts into every container for a Service named clique or clique-something: ..._SERVICE_HOST,
// ..._SERVICE_PORT and ..._SERVICE_PORT_NAME, ..._PORT, and ..._PORT_80_TCP with _PROTO, _PORT or _ADDR behind it.
bool is_of_kubernetes(std::string_view name) {
  if (name.ends_with("_SERVICE_HOST") || name.ends_with("_PORT")) return true;
  if (name.find("_SERVICE_PORT_") != name.npos) return true;
  for (const std::string_view part : {"_PROTO", "_ADDR"}) {
    if (name.ends_with(part)) name.remove_suffix(part.size());
  }
  for (const std::string_view protocol : {"_TCP", "_UDP", "_SCTP"}) {
    if (!name.ends_with(protocol)) continue;
    name.remove_suffix(protocol.size());
    const auto last = name.find_last_not_of("0123456789");
    return last != name.npos && last + 1 < name.size() && name.substr(0, last + 1).ends_with("_PORT_");
  }
  return false;
}

bool is_known(std::string_view name) {
  return std::any_of(std::begin(variables), std::end(variables),
                     [&](const variable& known) { return name == known.name; });
}

std::string all_names() {
  std::string names;
  for (const variable& known : variables) names += (names.empty() ? "" : ", ") + std::string(known.name);
  return names;
}

}  // namespace

config parse(const char* (*get)(const char*), const char* const* names) {
  config result;
  for (const variable& each : variables) {
    const char* text = get(each.name);
    if (text == nullptr || *text == '\0') continue;
    if (!each.set(result, text)) {
      fail(status::invalid_argument, "{} is \"{}\"; it must be: {}", each.name, text, each.valid);
    }
  }
  for (; names != nullptr && *names != nullptr; ++names) {
    const std::string_view entry = *names, name = entry.substr(0, entry.find('='));
    if (!name.starts_with(prefix) || is_known(name)) continue;
    const std::string_view rest = name.substr(prefix.size());
    if (const variable* const meant = nearly(rest); meant != nullptr) {
      fail(status::invalid_argument, "{} is no variable of clique; {} is: rename it, or unset it", name, meant->name);
    }
    if (is_of_a_package(rest) || is_of_kubernetes(name)) continue;
    result.warnings.push_back(
        core::formatted("{} is no variable of clique and has no effect; there are: {}", name, all_names()));
  }
  return result;
}

const config& settings() {
  static const config value = [] {
    const environment get = [](const char* name) -> const char* { return std::getenv(name); };
    config parsed = parse(get, environ);
    if (!is_first_process(get)) return parsed;  // one line for a job, not one for each of its ranks
    for (const std::string& warning : parsed.warnings) std::fputs(("clique: " + warning + "\n").c_str(), stderr);
    return parsed;
  }();
  return value;
}

const char* name(staging_choice of) noexcept {
  return staging_names[static_cast<std::size_t>(of)].data();
}

const char* name(transport_choice of) noexcept {
  switch (of) {
    case transport_choice::automatic: return "auto";
    case transport_choice::shm: return "shm";
    case transport_choice::mpi: return "mpi";
  }
  return "unknown";
}

double timeout_or_default() noexcept {
  try {
    return settings().timeout;
  } catch (...) {
    return config{}.timeout;
  }
}

}  // namespace clique::core
