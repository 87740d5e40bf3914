// Calls of one small message each way, or of one alone, while nothing else is in flight: the mail that carries the data
// is read where its receiver waits for it, and no call is among those in flight.
#include "messages/matcher.hpp"

#include <cstring>

namespace clique::engine {
namespace {

using kind = transport::mail::kind;
using form = transport::mail::form;

bool goes_by_mail(const message_part& part, int rank) noexcept {
  return part.peer >= 0 && part.peer != rank && part.range.bytes <= transport::mail::most_inlined &&
         part.range.original == nullptr && (part.range.bytes == 0 || staging::always_addressed(part.range.kind));
}

// The data is in the mail, and what the receiver expects.
bool fits_exactly(const message_part& receive, const transport::mail& what) {
  return what.has_data() && what.count == receive.count && what.type == type_id(receive.type);
}

}  // namespace

bool matcher::begin_by_mail(small_messages& all) {
  set_up();
  if (!idle() || has_finished()) return false;
  if (all.send != nullptr && !goes_by_mail(*all.send, on_.rank)) return false;
  if (all.receive != nullptr && (!goes_by_mail(*all.receive, on_.rank) || !with(all.receive->peer).unmatched.empty()))
    return false;
  if (all.send == nullptr) return true;
  const message_part& part = *all.send;
  peer_state& to = with(part.peer);
  transport::mail what;
  what.data = all.paired ? form::eager : form::inlined;
  what.number = all.number = to.sent + 1;
  what.tag = part.tag;
  what.type = type_id(part.type);
  what.count = part.count;
  what.place = part.range.bytes;
  if (part.range.bytes != 0) std::memcpy(what.inlined.data(), part.range.host, part.range.bytes);
  const mail_route& by = mail_[static_cast<std::size_t>(part.peer)];
  if (!by.box->put(by.number, what)) return false;
  ++to.sent;
  to.gone = ++to.mailed;
  if (all.paired) all.send = nullptr;
  return true;
}

bool matcher::go_on_by_mail(small_messages& all) {
  if (all.receive != nullptr && !read_by_mail(all, all.receive->peer)) return false;
  return all.send == nullptr || read_by_mail(all, all.send->peer);
}

// That the data is taken, which it soon is; false where the peer has to read its mail first.
bool matcher::answer_by_mail(int peer, std::uint64_t number) {
  transport::mail answer;
  answer.what = kind::taken;
  answer.number = number;
  const mail_route& by = mail_[static_cast<std::size_t>(peer)];
  peer_state& to = with(peer);
  if (!to.outbox.empty() || !by.box->put(by.number, answer)) return false;
  to.gone = ++to.mailed;
  return true;
}

// False where something has come that is not done so simply.
bool matcher::read_by_mail(small_messages& all, int peer) {
  const mail_route& by = mail_[static_cast<std::size_t>(peer)];
  for (transport::mail what; !all.over() && by.box->get(by.number, what);) {
    if (what.what == kind::message) {
      const bool wanted = all.receive != nullptr && all.receive->peer == peer && fits(*all.receive, peer, what.tag);
      if (!wanted || !fits_exactly(*all.receive, what) || (!what.is_eager() && !answer_by_mail(peer, what.number))) {
        take_in(peer, what);
        if (wanted) return false;
        continue;
      }
      if (all.receive->range.bytes != 0)
        std::memcpy(all.receive->range.host, what.inlined.data(), all.receive->range.bytes);
      all.from = {peer, what.tag};
      all.receive = nullptr;
    } else if (all.send != nullptr && all.send->peer == peer && what.number == all.number && what.what == kind::taken) {
      all.send = nullptr;
    } else if (what.what == kind::ready) {
      take_in(peer, what);
    } else {  // refused
      all.kept = what;
      return false;
    }
  }
  return true;
}

}  // namespace clique::engine
