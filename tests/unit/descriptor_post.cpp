// Descriptors from process to process: what comes is what was sent; no room, and nobody there, are no errors.
#include "memory/descriptor_post.hpp"

#include <doctest/doctest.h>

#include <string>

#include <sys/mman.h>
#include <unistd.h>

using clique::memory::descriptor_post;
using outcome = descriptor_post::outcome;

TEST_CASE("a descriptor comes with its note, and means the same memory") {
  const descriptor_post one, other;
  CHECK(one.key() != 0);
  CHECK(one.key() != other.key());
  CHECK_FALSE(other.receive());
  const int memory = memfd_create("post", 0);
  REQUIRE(ftruncate(memory, 4096) == 0);
  CHECK(one.send(other.key(), {one.key(), 7, 4096}, memory) == outcome::sent);
  CHECK(one.send(other.key(), {one.key(), 7, 0}, -1) == outcome::sent);
  REQUIRE(pwrite(memory, "seen", 4, 0) == 4);
  close(memory);

  const auto first = other.receive();
  REQUIRE(first);
  CHECK(first->what.from == one.key());
  CHECK(first->what.name == 7);
  CHECK(first->what.bytes == 4096);
  REQUIRE(first->descriptor >= 0);
  char read[4] = {};
  CHECK(pread(first->descriptor, read, 4, 0) == 4);
  CHECK(std::string(read, 4) == "seen");
  close(first->descriptor);
  const auto second = other.receive();
  REQUIRE(second);
  CHECK(second->descriptor == -1);
  CHECK_FALSE(other.receive());
}

TEST_CASE("what nobody reads is refused before long, and what has gone at once") {
  const descriptor_post one;
  std::uint64_t key = 0;
  {
    const descriptor_post other;
    key = other.key();
    int sent = 0;
    auto last = outcome::sent;
    for (; sent < 100000 && last == outcome::sent; ++sent) last = one.send(key, {one.key(), 1, 0}, -1);
    CHECK(last == outcome::full);
    CHECK(sent > 5);
    CHECK(other.receive());
    CHECK(one.send(key, {one.key(), 2, 0}, -1) == outcome::sent);
  }
  CHECK(one.send(key, {one.key(), 3, 0}, -1) == outcome::gone);
}
