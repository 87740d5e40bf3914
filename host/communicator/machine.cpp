#include "communicator/machine.hpp"

#include "transport/mpi_messages.hpp"

#include <cstring>
#include <fstream>
#include <functional>

#include <unistd.h>

namespace clique::engine {

std::string host_name() {
  char name[256] = "";
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

// Read once: a process that has no descriptor left later is still where it was.
std::uint64_t node_mark() {
  static const std::string boot = [] {
    std::string id;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
    return id;
  }();
  return std::hash<std::string>{}(boot + host_name());
}

std::string mpi_library() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  transport::check_mpi(MPI_Get_library_version(text, &length), "MPI_Get_library_version");
  std::string line(text, std::strcspn(text, "\n"));  // MPICH's goes on for pages
  for (char& character : line) character = character == '\t' ? ' ' : character;
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace clique::engine
