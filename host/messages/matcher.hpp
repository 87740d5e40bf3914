// Point-to-point messages of one rank: matched in order, moved, answered. Never waits, knows neither OpenCL nor MPI.
//
//   1. The sender mails the message: its tag, type and count, and, where its device is done, the data itself (up to
//      mail::most_inlined bytes) or where it lies in the arena. If not, it says so later: messages match in the order
//      of their posting, whatever their devices do.
//   2. The receiver matches it: the first posted receive that fits the message, or the first message that fits the
//      receive, as in MPI. If type or count differ it refuses, and both throw the same error.
//   3. Data that is there or in the arena it copies. For other data, when both are ready, it chooses a free letter and
//      accepts; the sender offers and the receiver fetches by the way between them, as in a collective. So a letter is
//      only held by messages that get on, and they cannot wait for each other in a circle, whatever is posted.
//   4. It answers that the data is taken. A send is done when it is answered: it is synchronous. Under agreement
//   `pairs`
//      a message whose data is in its first mail is not answered, and its send is done when the mail is on its way.
// Mail is looked for only where this rank has something in flight with its peer: one that calls collectives alone does
// not pay for this.
#pragma once

#include "engine/links.hpp"
#include "messages/by_number.hpp"
#include "messages/message_group.hpp"

#include <deque>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace clique::engine {

// Mail of a rank to itself.
class own_mailbox final : public transport::mailbox {
 public:
  bool put(int, const transport::mail& what) override {
    kept_.push_back(what);
    return true;
  }
  bool get(int, transport::mail& what) override {
    if (kept_.empty()) return false;
    what = kept_.front();
    kept_.pop_front();
    return true;
  }
  void clear() { kept_.clear(); }

 private:
  std::deque<transport::mail> kept_;
};

// What is left to do of a call that goes by mail alone (messages/by_mail.cpp).
struct small_messages {
  const message_part *send = nullptr, *receive = nullptr;  // what is not done: the answer, the message
  bool paired = false;
  std::uint64_t number = 0;             // of the message that was sent
  message from{};                       // of what was received
  std::optional<transport::mail> kept;  // an answer that says something else than `taken`
  [[nodiscard]] bool over() const noexcept { return send == nullptr && receive == nullptr; }
};

// Whether a receive is for a message of that rank and tag.
inline bool fits(const message_part& receive, int from, int tag) noexcept {
  return (receive.peer == from || receive.peer == any_source) && (receive.tag == tag || receive.tag == any_tag);
}

class matcher {
 public:
  explicit matcher(links& on) : on_(on) {}

  // Posts all messages of the call, in their order. From here on until it is finished this keeps it.
  void start(const std::shared_ptr<message_group>& call);
  // Sends its message; false where the call does not go by mail alone: then nothing was done.
  bool begin_by_mail(small_messages& all);
  // Reads what has come; false where the rest of it, `all`, is to go the usual way. Throws as progress().
  bool go_on_by_mail(small_messages& all);

  // Does what can be done now; true if anything was. Throws clique::error where the communicator is to be poisoned.
  bool progress();
  // Groups that are done and not yet given out.
  [[nodiscard]] bool has_finished() const noexcept { return !finished_.empty(); }
  std::vector<std::shared_ptr<message_group>> take_finished() { return std::exchange(finished_, {}); }
  template <class Do>
  void take_finished(Do&& act) {
    for (const auto& each : finished_) act(*each);
    finished_.clear();
  }
  // Some call waits for this rank's device.
  [[nodiscard]] bool gated() const noexcept { return !gated_.empty(); }
  // There is something to do though no mail comes.
  [[nodiscard]] bool has_work() const noexcept {
    return !busy_.empty() || !gated_.empty() || !finished_.empty() || unsent_ != 0;
  }
  // Nothing is in flight, no mail kept.
  [[nodiscard]] bool idle() const noexcept { return in_flight_.empty() && unsent_ == 0; }
  // If nothing is in flight.
  void give_back_staging() noexcept {
    if (in_flight_.empty()) rings_->idle();
  }
  // Ends all that is in flight, and returns it: peers may still read its memory.
  std::vector<std::shared_ptr<message_group>> give_up(const error& why);

  // Whom the call waits for, and in what. Not for one that is done.
  [[nodiscard]] std::string waits_for(const message_group& call) const;

 private:
  struct arrived {
    transport::mail what;
    std::uint64_t serial;  // among all that came from anywhere
  };
  struct peer_state {
    // As a sender to it.
    std::uint64_t sent = 0;
    by_number<transfer> sends;       // that it has not answered
    std::uint32_t letters_busy = 0;  // one bit each
    // As a receiver.
    std::map<std::uint64_t, arrived> unmatched;             // by number: in order
    std::unordered_map<std::uint64_t, transfer*> receives;  // matched, whose data comes later
    std::uint32_t letters_taken = 0;
    // Both.
    std::uint32_t in_flight = 0;  // transfers that wait for it
    std::deque<transport::mail> outbox;
    std::uint64_t mailed = 0, gone = 0;
  };

  void set_up();
  [[nodiscard]] ways::way& way_to(int peer) const { return *on_.ways[static_cast<std::size_t>(peer)]; }
  peer_state& with(int peer) { return peers_[static_cast<std::size_t>(peer)]; }

  // Mail.
  std::uint64_t post(int peer, const transport::mail& what);
  bool post_kept();
  bool read_mail(int peer);
  void take_in(int peer, const transport::mail& what);
  void keep(peer_state& from, const transport::mail& what);
  bool answer_by_mail(int peer, std::uint64_t number);
  bool read_by_mail(small_messages& all, int peer);

  // Matching.
  bool find_message(transfer& receive);
  void match(transfer& receive, int from, const transport::mail& message);
  void answered(transfer& send, const transport::mail& what);

  // Steps (messages/transfers.cpp).
  void describe(transfer& send, transport::mail& what);
  void send_off(transfer& send, const transport::mail& what);
  bool open(transfer& each);
  void go(transfer& each);
  [[nodiscard]] bool rests(const transfer& each) const;
  bool advance(transfer& each);
  bool begin_receive(transfer& receive);
  bool take_from(transfer& receive, const std::byte* data);
  bool accept(transfer& receive);
  [[nodiscard]] ways::endpoint endpoint_of(const transfer& each) const;
  bool go_on(transfer& each);
  void answer(transfer& receive, transport::mail::kind what);
  bool close(transfer& each);
  void end(transfer& each);
  void end(message_group& call);

  links& on_;
  // To receive, for as many messages as are being moved: a rank that waited for one could hold what others wait for.
  std::unique_ptr<ways::ring_pools> rings_;
  std::vector<peer_state> peers_;
  std::vector<mail_route> mail_;  // by peer
  own_mailbox own_mail_;          // to this rank itself
  posted_receives posted_;
  std::vector<transfer*> busy_;        // with something to do
  std::vector<message_group*> gated_;  // whose device is not ready
  std::vector<std::shared_ptr<message_group>> in_flight_;
  std::vector<std::map<std::uint64_t, arrived>::node_type> spare_;  // of messages that nothing had matched
  std::vector<std::shared_ptr<message_group>> finished_;
  std::uint32_t any_source_ = 0;  // posted receives of any rank
  std::size_t unsent_ = 0;        // mail that found no room
  std::uint64_t serial_ = 0;
};

}  // namespace clique::engine
