#include "parameters.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

namespace gpu_model {

void give_up(const std::string& why) {
  std::fprintf(stderr, "gpu_model: %s\n", why.c_str());
  std::_Exit(2);
}

namespace {

const std::map<std::string, double parameters::*> numbers = {
    {"devices", &parameters::devices},
    {"finish_us", &parameters::finish_us},
    {"read_us", &parameters::read_us},
    {"write_us", &parameters::write_us},
    {"small_write_us", &parameters::small_write_us},
    {"kernel_us", &parameters::kernel_us},
    {"fill_us", &parameters::fill_us},
    {"marker_us", &parameters::marker_us},
    {"map_us", &parameters::map_us},
    {"callback_us", &parameters::callback_us},
    {"slice_us", &parameters::slice_us},
    {"active_us", &parameters::active_us},
    {"issue_us", &parameters::issue_us},
    {"flush_us", &parameters::flush_us},
    {"complete_us", &parameters::complete_us},
    {"small_write_bytes", &parameters::small_write_bytes},
    {"pageable_small_write_bytes", &parameters::pageable_small_write_bytes},
    {"pinned_d2h_gbs", &parameters::pinned_d2h_gbs},
    {"pinned_h2d_gbs", &parameters::pinned_h2d_gbs},
    {"pageable_d2h_gbs", &parameters::pageable_d2h_gbs},
    {"pageable_h2d_gbs", &parameters::pageable_h2d_gbs},
    {"device_copy_gbs", &parameters::device_copy_gbs},
    {"both_ways", &parameters::both_ways},
    {"slower", &parameters::slower},
};

void read(parameters& into, const std::string& path);

// `where` says in a message where the value was written, `folder` is what a file is relative to.
void set(parameters& into, const std::string& name, const std::string& value, const std::string& where,
         const std::string& folder) {
  const auto known = numbers.find(name);
  if (name == "name") {
    into.name = value;
  } else if (name == "like") {
    read(into, folder + value);
  } else if (known != numbers.end()) {
    char* end = nullptr;
    into.*known->second = std::strtod(value.c_str(), &end);
    if (value.empty() || *end != '\0' || !(into.*known->second >= 0))
      give_up(where + ": " + name + " is \"" + value + "\"; it must be a number from 0 on");
  } else {
    give_up(where + ": there is no parameter \"" + name + "\"");
  }
}

void read(parameters& into, const std::string& path) {
  std::ifstream file(path);
  if (!file) give_up("the file of parameters \"" + path + "\" cannot be read");
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string name, value;
    if (!(words >> name)) continue;
    std::getline(words >> std::ws, value);
    value.erase(value.find_last_not_of(" \t\r") + 1);
    set(into, name, value, path + ":" + std::to_string(number), path.substr(0, path.rfind('/') + 1));
  }
}

parameters read_named() {
  const char* const named = std::getenv("GPU_MODEL");
  if (named == nullptr) give_up("GPU_MODEL must name the file of parameters");
  std::istringstream parts(named);
  std::string path, part;
  std::getline(parts, path, ',');
  parameters made;
  read(made, path);
  while (std::getline(parts, part, ',')) {
    const std::size_t end = part.find('=');
    set(made, part.substr(0, end), end == part.npos ? "" : part.substr(end + 1), "GPU_MODEL", "");
  }
  for (const auto& [name, member] : numbers)
    if (name.ends_with("_gbs") && made.*member == 0) give_up(path + ": " + name + " is missing");
  return made;
}

}  // namespace

const parameters& model() {
  static const parameters& read_once = *new parameters(read_named());
  return read_once;
}

}  // namespace gpu_model
