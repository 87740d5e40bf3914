// How ranks meet that do not all share memory: those of a board there, and one of each board, its leader, with the
// other leaders, over messages. A rank without a board is a leader.
//
//   1. A rank publishes its arrival on its board. When all have, the leader knows what they bring together: its tally.
//   2. Leaders tell each other in rounds, by dissemination (Hensgen, Finkel and Manber, "Two algorithms for barrier
//      synchronization", 1988). There are n of them. In round r, from 0 on, the i-th sends what it knows to the one 2^r
//      places further, and adds what the one 2^r places before sends. After ceil(log2 n) rounds each knows of all.
//   3. The leader tells its board.
//   4. Only where they do not agree, every rank sends its text to every other; and if all called the same, the first
//      pair that it sees disagree: so all ranks can give the same reason.
//
// What comes twice does no harm to what all have alike, but the sums over pairs are to be added once. So a leader knows
// the sum over the 2^r leaders up to itself (`whole`), and that over the n mod 2^r leaders up to itself (`part`), which
// grows by a `whole` wherever n has the bit r. E.g. of 5 leaders the last has, of whom:
//
//     round   whole          part
//     0       4              -        n has the bit 1: adds whole to the part that comes, which is none
//     1       3 4            4
//     2       1 2 3 4        4        n has the bit 4: adds whole (1 2 3 4) to what 0 sends as its part (0)
//     end     all            0 1 2 3 4
//
// A record says of which operation it is: a rank may be ahead of another, and starts of persistent calls may come in
// different orders. The same packets carry parcels, mail, poison, and questions: a rank that waits for long asks the
// one that it waits for whom that one waits for, and so on, until somebody has not arrived, or does not answer.
#pragma once

#include "transport/board.hpp"
#include "transport/meeting.hpp"
#include "transport/packets.hpp"
#include "transport/parcels.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace clique::transport {

class tree final : public meeting, public mailbox, public parcels {
 public:
  // Of all records but those of refusals, mail and poison.
  static constexpr std::size_t most_record_bytes = 128;

  // `boards`: by rank, the lowest rank of its board; or -1: it shares none. `own`: this rank's board, or null; its
  // ranks are in order there. `longest_parcel`: the same on all ranks.
  tree(messages& link, int rank, std::span<const int> boards, board* own, std::size_t longest_parcel);
  // What changes where the ranks' libraries could not talk to each other.
  static constexpr std::uint32_t record_bytes() noexcept { return sizeof(round_record) + sizeof(details_record); }

  bool room(std::uint64_t seq) override;
  void name_start(std::uint64_t seq, std::uint64_t start) override { started_ = {seq, start}; }
  void arrive(std::uint64_t seq, const arrival& mine, const pair_bytes& bytes) override;
  outcome poll(std::uint64_t seq, const compared* with = nullptr) override;
  std::vector<std::uint64_t> numbers(std::uint64_t seq) override;
  minutes read(std::uint64_t seq, const compared* with = nullptr) override;
  void leave(std::uint64_t seq) override;
  int missing(std::uint64_t seq, std::uint64_t& last) override;
  void inquire(std::uint64_t seq) override;

  // Takes in what has come, or the next packet of it; true if there was anything. Called before every look at the
  // state.
  bool progress(bool all = true);
  // The operation of this rank, which meets nobody on a board, is to go on when something has come.
  [[nodiscard]] bool waits_for_packets() const noexcept { return board_ == nullptr && !poisoned_; }
  // What has been put since.
  void flush() { packets_.flush(); }
  void put(std::uint64_t seq, int peer, std::uint32_t key, const std::byte* from, std::size_t bytes) override;
  [[nodiscard]] std::uint64_t number_of(std::uint64_t seq) const override;
  [[nodiscard]] const std::byte* find(std::uint64_t seq, int peer, std::uint32_t key, std::size_t bytes) override;
  bool get(std::uint64_t seq, int peer, std::uint32_t key, std::byte* to, std::size_t bytes) override;
  [[nodiscard]] std::size_t most() const noexcept override { return longest_parcel_; }
  bool put(int peer, const mail& what) override;
  bool get(int peer, mail& what) override;
  // Tells all ranks; or, of what came by the board, the other leaders, if this rank is one.
  void poison(const poison_note& why, bool by_board = false);
  // Packets are on their way whose memory is this object's.
  [[nodiscard]] bool sending() noexcept { return packets_.sending(); }
  [[nodiscard]] const std::optional<poison_note>& poisoned() const noexcept { return poisoned_; }

  // Rounds of an operation.
  [[nodiscard]] std::uint32_t rounds() const noexcept { return rounds_; }

 private:
  enum class kind : std::uint32_t { round, parcel, details, odd, question, answer, mail, poison };
  // Which operation: by the sender's number; of a start of a persistent call, also its name.
  struct name {
    std::uint64_t seq, start;
  };
  // Whether what another rank calls `theirs` is this rank's `mine`. Where one has begun something else than a start
  // under the other's number, they do not agree, and have to learn it.
  static bool same(const name& mine, const name& theirs) noexcept {
    if (mine.seq == theirs.seq && (mine.start == 0 || theirs.start == 0)) return true;
    return mine.start != 0 && mine.start == theirs.start;
  }
  struct round_record {
    name of;
    std::uint32_t round;
    tally whole;
    std::uint64_t part;
  };
  static_assert(sizeof(round_record) <= most_record_bytes);
  struct parcel_head {  // the block follows
    name of;
    std::uint64_t key;
  };
  struct parcel {
    parcel_head head;
    std::vector<std::byte> block;
  };
  struct details_record {
    name of;
    transport::signature signature;
    pair_entry pair;  // to and from the receiver, of v-collectives
    char text[text_bytes];
  };
  struct odd_record {
    name of;
    odd_pair pair;  // from < 0: none
  };
  // Where the sender of the answer is with it: it has not arrived, and the last one it arrived at is `last`; it waits
  // for that `peer`, which has not arrived at its board, or from which no record has come; or for nobody.
  enum class whereabouts : std::uint32_t { absent, board, leader, nobody };
  struct answer_record {
    name of;  // as the asker has it
    whereabouts where;
    std::int32_t peer;
    std::uint64_t last;
  };
  template <class Record>
  struct received {
    int peer;
    Record what;
  };

  // What has come of a rank, and is of use to nobody yet.
  struct correspondent {
    std::deque<transport::mail> inbox;
    std::vector<parcel> parcels;
  };

  struct operation {  // that this rank has arrived at and not left
    name of;
    arrival mine;
    pair_bytes bytes;
    bool counted = false;     // leader: all of its board have arrived
    bool sent = false;        // leader: the record of this round
    std::uint32_t round = 0;  // leader
    tally whole;              // of what it knows; in the end of all
    std::uint64_t part = 0;   // sum over pairs
    outcome told = outcome::pending;
    // Refused: what all ranks have sent, by rank.
    bool detailed = false, has_odd = false;
    std::vector<std::optional<details_record>> details;
    std::vector<std::optional<odd_record>> odd;
    // Asked whom it waits for: who has been asked last, what is known.
    int asked = -1;
    std::optional<answer_record> answer;

    void reset() {
      counted = sent = detailed = has_odd = false;
      round = 0;
      part = 0;
      told = outcome::pending;
      details.clear();
      odd.clear();
      asked = -1;
      answer.reset();
    }
  };

  correspondent& with(int peer);
  [[nodiscard]] bool is_over(const name& of) const noexcept;
  [[nodiscard]] name name_of(std::uint64_t seq) const noexcept;
  void take(int peer, kind what, std::span<const std::byte> frame);
  void answer_to(int peer, const name& of);
  void hear(const answer_record& what);
  [[nodiscard]] operation* find(const name& of);
  [[nodiscard]] parcel* find_parcel(std::uint64_t seq, int peer, std::uint32_t key, std::size_t bytes);
  [[nodiscard]] operation& at(std::uint64_t seq);
  [[nodiscard]] const operation& at(std::uint64_t seq) const;
  void advance(operation& own);
  bool advance_as_leader(operation& own);
  [[nodiscard]] outcome read_details(operation& own);
  void tell_details(operation& own);
  void tell_odd(operation& own);
  [[nodiscard]] answer_record whereabouts_in(const operation& own) const;
  void ask(operation& own, int peer);
  void send_to_all(kind of, const void* what, std::size_t bytes);
  // The leader so many places further.
  [[nodiscard]] int leader_at(std::int64_t places) const noexcept;
  [[nodiscard]] bool is_leader() const noexcept { return place_ >= 0; }

  packets packets_;
  board* board_;
  int rank_, size_;
  std::vector<int> leaders_;  // ranks, in order
  std::vector<int> members_;  // of the board: ranks, in order
  int place_ = -1;            // of this rank among the leaders, or -1
  int leader_;                // of this rank's board
  std::uint32_t rounds_ = 0;
  std::deque<std::unique_ptr<operation>> operations_;  // by number
  std::vector<std::unique_ptr<operation>> done_;       // to be used again
  std::uint64_t left_ = 0, last_ = 0;
  std::map<std::uint32_t, std::uint32_t> left_starts_;  // of each persistent call: how many
  name started_{};                                      // the last one that name_start() told
  std::size_t longest_parcel_;
  // What has come and is of use to nobody yet.
  std::vector<received<round_record>> records_;
  std::vector<received<details_record>> details_;
  std::vector<received<odd_record>> odd_;
  std::vector<std::unique_ptr<correspondent>> correspondents_;  // by rank; null: nothing has ever come
  std::vector<std::vector<std::byte>> spare_;                   // of parcels
  std::optional<poison_note> poisoned_;
};

}  // namespace clique::transport
