// The element-wise recipe: a linear combination of two random vectors, computed on the device by an expression and
// compared with the same on the host. One process, no MPI.
//
//   ./elementwise
#include <clique/clique.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>

int main() try {
  const std::size_t n = 1 << 20;
  const clique::device device = clique::device::choose();

  clique::array<float> a(device, n), b(device, n), c(device, n);
  a.random(1);
  b.random(2);
  c.transform("5 * a + 3 * b", {{"a", a}, {"b", b}});

  const std::vector<float> on_device = c.to_host(), host_a = a.to_host(), host_b = b.to_host();
  float difference = 0;
  for (std::size_t i = 0; i < n; ++i) {
    difference = std::max(difference, std::abs(on_device[i] - (5 * host_a[i] + 3 * host_b[i])));
  }

  std::cout << "5 a + 3 b for " << n << " elements on " << device.info().name << '\n'
            << "max difference from the host: " << difference << '\n';
  return difference < 1e-6F ? 0 : 1;  // at most a rounding: the results lie in [0, 8)
} catch (const clique::error& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
