#include "ways/table.hpp"

#include "ways/by_messages.hpp"
#include "ways/by_process.hpp"
#include "ways/on_device.hpp"
#include "ways/self.hpp"
#include "ways/shared.hpp"

namespace clique::ways {
namespace {

constexpr row rows[] = {
    {"self", "copied within the rank",
     [](const profile& mine, const profile& theirs) { return connection{mine.rank == theirs.rank}; },
     [](const means& of) -> std::unique_ptr<way> { return std::make_unique<self>(*of.device); }},
    {"device", "copied on the device, where it is exported memory; else as by shm",
     [](const profile& mine, const profile& theirs) -> connection {
       if (mine.board < 0 || mine.board != theirs.board || mine.device != theirs.device) return {};
       if (mine.exports == theirs.exports) return {mine.exports};
       return {false, core::formatted("rank {} exports no memory of the device that they share",
                                      mine.exports ? theirs.rank : mine.rank)};
     },
     [](const means& of) -> std::unique_ptr<way> {
       return std::make_unique<on_device>(*of.board, of.numbers, *of.device, *of.arena, of.segment_bytes, *of.copies);
     }},
    {"process", "as by shm, but out of the other's process where a buffer lies in no shared memory",
     [](const profile& mine, const profile& theirs) -> connection {
       if (mine.board < 0 || mine.board != theirs.board) return {};
       if (!mine.addresses && !theirs.addresses) return {};  // nothing there to be read
       const auto reads = [](const profile& one, const profile& other) {
         return other.number < one.reads.size() && one.reads[other.number];
       };
       if (reads(mine, theirs) && reads(theirs, mine)) return {true};
       return {false, "they may not read each other's processes"};
     },
     [](const means& of) -> std::unique_ptr<way> {
       return std::make_unique<by_process>(*of.board, of.numbers, *of.device, *of.arena, of.segment_bytes, of.processes,
                                           of.always_by_process);
     }},
    {"shm", "through shared memory: small blocks in the arrival, others where they lie, or in segments",
     [](const profile& mine, const profile& theirs) -> connection {
       if (mine.node != theirs.node) return {false, "they are on different nodes"};
       if (mine.board >= 0 && mine.board == theirs.board) return {true};
       const profile& later = mine.rank < theirs.rank ? theirs : mine;
       const profile& earlier = mine.rank < theirs.rank ? mine : theirs;
       return {false, !later.alone.empty()     ? later.alone
                      : !earlier.alone.empty() ? earlier.alone
                                               : "they do not map each other's memory"};
     },
     [](const means& of) -> std::unique_ptr<way> {
       return std::make_unique<shared>(*of.board, of.numbers, *of.device, *of.arena, of.segment_bytes);
     }},
    {"mpi", "in messages of a segment each", [](const profile&, const profile&) { return connection{true}; },
     [](const means& of) -> std::unique_ptr<way> {
       return std::make_unique<by_messages>(*of.messages, *of.parcels, *of.device, of.segment_bytes);
     }},
};

}  // namespace

std::span<const row> table() {
  return rows;
}

choice choose(const profile& mine, const profile& theirs, std::span<const row> among) {
  std::string why_not;
  for (const row& each : among) {
    auto [holds, reason] = each.can_connect(mine, theirs);
    if (holds) return {&each, std::string(each.line) + why_not};
    if (!reason.empty()) why_not += core::formatted("; not {}: {}", each.name, reason);
  }
  fail(status::internal, "no way joins ranks {} and {}{}", mine.rank, theirs.rank, why_not);
}

}  // namespace clique::ways
