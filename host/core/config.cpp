#include "core/config.hpp"

#include "core/check.hpp"

#include <array>
#include <charconv>
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

constexpr std::size_t any = ~std::size_t{0};

constexpr variable variables[] = {
    {"CLIQUE_DEVICE",
     "a type (gpu, cpu, accelerator), part of a platform's name, an index, or TYPE:INDEX, PLATFORM:INDEX",
     set_text<&config::device>},
    {"CLIQUE_STAGING", "auto, direct, mapped, slots",
     [](config& to, std::string_view text) {
       return set_choice<&config::staging>(to, text,
                                           std::array<std::string_view, 4>{"auto", "direct", "mapped", "slots"});
     }},
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
    {"CLIQUE_MAX_ALLOC_BYTES", "bytes, above 0", set_bytes<&config::max_allocation, 1, any>},
    {"CLIQUE_ARENA_BYTES", "bytes, at least 16M", set_bytes<&config::arena_bytes, std::size_t{16} << 20, any>},
    {"CLIQUE_CACHE_DIR", "a directory, or none", set_text<&config::cache>},
    {"CLIQUE_PROGRESS_THREAD", "0 or 1", set_flag<&config::progress_thread>},
    {"CLIQUE_LOG", "0 or 1", set_flag<&config::log>},
};

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
    const std::string_view entry = *names;
    if (!entry.starts_with("CLIQUE_")) continue;
    const std::string_view name = entry.substr(0, entry.find('='));
    std::string known;
    bool found = false;
    for (const variable& each : variables) {
      found = found || name == each.name;
      known += (known.empty() ? "" : ", ") + std::string(each.name);
    }
    if (!found) fail(status::invalid_argument, "{} is no variable of clique; there are: {}", name, known);
  }
  return result;
}

const config& settings() {
  static const config value = parse([](const char* name) -> const char* { return std::getenv(name); }, environ);
  return value;
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
