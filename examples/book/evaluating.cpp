// The recipe that compares device and host: a + b for vectors that grow, timed on both. Short vectors are faster on the
// host, for a kernel takes a while to start. One process, no MPI.
//
//   ./evaluating
#include <clique/clique.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iomanip>
#include <iostream>

// The shortest of several runs, in milliseconds: the first ones build the kernel and touch the memory.
double milliseconds(const std::function<void()>& work) {
  double best = 1e9;
  for (int run = 0; run < 5; ++run) {
    const auto start = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

int main() try {
  const clique::device device = clique::device::choose();
  std::cout << "a + b on " << device.info().name << "\n  elements   device [ms]     host [ms]   host / device\n"
            << std::fixed;

  bool right = true;
  for (std::size_t n = 1000; n <= 4000000; n *= 4) {
    clique::array<float> a(device, n), b(device, n), c(device, n);
    a.random(1);
    b.random(2);
    const double on_device = milliseconds([&] {
      c.transform("a + b", {{"a", a}, {"b", b}});
      device.finish();
    });

    const std::vector<float> host_a = a.to_host(), host_b = b.to_host();
    std::vector<float> host_c(n);
    const double on_host = milliseconds(
        [&] { std::transform(host_a.begin(), host_a.end(), host_b.begin(), host_c.begin(), std::plus<float>()); });

    right = right && c.to_host() == host_c;  // one addition is rounded alike everywhere
    std::cout << std::setw(10) << n << std::setprecision(4) << std::setw(14) << on_device << std::setw(14) << on_host
              << std::setprecision(2) << std::setw(16) << on_host / on_device << '\n';
  }
  std::cout << (right ? "device and host agree\n" : "device and host differ\n");
  return right ? 0 : 1;
} catch (const clique::error& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
