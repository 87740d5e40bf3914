// Strided copies against a loop on the host.
#include "support.hpp"

#include <clique/layout.hpp>

using namespace test;

namespace {

template <class T>
void check_copy(std::size_t rows, std::size_t columns, clique::layout from, clique::layout to, std::size_t from_count,
                std::size_t to_count) {
  INFO(rows, " x ", columns, " strides ", from.stride[0], ",", from.stride[1], " to ", to.stride[0], ",", to.stride[1]);
  clique::array<T> source(dev(), from_count + 3);
  source.random(11);
  const std::vector<T> values = source.to_host();
  std::vector<T> expected(to_count);
  for (std::size_t k = 0; k < to_count; ++k) expected[k] = value_of<T>(static_cast<int>(k % 50));
  const std::vector<T> before = expected;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      expected[to.offset + i * to.stride[0] + j * to.stride[1]] =
          values[3 + from.offset + i * from.stride[0] + j * from.stride[1]];
    }
  }
  check_window(expected, [&](clique::span<T> out) {
    clique::copy_from(dev(), out.region(), before.data(), before.size());
    clique::copy(dev(), source.subspan(3, from_count), from, out, to, rows, columns);
  });
}

}  // namespace

TEST_CASE_TEMPLATE("strided copies", T, CLIQUE_TEST_TYPES) {
  if (!supported<T>()) return;
  for (const auto& [rows, columns] :
       {std::pair<std::size_t, std::size_t>{1, 1}, {1, 40}, {40, 1}, {16, 16}, {17, 33}, {130, 3}, {65, 40}}) {
    const std::size_t n = rows * columns;
    check_copy<T>(rows, columns, {0, {columns, 1}}, {0, {columns, 1}}, n, n);  // dense
    check_copy<T>(rows, columns, {0, {columns, 1}}, {0, {1, rows}}, n, n);     // a transpose
    check_copy<T>(rows, columns, {0, {1, rows}}, {0, {columns, 1}}, n, n);     // and back
    check_copy<T>(rows, columns, {2, {columns + 5, 1}}, {1, {columns, 1}}, rows * (columns + 5) + 2, n + 1);  // pack
    check_copy<T>(rows, columns, {0, {columns, 1}}, {4, {2 * columns + 7, 2}}, n,
                  rows * (2 * columns + 7) + 4);  // unpack
  }
}

TEST_CASE("a row that is read again and again") {
  check_copy<float>(5, 30, {0, {0, 1}}, {0, {30, 1}}, 30, 150);
}

TEST_CASE("copies that do not fit are refused") {
  clique::array<float> a(dev(), 100), b(dev(), 100);
  clique::array<std::int32_t> c(dev(), 100);
  const auto copy = [&](clique::region from, clique::layout from_at, clique::region to, clique::layout to_at,
                        std::size_t rows, std::size_t columns) {
    return thrown_by([&] { clique::copy(dev(), from, from_at, to, to_at, rows, columns); });
  };
  const clique::layout dense{0, {10, 1}};
  CHECK(copy(a.region(), dense, b.region(), dense, 10, 10).text.empty());
  CHECK(copy(a.region(), dense, b.region(), dense, 0, 10).text.empty());
  const auto source = copy(a.region(), {1, {10, 1}}, b.region(), dense, 10, 10);
  CHECK(source.code == clique::status::invalid_argument);
  CHECK(source.says("the source of copy"));
  CHECK(source.says("100 elements"));
  CHECK(copy(a.region(), dense, b.region(), {0, {1, 11}}, 10, 10).says("the target of copy"));
  CHECK(copy(a.region(), {0, {~std::size_t{0}, 1}}, b.region(), dense, 3, 3).code == clique::status::invalid_argument);
  CHECK(copy(a.region(), dense, b.region(), {0, {0, 1}}, 3, 3).says("stride of 0"));
  CHECK(copy(a.region(), dense, c.region(), dense, 3, 3).says("types"));
}
