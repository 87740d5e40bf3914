#include "core/launcher.hpp"

#include "core/check.hpp"

#include <charconv>
#include <cstring>

namespace clique::core {
namespace {

struct launcher {
  const char* name;  // for people
  const char* size;  // the variable that has the number of processes
  const char* rank;  // and the number of this one
};

// Slurm: SLURM_NTASKS and SLURM_PROCID are there in a batch script too, outside any srun; the step's size is not.
// MPI_LOCALNRANKS counts the processes of the node alone; a world has no fewer.
constexpr launcher launchers[] = {
    {"mpiexec of Open MPI", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},
    {"mpiexec of MVAPICH", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"},
    {"mpiexec of MPICH or Intel MPI", "PMI_SIZE", "PMI_RANK"},
    {"mpiexec of MPICH or Intel MPI", "MPI_LOCALNRANKS", "MPI_LOCALRANKID"},
    {"srun of Slurm", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID"},
    {"flux run", "FLUX_JOB_SIZE", "FLUX_TASK_RANK"},
    {"jsrun", "JSM_NAMESPACE_SIZE", "JSM_NAMESPACE_RANK"},
};

std::optional<int> number(const char* text) {
  if (text == nullptr) return std::nullopt;
  int value = 0;
  const char* const last = text + std::strlen(text);
  const auto [end, code] = std::from_chars(text, last, value);
  if (code != std::errc{} || end != last) return std::nullopt;
  return value;
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

bool is_first_process(environment get) {
  for (const launcher& known : launchers) {
    const auto size = number(get(known.size)), rank = number(get(known.rank));
    if (size && rank) return *rank == 0;
  }
  return true;
}

std::optional<std::string> launcher_warning(environment get, int world_size, std::string_view library) {
  for (const launcher& known : launchers) {
    const auto size = number(get(known.size));
    if (!size || *size <= world_size || !number(get(known.rank))) continue;
    return core::formatted(
        "{} started {} processes ({}), but MPI_COMM_WORLD has {}: the program is linked with an MPI library that this "
        "launcher does not serve{}, and the processes do not know of each other. Start it with the mpiexec of that "
        "library, or build it with the library of this launcher",
        known.name, *size, known.size, world_size,
        library.empty() ? "" : core::formatted(" ({})", first_line(library)));
  }
  return std::nullopt;
}

}  // namespace clique::core
