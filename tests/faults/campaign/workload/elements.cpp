// Element-wise work: calls that concern one rank alone.
#include "families.hpp"

namespace workload {
namespace {

struct particle {
  std::int32_t x, weight;
};

}  // namespace
}  // namespace workload

template <>
inline constexpr clique::struct_text clique::struct_of<workload::particle>{
    "particle", "typedef struct { int x, weight; } particle;"};

namespace workload {
namespace {

constexpr std::size_t count = 3000;

void structs(script& run, const clique::device& where) {
  std::unique_ptr<clique::array<particle>> some;
  run.local("array_of_structs", {}, [&] { some = std::make_unique<clique::array<particle>>(where, count); });
  if (some == nullptr) return;
  run.local("fill_structs", {}, [&] { some->fill({3, 4}); });
  run.local("transform_structs", {}, [&] {
    some->transform("(particle){(int)i, 4}");
    where.finish();
  });
  run.local("structs_to_host", {}, [&] {
    std::vector<particle> got = some->to_host();
    for (std::size_t k = 0; k < count; ++k) {
      if (got[k].x != static_cast<std::int32_t>(k) || got[k].weight != 4)
        throw std::runtime_error("struct " + std::to_string(k) + " is wrong");
    }
  });
}

}  // namespace

void elements(script& run, place& on) {
  const clique::device& where = on.comm->device();
  const int rank = on.rank();
  numbers counted(count), twice(count), random(count), transposed(count);
  for (std::size_t k = 0; k < count; ++k) {
    counted[k] = static_cast<std::int32_t>(k) + rank;
    twice[k] = 2 * counted[k];
    random[k] = clique::random_at<std::int32_t>(7, k);
    transposed[k % 50 * 60 + k / 50] = counted[k];
  }
  run.local("array", {}, [&] { clique::array<std::int32_t>(where, count).fill(1); });
  for (const kind of : {kind::array, kind::plain}) {
    const auto check = [&](const char* name, const numbers& after, auto&& call) {
      const numbers before(count, -7);
      const in_one made(on, of, before, after);
      run.local(name, made.results, [&] {
        call(made.data->all().region());
        where.finish();
      });
    };
    const std::int32_t one = 1;
    check("fill", numbers(count, 1), [&](const clique::region& out) { clique::fill(where, out, &one); });
    check("arange", counted, [&](const clique::region& out) { clique::arange(where, out, &rank, &one); });
    check("random", random, [&](const clique::region& out) { clique::random(where, out, 7); });
    check("transform", twice, [&](const clique::region& out) {
      clique::transform(where, out, "2 * ((int)i + rank)", std::span<const clique::arg>());
    });
    check("copy_from", counted,
          [&](const clique::region& out) { clique::copy_from(where, out, counted.data(), count); });
    const in_one source(on, of, counted, counted);
    check("copy", transposed, [&](const clique::region& out) {
      clique::copy(where, source.data->all().region(), {0, {50, 1}}, out, {0, {1, 60}}, 60, 50);
    });
    run.local("copy_to", source.results, [&] {
      numbers host(count);
      clique::copy_to(where, source.data->all().region(), host.data(), count);
      if (host != counted) throw std::runtime_error("the host got other numbers");
    });
  }
  structs(run, where);
}

}  // namespace workload
