// What launchers say of the job: a job that fell apart into single ranks is found, a sound one is left in peace.
#include "core/launcher.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace clique;

namespace {

using variables = std::map<std::string, std::string>;
variables around;

const char* get(const char* name) {
  const auto found = around.find(name);
  return found == around.end() ? nullptr : found->second.c_str();
}

std::string warning(variables with, int world_size, std::string_view library = "") {
  around = std::move(with);
  return core::launcher_warning(get, world_size, library).value_or("");
}

bool says(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

bool is_first(variables with) {
  around = std::move(with);
  return core::is_first_process(get);
}

}  // namespace

TEST_CASE("more processes than ranks: the warning has both numbers, the launcher and the library") {
  const struct {
    const char *name, *size, *rank;
  } table[] = {{"Open MPI", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},
               {"MVAPICH", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"},
               {"MPICH", "PMI_SIZE", "PMI_RANK"},
               {"MPICH", "MPI_LOCALNRANKS", "MPI_LOCALRANKID"},
               {"srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID"},
               {"flux", "FLUX_JOB_SIZE", "FLUX_TASK_RANK"},
               {"jsrun", "JSM_NAMESPACE_SIZE", "JSM_NAMESPACE_RANK"}};
  for (const auto& row : table) {
    CAPTURE(row.size);
    const variables four{{row.size, "4"}, {row.rank, "2"}};
    const std::string text = warning(four, 1, "Library Version: 4.0.2\nbuilt somewhere");
    CAPTURE(text);
    CHECK(says(text, row.name));
    CHECK(says(text, row.size));
    CHECK(says(text, "started 4 processes"));
    CHECK(says(text, "MPI_COMM_WORLD has 1:"));
    CHECK(says(text, "(Library Version: 4.0.2)"));
    CHECK_FALSE(says(text, "built"));
    CHECK(warning(four, 4).empty());
    CHECK(warning(four, 9).empty());  // several programs in one job
    CHECK_FALSE(is_first(four));
    CHECK(is_first({{row.size, "4"}, {row.rank, "0"}}));
  }
}

TEST_CASE("no launcher, a batch script, and what is no number: no warning, and the first process") {
  for (const variables& with :
       {variables{}, variables{{"SLURM_NTASKS", "8"}, {"SLURM_PROCID", "0"}},
        variables{{"PMI_SIZE", "4"}},  // left over: without a rank nobody is started by it
        variables{{"PMI_SIZE", "many"}, {"PMI_RANK", "1"}}, variables{{"PMI_SIZE", ""}, {"PMI_RANK", "1"}}}) {
    CHECK(warning(with, 1).empty());
    CHECK(is_first(with));
  }
}
