// Buffers of the program's own: with access flags, parts of others, of another context; one rank has them, or all.
#include "support.hpp"

#include <clique/point_to_point.hpp>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace test;

constexpr std::size_t count = 5000;

cl::Buffer make(cl_mem_flags flags, std::size_t elements = count) {
  cl_int code = CL_SUCCESS;
  const cl::Buffer made(clCreateBuffer(world().device().context()(), flags, elements * sizeof(int), nullptr, &code),
                        false);
  REQUIRE(code == CL_SUCCESS);
  return made;
}

// Through the device alone: the host may not touch them.
void put(const cl::Buffer& to, const std::vector<int>& values) {
  const clique::array<int> from(world(), values.size());
  clique::copy_from(world(), from.region(), values.data(), values.size());
  REQUIRE(clEnqueueCopyBuffer(world().device().queue()(), from.buffer()(), to(), 0, 0, values.size() * sizeof(int), 0,
                              nullptr, nullptr) == CL_SUCCESS);
}
std::vector<int> get(const cl::Buffer& from, std::size_t elements = count) {
  const clique::array<int> to(world(), elements);
  REQUIRE(clEnqueueCopyBuffer(world().device().queue()(), from(), to.buffer()(), 0, 0, elements * sizeof(int), 0,
                              nullptr, nullptr) == CL_SUCCESS);
  return to.to_host();
}

std::vector<int> numbers(int first, std::size_t elements = count) {
  std::vector<int> made(elements);
  for (std::size_t k = 0; k < elements; ++k) made[k] = first + static_cast<int>(k);
  return made;
}
std::vector<int> sums(int first) {
  const int size = world().size();
  std::vector<int> made(count);
  for (std::size_t k = 0; k < count; ++k) made[k] = size * (first + static_cast<int>(k)) + size * (size - 1) / 2;
  return made;
}

constexpr cl_mem_flags all_flags[] = {CL_MEM_HOST_NO_ACCESS, CL_MEM_HOST_READ_ONLY, CL_MEM_HOST_WRITE_ONLY,
                                      CL_MEM_READ_ONLY,      CL_MEM_WRITE_ONLY,     CL_MEM_ALLOC_HOST_PTR,
                                      CL_MEM_READ_WRITE};

// The call throws the same on all ranks, moves nothing, and the communicator works on.
template <class Call>
void refused(const std::string& part, Call&& call) {
  std::string text;
  try {
    call();
  } catch (const clique::error& caught) {
    CHECK(caught.code() == clique::status::invalid_argument);
    text = caught.what();
  }
  CHECK_MESSAGE(text.find(part) != std::string::npos, text);
  world().agree({});
  trial<int>(world(), uniform(world(), 10)).run_and_check();
}

int first_of(int rank) {
  return 10 * rank + rank * rank;
}

}  // namespace

TEST_CASE("buffers: whatever the host may do with them, on one side or the other, on one rank or all") {
  for (const cl_mem_flags flags : all_flags) {
    for (const bool on_all : {false, true}) {
      for (const bool sends : {false, true}) {
        const bool special = on_all || world().rank() == world().size() - 1;
        const cl::Buffer plain = make(CL_MEM_READ_WRITE), other = make(special ? flags : CL_MEM_READ_WRITE);
        const cl::Buffer &send = sends ? other : plain, &receive = sends ? plain : other;
        const clique::span<int> from(send, 0, count), to(receive, 0, count);
        for (int round = 0; round < 2; ++round) {
          put(send, numbers(100 * round + world().rank()));
          put(receive, std::vector<int>(count, -1));
          clique::allreduce(world(), from, to, clique::op::sum);
          CHECK(get(receive) == sums(100 * round));
          put(receive, std::vector<int>(count, -1));
          clique::iallreduce(world(), from, to, clique::op::sum).wait();
          CHECK(get(receive) == sums(100 * round));
        }
        put(receive, numbers(7 + world().rank()));
        clique::allreduce(world(), clique::in_place, to, clique::op::sum);
        CHECK(get(receive) == sums(7));
        auto again = clique::allreduce_init(world(), from, to, clique::op::sum);
        for (int round = 0; round < 3; ++round) {
          put(send, numbers(50 * round + world().rank()));
          put(receive, std::vector<int>(count, -1));
          again.start();
          again.wait();
          CHECK(get(receive) == sums(50 * round));
        }
      }
    }
  }
}

TEST_CASE("buffers: what no block covers stays, in one that the host may not touch") {
  const auto size = static_cast<std::size_t>(world().size()), rank = static_cast<std::size_t>(world().rank());
  const cl::Buffer all = make(CL_MEM_HOST_NO_ACCESS, 3 * size);
  put(all, std::vector<int>(3 * size, -5));
  clique::array<int> own(world(), 1);
  own.fill(world().rank());
  const std::vector<std::size_t> counts(size, 1);
  std::vector<std::size_t> places;
  for (std::size_t k = 0; k < size; ++k) places.push_back(3 * k + 1);
  clique::allgatherv(world(), own, clique::span<int>(all, 0, 3 * size), counts, places);
  const std::vector<int> got = get(all, 3 * size);
  for (std::size_t k = 0; k < got.size(); ++k) CHECK(got[k] == (k % 3 == 1 ? static_cast<int>(k / 3) : -5));
  CHECK(rank < size);
}

TEST_CASE("buffers: messages between buffers that the host may not touch") {
  const int size = world().size(), rank = world().rank(), right = (rank + 1) % size, left = (rank + size - 1) % size;
  for (const cl_mem_flags flags : {CL_MEM_HOST_NO_ACCESS, CL_MEM_HOST_READ_ONLY, CL_MEM_HOST_WRITE_ONLY}) {
    const cl::Buffer out = make(flags), in = make(flags);
    for (const std::size_t elements : {std::size_t{3}, count}) {
      put(out, numbers(first_of(rank)));
      put(in, std::vector<int>(count, -1));
      clique::sendrecv(world(), clique::span<int>(out, 0, elements), right, 1, clique::span<int>(in, 0, elements), left,
                       1);
      std::vector<int> expected(count, -1);
      const std::vector<int> theirs = numbers(first_of(left), elements);
      std::copy(theirs.begin(), theirs.end(), expected.begin());
      CHECK(get(in) == expected);
      clique::sendrecv_replace(world(), clique::span<int>(in, 0, elements), right, 2, left, 2);
      const std::vector<int> passed_on = numbers(first_of((left + size - 1) % size), elements);
      std::copy(passed_on.begin(), passed_on.end(), expected.begin());
      CHECK(get(in) == expected);
    }
  }
}

TEST_CASE("buffers: of another context, an image, null: all ranks refuse what one rank gives") {
  const bool odd = world().rank() == world().size() - 1;
  const clique::array<int> good(world(), count);
  clique::array<int> target(world(), count);
  cl_int code = CL_SUCCESS;
  const cl_device_id native = world().device().native()();
  const cl::Context other(clCreateContext(nullptr, 1, &native, nullptr, nullptr, &code), false);
  REQUIRE(code == CL_SUCCESS);
  const cl::Buffer foreign(clCreateBuffer(other(), CL_MEM_READ_WRITE, count * sizeof(int), nullptr, &code), false);
  REQUIRE(code == CL_SUCCESS);
  const auto reduce_from = [&](cl_mem buffer) {
    clique::allreduce(world(), clique::span<int>(odd ? buffer : good.buffer()(), 0, count), target, clique::op::sum);
  };
  refused("another OpenCL context", [&] { reduce_from(foreign()); });
  refused("null", [&] { reduce_from(nullptr); });
  refused("another OpenCL context", [&] {
    clique::allreduce(world(), good, clique::span<int>(odd ? foreign() : target.buffer()(), 0, count), clique::op::sum);
  });
  const cl_image_format format{CL_R, CL_FLOAT};
  cl_image_desc shape{};
  shape.image_type = CL_MEM_OBJECT_IMAGE2D;
  shape.image_width = shape.image_height = 100;
  const cl_mem image = clCreateImage(world().device().context()(), CL_MEM_READ_WRITE, &format, &shape, nullptr, &code);
  if (code == CL_SUCCESS) {
    const cl::Memory held(image, false);
    refused("no buffer, but an image", [&] { reduce_from(image); });
  }
  CHECK_THROWS_AS(clique::fill(world(), clique::region{foreign(), 0, 3, clique::datatype::int32}, &code),
                  clique::error);
}

TEST_CASE("buffers: a handle that is used again for another object is looked at again") {
  for (int round = 0; round < 50; ++round) {
    const cl::Buffer one = make(round % 2 == 0 ? CL_MEM_READ_WRITE : CL_MEM_HOST_NO_ACCESS, 100 + round);
    const auto elements = static_cast<std::size_t>(100 + round);
    put(one, std::vector<int>(elements, round));
    clique::allreduce(world(), clique::in_place, clique::span<int>(one, 0, elements), clique::op::max);
    CHECK(get(one, elements) == std::vector<int>(elements, round));
  }
}

namespace {

// As a program makes its buffers: plain, with contents, around memory of its own, parts of others.
enum class origin { plain, filled, host_page, host_odd, first_half, second_half };
constexpr origin origins[] = {origin::plain,    origin::filled,     origin::host_page,
                              origin::host_odd, origin::first_half, origin::second_half};

struct own_buffer {
  std::vector<int> memory;
  cl::Buffer whole, used;

  own_buffer(origin from, std::size_t elements) {
    constexpr std::size_t page = 4096;
    cl_int code = CL_SUCCESS;
    const cl_context context = world().device().context()();
    const std::size_t bytes = elements * sizeof(int);
    const auto make_whole = [&](cl_mem_flags flags, std::size_t size, void* given) {
      whole = cl::Buffer(clCreateBuffer(context, flags, size, given, &code), false);
      REQUIRE(code == CL_SUCCESS);
      used = whole;
    };
    const auto make_part = [&](std::size_t begin) {
      const std::size_t align = world().device().native().getInfo<CL_DEVICE_MEM_BASE_ADDR_ALIGN>() / 8;
      const std::size_t half = (bytes + align - 1) / align * align;
      make_whole(CL_MEM_READ_WRITE, 2 * half, nullptr);
      const cl_buffer_region region{begin * half, half};
      used = cl::Buffer(clCreateSubBuffer(whole(), CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &code),
                        false);
      REQUIRE(code == CL_SUCCESS);
    };
    switch (from) {
      case origin::plain: make_whole(CL_MEM_READ_WRITE, bytes, nullptr); break;
      case origin::filled:
        memory.resize(elements);
        make_whole(CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, bytes, memory.data());
        break;
      case origin::host_page:
      case origin::host_odd: {
        memory.resize(elements + 2 * page / sizeof(int));
        const auto at = reinterpret_cast<std::uintptr_t>(memory.data());
        const std::uintptr_t first = (at + page - 1) / page * page + (from == origin::host_odd ? 64 : 0);
        make_whole(CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, bytes, reinterpret_cast<void*>(first));
        break;
      }
      case origin::first_half: make_part(0); break;
      case origin::second_half: make_part(1); break;
    }
  }
};

}  // namespace

TEST_CASE(
    "buffers: however they were made, kernels and the program see what was received, and it is sent what they write") {
  const int rank = world().rank(), size = world().size();
  // Small enough for the arrival, too large for it, and of many pages.
  for (const std::size_t elements : {std::size_t{5}, std::size_t{3000}, std::size_t{100000}}) {
    for (const origin from : origins) {
      const own_buffer one(from, elements), two(origins[(static_cast<std::size_t>(from) + 1) % 6], elements);
      const clique::span<int> out(one.used, 0, elements), in(two.used, 0, elements);
      for (int round = 0; round < 3; ++round) {
        clique::transform(world(), out, "7 * (int)i + a", {{"a", 100 * round + rank}});
        clique::allreduce(world(), out, in, clique::op::sum);
        const std::vector<int> got = get(two.used, elements);
        for (std::size_t k = 0; k < elements; ++k)
          REQUIRE(got[k] == size * (7 * static_cast<int>(k) + 100 * round) + size * (size - 1) / 2);
        clique::transform(world(), in, "x + 1", {{"x", in}});
        clique::bcast(world(), in, round % size);
        std::vector<int> read(elements);
        REQUIRE(clEnqueueReadBuffer(world().device().queue()(), two.used(), CL_TRUE, 0, elements * sizeof(int),
                                    read.data(), 0, nullptr, nullptr) == CL_SUCCESS);
        for (std::size_t k = 0; k < elements; ++k) REQUIRE(read[k] == got[k] + 1);
        const int right = (rank + 1) % size, left = (rank + size - 1) % size;
        put(one.used, numbers(first_of(rank), elements));
        clique::sendrecv(world(), out, right, 3, in, left, 3);
        CHECK(get(two.used, elements) == numbers(first_of(left), elements));
      }
    }
  }
}

TEST_CASE("buffers: a part moves where others write beside it, and all else stays") {
  const int rank = world().rank(), size = world().size();
  const std::size_t block = 700, all = block * static_cast<std::size_t>(size);
  const cl::Buffer send = make(CL_MEM_READ_WRITE, all + 20), receive = make(CL_MEM_READ_WRITE, all + 20);
  put(send, numbers(1000000 * rank, all + 20));
  put(receive, std::vector<int>(all + 20, -1));
  clique::alltoall(world(), clique::span<int>(send, 7, all), clique::span<int>(receive, 9, all));
  const std::vector<int> got = get(receive, all + 20);
  for (std::size_t k = 0; k < all + 20; ++k) {
    const bool within = k >= 9 && k < 9 + all;
    const auto from = static_cast<int>((k - 9) / block), at = static_cast<int>((k - 9) % block);
    REQUIRE(got[k] == (within ? 1000000 * from + rank * static_cast<int>(block) + at + 7 : -1));
  }
}

// A buffer is asked for its address once; what is known of it goes with it. Its place, and its handle, are another's
// then.
TEST_CASE("buffers: many are made, exchanged and freed, at the same addresses, and nothing grows") {
  const int size = world().size(), rank = world().rank();
  const auto resident = [] {
    std::ifstream file("/proc/self/statm");
    std::size_t all = 0, pages = 0;
    file >> all >> pages;
    return pages * 4096;
  };
  std::size_t before = 0;
  const int rounds = wide() ? 100000 : 2000;
  for (int round = 0; round < rounds; ++round) {
    if (round == rounds / 4) before = resident();
    const std::size_t elements = 1 + static_cast<std::size_t>(round % 7) * 600;
    std::vector<int> content(elements, round + rank);
    cl_int code = CL_SUCCESS;
    const cl::Buffer one(clCreateBuffer(world().device().context()(), CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                                        elements * sizeof(int), content.data(), &code),
                         false);
    REQUIRE(code == CL_SUCCESS);
    clique::allreduce(world(), clique::in_place, clique::span<int>(one, 0, elements), clique::op::sum);
    if (round % 64 != 0) continue;
    const std::vector<int> got = get(one, elements);
    for (const int each : got) REQUIRE(each == size * round + size * (size - 1) / 2);
  }
  CHECK(resident() <= before + (std::size_t{16} << 20));
}

// Each manner has its turn (host/ways/fastest.hpp), of collectives and of messages, in each class of sizes.
TEST_CASE("buffers: large blocks, again and again, in whatever manner they go") {
  const int me = world().rank(), size = world().size(), peer = me ^ 1;
  for (const std::size_t elements : {std::size_t{3001}, std::size_t{12345}, std::size_t{100003}, std::size_t{400009}}) {
    CAPTURE(elements);
    const cl::Buffer out = make(CL_MEM_READ_WRITE, elements), in = make(CL_MEM_READ_WRITE, elements);
    const clique::span<int> sent(out, 0, elements), received(in, 0, elements);
    for (int turn = 0; turn < (elements > 100000 ? 14 : 30); ++turn) {
      CAPTURE(turn);
      const int root = turn % size, salt = 1000 * turn;
      put(out, numbers(salt + me, elements));
      const auto holds = [&](const cl::Buffer& where, int first) {
        const std::vector<int> is = get(where, elements), wanted = numbers(first, elements);
        CHECK(std::equal(is.begin(), is.end(), wanted.begin()));
      };
      clique::bcast(world(), me == root ? sent : received, root);
      holds(me == root ? out : in, salt + root);
      if (peer < size) {
        clique::sendrecv(world(), sent, peer, turn, received, peer, turn);
        holds(in, salt + peer);
        if (me < peer) {
          clique::send(world(), sent, peer, 1);
        } else {
          put(in, numbers(0, elements));
          clique::recv(world(), received, peer, 1);
          holds(in, salt + peer);
        }
      }
      clique::request reduced = clique::iallreduce(world(), sent, received, clique::op::max);
      reduced.wait();
      holds(in, salt + size - 1);
    }
  }
}

TEST_CASE("buffers: parts of one buffer may be used together, and overlaps are found through them") {
  cl_uint bits = 0;
  REQUIRE(clGetDeviceInfo(world().device().native()(), CL_DEVICE_MEM_BASE_ADDR_ALIGN, sizeof bits, &bits, nullptr) ==
          CL_SUCCESS);
  const std::size_t aligned = std::max<std::size_t>(bits / 8, 4096), elements = aligned / sizeof(int);
  const cl::Buffer whole = make(CL_MEM_READ_WRITE, 2 * elements);
  const auto part_of = [&](std::size_t half) {
    cl_buffer_region region{half * aligned, aligned};
    cl_int code = CL_SUCCESS;
    const cl_mem made = clCreateSubBuffer(whole(), CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
    REQUIRE(code == CL_SUCCESS);
    return cl::Buffer(made, false);
  };
  const cl::Buffer first = part_of(0), second = part_of(1);
  put(whole, std::vector<int>(2 * elements, 1));
  world().device().finish();
  clique::allreduce(world(), clique::span<int>(first, 0, elements), clique::span<int>(second, 0, elements),
                    clique::op::sum);
  CHECK(get(whole, 2 * elements).back() == world().size());
  refused("overlap", [&] {
    clique::allreduce(world(), clique::span<int>(whole, 0, elements), clique::span<int>(first, 0, elements),
                      clique::op::sum);
  });
  refused("overlap", [&] {
    clique::allreduce(world(), clique::span<int>(second, 0, elements), clique::span<int>(whole, elements - 1, elements),
                      clique::op::sum);
  });
}

TEST_CASE("buffers: the type of a block of no elements does not matter, on either side") {
  const auto size = static_cast<std::size_t>(world().size());
  const int rank = world().rank(), right = (rank + 1) % world().size(),
            left = (rank + world().size() - 1) % world().size();
  clique::array<std::uint8_t> send(world(), 4), receive(world(), 4);
  send.fill(static_cast<std::uint8_t>(rank + 1));
  receive.fill(0);
  std::vector<std::size_t> send_counts(size, 0), receive_counts(size, 0);
  const std::vector<std::size_t> nowhere(size, 0);
  // Types that are none, but for the one block there is.
  std::vector<clique::datatype> send_types(size, static_cast<clique::datatype>(12345));
  std::vector<clique::datatype> receive_types(size, static_cast<clique::datatype>(54321));
  send_counts[static_cast<std::size_t>(right)] = receive_counts[static_cast<std::size_t>(left)] = 1;
  send_types[static_cast<std::size_t>(right)] = receive_types[static_cast<std::size_t>(left)] = clique::datatype::int32;
  clique::alltoallw(world(), send, send_counts, nowhere, send_types, receive, receive_counts, nowhere, receive_types);
  CHECK(receive.to_host() == std::vector<std::uint8_t>(4, static_cast<std::uint8_t>(left + 1)));
}
