#include "check/check.hpp"

#include "agree.hpp"
#include "check/stage.hpp"
#include "fail.hpp"
#include "file.hpp"
#include "json.hpp"
#include "mpi.hpp"
#include "table.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace clique::tools {

namespace {

constexpr std::size_t largest_block = 10240;  // bytes

std::vector<const subject*> all_subjects() {
  std::vector<const subject*> all;
  for (const auto& table : {moving_subjects(), reducing_subjects(), neighboring_subjects(), exchanging_subjects()})
    for (const subject& each : table) all.push_back(&each);
  return all;
}

struct type_row {
  datatype type;
  std::vector<reference_op> operators;
};

// All built-in types and a struct, but for those that some device does not have. Collective.
std::vector<type_row> types_of(communicator& comm) {
  std::vector<datatype> types;
  for (int k = 0; k < datatype_count; ++k) types.push_back(static_cast<datatype>(k));
  types.push_back(type_of<affine>());
  std::vector<type_row> rows;
  for (const datatype type : types) {
    std::uint64_t missing = 0;
    try {
      detail::require_support(comm.device(), type);
    } catch (const error&) {
      missing = 1;
    }
    maximum(MPI_COMM_WORLD, std::span(&missing, 1));
    if (missing == 0)
      rows.push_back({type, operators_of(type)});
    else if (comm.rank() == 0)
      fmt::print(stderr, "clique: not checked: {}, which not all devices have\n", name(type));
  }
  return rows;
}

// Elements: none, few, more; more than travel inside a message; more than one short segment.
std::size_t count_of(std::size_t which, std::size_t element) {
  switch (which % 7) {
    case 0: return 1;
    case 1: return 3;
    case 2: return 37;
    case 3: return 1024 / element + 3;
    case 4: return 3001 / element;
    case 5: return 10000 / element + 1;
    default: return 0;
  }
}

std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// All of one subject, numbered from `number` on. What is not multiplied varies with the number.
std::vector<test_case> cases_of(const subject& what, const std::vector<type_row>& types, int size,
                                std::size_t& number) {
  std::vector<test_case> cases;
  const auto add = [&](datatype type, const reference_op* op) {
    for (const bool in_place : {false, true}) {
      if (in_place && !what.in_place) continue;
      test_case each{&what, type, op, in_place};
      each.number = number++;
      each.how = static_cast<form>(each.number % 3);
      each.count = count_of(each.number + static_cast<std::size_t>(size), size_of(type));
      each.root = static_cast<int>(each.number / 3 % static_cast<std::size_t>(size));
      cases.push_back(each);
    }
  };
  const auto has_mean = [&](const reference_op& op) {
    return op.op.kind() != op_kind::mean ||
           (std::string_view(what.name) != "scan" && std::string_view(what.name) != "exscan");
  };
  constexpr int times = 7;  // each count once
  switch (what.on) {
    case subject::tried::once:
      for (int k = 0; k < 3 * times; ++k) add(datatype::uint8, nullptr);
      break;
    case subject::tried::on_types:
      for (const type_row& row : types)
        for (int k = 0; k < times; ++k) add(row.type, nullptr);
      break;
    case subject::tried::on_operators:
      for (const type_row& row : types)
        for (const reference_op& op : row.operators)
          for (int k = 0; has_mean(op) && k < 2; ++k) add(row.type, &op);
      break;
  }
  return cases;
}

// Every of-th in a shuffled order: what varies with the number has periods, too.
std::vector<test_case> sliced(std::vector<test_case> cases, const slice& wanted) {
  std::sort(cases.begin(), cases.end(),
            [](const test_case& a, const test_case& b) { return mixed(a.number) < mixed(b.number); });
  std::vector<test_case> kept;
  for (std::size_t k = wanted.part; k < cases.size(); k += wanted.of) kept.push_back(cases[k]);
  std::sort(kept.begin(), kept.end(), [](const test_case& a, const test_case& b) { return a.number < b.number; });
  return kept;
}

// The communicator is as good as before: the case is wrong, and the others go on.
bool is_survivable(const error& problem) {
  switch (problem.code()) {
    case status::invalid_argument:
    case status::mismatch:
    case status::no_device:
    case status::unsupported:
    case status::out_of_memory:
    case status::build_failure: return true;
    default: return false;
  }
}

class complaints {
 public:
  explicit complaints(int rank) : rank_(rank) {}
  void add(const test_case& about, const std::string& what) {
    if (++said_ <= most) fmt::print(stderr, "clique: wrong on rank {}, {}: {}\n", rank_, describe(about), what);
  }

 private:
  static constexpr int most = 10;
  int rank_, said_ = 0;
};

}  // namespace

slice parse_slice(const std::string& text) {
  slice made;
  const char* const end = text.data() + text.size();
  const auto [bar, first] = std::from_chars(text.data(), end, made.part);
  if (first == std::errc{} && bar != end && *bar == '/') {
    const auto [rest, second] = std::from_chars(bar + 1, end, made.of);
    if (second == std::errc{} && rest == end && made.part < made.of) return made;
  }
  fail("'{}' is not a slice: write K/N, with K below N, as 0/20", text);
}

std::vector<std::string> check_subjects() {
  std::vector<std::string> names;
  for (const subject* each : all_subjects()) names.emplace_back(each->name);
  return names;
}

int check_here(communicator& comm, const check_options& options) {
  const bool speaks = comm.rank() == 0;
  std::optional<output_file> json_out;
  agree(comm, [&] {
    if (speaks) json_out.emplace(options.json_file);
  });
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<type_row> types = types_of(comm);
  stage where(comm, largest_block);
  complaints log(comm.rank());
  std::size_t number = 0, cases = 0, wrong = 0, run = 0;
  json::array rows;
  for (const subject* const what : all_subjects()) {
    // Numbered whether they are wanted or not: a case keeps its number.
    const std::vector<test_case> all = cases_of(*what, types, comm.size(), number);
    if (!options.subjects.empty() &&
        std::find(options.subjects.begin(), options.subjects.end(), what->name) == options.subjects.end())
      continue;
    const std::vector<test_case> wanted = sliced(all, options.slice);
    std::vector<std::uint64_t> flags(wanted.size());
    for (std::size_t k = 0; k < wanted.size(); ++k) {
      const bool spoil = options.spoil_every != 0 && ++run % options.spoil_every == 0;
      std::string problem;
      try {
        problem = where.run(wanted[k], spoil && comm.rank() == comm.size() - 1);
      } catch (const error& thrown) {
        if (!is_survivable(thrown)) {
          if (speaks) fmt::print(stderr, "clique: in {}:\n", describe(wanted[k]));
          throw;
        }
        flags[k] = 1;
        if (thrown.rank() == comm.rank() || (thrown.rank() < 0 && speaks)) log.add(wanted[k], thrown.what());
        continue;
      }
      if (problem.empty()) continue;
      flags[k] = 1;
      log.add(wanted[k], problem);
    }
    if (!flags.empty()) maximum(MPI_COMM_WORLD, flags);
    const auto bad = static_cast<std::size_t>(std::count(flags.begin(), flags.end(), 1u));
    cases += wanted.size();
    wrong += bad;
    rows.push_back({{"collective", what->name}, {"cases", wanted.size()}, {"wrong", bad}});
    agree(comm, [&] {
      if (speaks) print(fmt::format("{:<22}{:>7} cases{:>7} wrong\n", what->name, wanted.size(), bad));
    });
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  agree(comm, [&] {
    if (!speaks) return;
    const rank_info self = comm.describe();
    json_out->write(to_text({{"schema", 1},
                             {"ranks", comm.size()},
                             {"staging", self.staging},
                             {"transport", self.transport},
                             {"seconds", seconds.count()},
                             {"cases", cases},
                             {"wrong", wrong},
                             {"rows", rows}}));
    print(fmt::format("{} ranks, staging {}, transport {}, {:.1f} s\ncases {}, wrong {}\n", comm.size(), self.staging,
                      self.transport, seconds.count(), cases, wrong));
  });
  return wrong == 0 ? 0 : 1;
}

}  // namespace clique::tools
