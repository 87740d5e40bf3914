// How ranks that share no memory meet: every rank sends its arrival to every other, over messages.
//
//   1. arrive: the signature, and what this pair exchanges, to each peer.
//   2. poll: all arrivals of the operation are there (of a start of a persistent call by its name, else by its number);
//   they agree if all marks are equal, no status is bad and the pair
//      sums add up to zero. The decision is the same on all ranks, since all see the same numbers.
//   3. refused: every rank sends its text and the first pair that it sees disagree to each peer, so that all ranks
//      can give the same reason.
// The same channel, a receive that is always posted for each peer, carries poison, and the mail of point-to-point
// messages.
#pragma once

#include "transport/board.hpp"
#include "transport/meeting.hpp"
#include "transport/messages.hpp"

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>

namespace clique::transport {

class wire final : public meeting, public mailbox {
 public:
  static constexpr std::uint32_t tag = 0;  // of all that this class sends

  wire(messages& link, int rank, int size);
  // Of each message that this class sends.
  static constexpr std::uint32_t record_bytes() noexcept { return sizeof(record); }

  bool room(std::uint64_t seq) override;
  void arrive(std::uint64_t seq, const arrival& mine, const pair_bytes& bytes) override;
  outcome poll(std::uint64_t seq, const compared* with = nullptr) override;
  std::vector<std::uint64_t> numbers(std::uint64_t seq) override;
  minutes read(std::uint64_t seq, const compared* with = nullptr) override;
  void leave(std::uint64_t seq) override;
  int missing(std::uint64_t seq, std::uint64_t& last) override;

  // Takes in what has come. Called before every look at the state.
  void progress();
  bool put(int peer, const mail& what) override;
  bool get(int peer, mail& what) override;
  void poison(const poison_note& why);
  // Records are on their way whose memory is this object's.
  [[nodiscard]] bool sending() const noexcept { return !outgoing_.empty(); }
  [[nodiscard]] const std::optional<poison_note>& poisoned() const noexcept { return poisoned_; }

 private:
  enum class kind : std::uint32_t { arrival, details, poison, mail };
  struct record {
    wire::kind kind;
    std::uint64_t seq;
    transport::signature signature;
    pair_entry pair;            // to and from the receiver, of v-collectives
    odd_pair odd;               // details; from < 0: none
    std::uint64_t pairs_known;  // `pair` holds
    poison_note why;            // poison; its text also that of details, or, bytewise, the mail
  };
  struct peer_state {
    record incoming;
    messages::ticket receive;
    std::uint64_t last_arrival = 0;
    // What it has sent of operations that this rank has not left, by its own numbers; and those that are starts of
    // persistent calls, which may have other numbers here.
    std::map<std::uint64_t, record> arrivals, details;
    std::map<std::uint64_t, std::uint64_t> starts;
    std::deque<transport::mail> inbox;
  };
  struct operation {  // that this rank has arrived at and not left
    arrival mine;
    pair_bytes bytes;
    bool detailed = false;
    record own_arrival, own_details;
    std::vector<std::uint64_t> numbers;  // by rank, where they are known
  };

  void post(int peer);
  void send(int peer, const record& what);
  void take(int peer, const record& what);
  [[nodiscard]] std::uint64_t number_of(const operation& own, std::uint64_t seq, int peer) const;
  const record& arrival_of(const operation& own, int peer) const;

  messages& link_;
  int rank_, size_;
  std::vector<std::unique_ptr<peer_state>> peers_;
  struct outgoing {
    record what;
    messages::ticket sent;
  };
  std::list<outgoing> outgoing_;
  std::map<std::uint64_t, operation> operations_;
  std::uint64_t left_ = 0;
  std::optional<poison_note> poisoned_;
};

}  // namespace clique::transport
