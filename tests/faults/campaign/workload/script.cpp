#include "script.hpp"

#include <chrono>
#include <cstring>
#include <exception>

namespace workload {
namespace {

thread_local int asides = 0;
const script* running = nullptr;

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char each : text) {
    if (each == '"' || each == '\\') result += '\\';
    if (static_cast<unsigned char>(each) < ' ') {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(each));
      result += code;
    } else {
      result += each;
    }
  }
  return result + '"';
}

// In seconds; one clock for all ranks of a host.
double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Where two lists differ first; empty where they do not.
std::string difference(const numbers& got, const numbers& wanted) {
  if (got.size() != wanted.size()) return std::to_string(got.size()) + " elements";
  for (std::size_t k = 0; k < got.size(); ++k) {
    if (got[k] != wanted[k])
      return "element " + std::to_string(k) + " is " + std::to_string(got[k]) + ", not " + std::to_string(wanted[k]);
  }
  return "";
}

std::string difference(const std::vector<result>& of, bool returned) {
  for (std::size_t k = 0; k < of.size(); ++k) {
    const std::string text = difference(of[k].where->get(), returned ? of[k].after : of[k].before);
    if (!text.empty()) return "buffer " + std::to_string(k) + ": " + text;
  }
  return "";
}

}  // namespace

// For the libraries of faults, see plan.hpp.
extern "C" __attribute__((visibility("default"))) bool fault_paused() {
  return asides != 0;
}
extern "C" __attribute__((visibility("default"))) const char* fault_where() {
  return running != nullptr ? running->where() : "?";
}

aside::aside() noexcept {
  ++asides;
}
aside::~aside() {
  --asides;
}

// ---- memory

memory::memory(const clique::device& where, kind of, const numbers& first) : where_(where) {
  const aside own;
  if (of == kind::array) {
    array_ = std::make_shared<clique::array<std::int32_t>>(where, first.size());
    all_ = array_->all();
  } else {
    cl_int code = CL_SUCCESS;
    plain_ = cl::Buffer(where.context(), CL_MEM_READ_WRITE, first.size() * sizeof first[0], nullptr, &code);
    if (code != CL_SUCCESS) throw std::runtime_error("clCreateBuffer of the program's own: " + std::to_string(code));
    all_ = {plain_, 0, first.size()};
  }
  clique::copy_from(where_, all_.region(), first.data(), first.size());
}

numbers memory::get() const {
  const aside own;
  numbers result(all_.count());
  clique::copy_to(where_, all_.region(), result.data(), result.size());
  return result;
}

// ---- script

script::script(const char* records) : out_(stdout) {
  running = this;
  if (records == nullptr) return;
  const char* const rank = std::getenv("PMI_RANK");
  out_ = std::fopen((records + std::string("/rank.") + (rank != nullptr ? rank : "0")).c_str(), "w");
  if (out_ == nullptr) throw std::runtime_error(records + std::string(" cannot be written to"));
}

std::string script::next(const char* name) {
  char id[96];
  std::snprintf(id, sizeof id, "%02d.%s", number_++, name);
  return id;
}

void script::note(const std::string& id, const char* of, const std::string& on, const std::string& status,
                  const std::string& text) {
  std::fprintf(out_, "{\"id\": %s, \"kind\": \"%s\", \"on\": %s, \"status\": %s, \"text\": %s, \"at\": %.3f}\n",
               quoted(id).c_str(), of, quoted(on).c_str(), quoted(status).c_str(), quoted(text).c_str(), now());
  std::fflush(out_);
}

bool script::attempt(const std::string& id, const char* of, const std::string& on, const std::vector<result>& results,
                     judged data, const std::function<void()>& call) {
  std::snprintf(where_, sizeof where_, "%s", id.c_str());
  note(id, of, on, "begun", "");
  std::string status = "success", text, wrong;
  const double since = now();
  try {
    call();
  } catch (const clique::error& caught) {
    status = clique::name(caught.code());
    text = caught.what();
  } catch (const std::exception& caught) {
    status = "foreign";
    text = caught.what();
  } catch (...) {
    status = "foreign";
    text = "not even a std::exception";
  }
  const double at = now();
  const bool returned = status == "success";
  if (returned && data == judged::not_yet) status = "started";
  if (!returned || data == judged::yes) wrong = difference(results, returned);
  std::fprintf(out_,
               "{\"id\": %s, \"kind\": \"%s\", \"on\": %s, \"status\": \"%s\", \"text\": %s, \"wrong\": %s, "
               "\"seconds\": %.3f, \"at\": %.3f}\n",
               quoted(id).c_str(), of, quoted(on).c_str(), status.c_str(), quoted(text).c_str(), quoted(wrong).c_str(),
               at - since, at);
  std::fflush(out_);
  std::snprintf(where_, sizeof where_, "after %s", id.c_str());
  return returned;
}

void script::try_out(place& on) {
  if (on.flights != 0) return;
  std::vector<std::string> owed;
  owed.swap(on.owed);
  for (const std::string& id : owed) {
    if (!on.usable) return;
    on.usable = attempt(id + ".barrier", "after", on.name, {}, judged::yes, [&] { clique::barrier(*on.comm); });
    if (!on.usable) return;
    std::vector<result> results;
    const std::size_t count = 3, all = count * static_cast<std::size_t>(on.size());
    numbers sent, got;
    for (int peer = 0; peer < on.size(); ++peer) {
      sent.insert(sent.end(), count, 100 * on.rank() + peer);
      got.insert(got.end(), count, 100 * peer + on.rank());
    }
    const auto send = std::make_shared<memory>(on.comm->device(), kind::array, sent);
    const auto receive = std::make_shared<memory>(on.comm->device(), kind::array, numbers(all, -1));
    on.usable = attempt(id + ".alltoall", "after", on.name, {{receive, numbers(all, -1), got}}, judged::yes,
                        [&] { clique::alltoall(*on.comm, send->all(), receive->all()); });
  }
}

void script::collective(const char* name, place& on, std::vector<result> results, const std::function<void()>& call) {
  const std::string id = next(name);
  if (!on.usable) return;
  if (!attempt(id, "collective", on.name, results, judged::yes, call)) on.owed.push_back(id);
  try_out(on);
}

void script::message(const char* name, place& on, std::vector<result> results, const std::function<void()>& call) {
  const std::string id = next(name);
  if (!on.usable || attempt(id, "message", on.name, results, judged::yes, call)) return;
  on.usable = attempt(id + ".again", "message", on.name, results, judged::yes, call);
}

void script::local(const char* name, const std::vector<result>& results, const std::function<void()>& call) {
  const std::string id = next(name);
  if (!attempt(id, "local", "", results, judged::yes, call))
    (void)attempt(id + ".again", "local", "", results, judged::yes, call);
}

flight script::start(const char* name, place& on, std::vector<result> results,
                     const std::function<clique::request()>& call, bool is_message) {
  flight made;
  made.id = next(name);
  if (!on.usable) return made;
  const char* const of = made.kind = is_message ? "message" : "collective";
  const auto begin = [&] { made.request = call(); };
  made.flies = attempt(made.id, of, on.name, results, judged::not_yet, begin);
  if (!made.flies && is_message) {
    made.flies = on.usable = attempt(made.id + ".again", of, on.name, results, judged::not_yet, begin);
  } else if (!made.flies) {
    on.owed.push_back(made.id);
  }
  made.results = std::move(results);
  if (made.flies) ++on.flights;
  return made;
}

flight script::start(const char* name, place& on, std::vector<result> results, std::optional<clique::persistent>& of) {
  flight made;
  made.id = next(name);
  if (!on.usable || !of) return made;
  made.of = &*of;
  made.flies = attempt(made.id, "collective", on.name, results, judged::not_yet, [&] { of->start(); });
  if (!made.flies) on.owed.push_back(made.id);
  made.results = std::move(results);
  if (made.flies) ++on.flights;
  return made;
}

void script::wait(flight& of, place& on) {
  if (of.flies) {
    --on.flights;
    const auto end = [&] { of.of != nullptr ? of.of->wait() : of.request.wait(); };
    if (!attempt(of.id, of.kind, on.name, of.results, judged::yes, end)) on.owed.push_back(of.id);
  }
  try_out(on);
}

place script::create(const char* name, const std::function<clique::communicator()>& call) {
  place made;
  made.name = name;
  const std::string id = next(name);
  std::string why;
  const auto make = [&] {
    try {
      made.comm = std::make_unique<clique::communicator>(call());
    } catch (const clique::error& caught) {
      why = clique::name(caught.code());
      throw;
    }
  };
  made.usable = attempt(id, "creation", "", {}, judged::yes, make);
  // What MPI began and nobody came to cannot be taken back.
  if (!made.usable && why != "mpi_failure" && why != "timeout")
    made.usable = attempt(id + ".again", "creation", "", {}, judged::yes, make);
  return made;
}

place script::derive(const char* name, place& parent,
                     const std::function<std::optional<clique::communicator>()>& call) {
  place made;
  const std::string id = next(name);
  made.name = id;
  if (!parent.usable) return made;
  std::optional<clique::communicator> comm;
  const auto make = [&] { comm = call(); };
  if (!attempt(id, "creation", parent.name, {}, judged::yes, make)) {
    parent.owed.push_back(id);
    try_out(parent);
    if (!parent.usable) return made;
    (void)attempt(id + ".again", "creation", parent.name, {}, judged::yes, make);
  }
  if (comm) {
    made.comm = std::make_unique<clique::communicator>(std::move(*comm));
    made.usable = true;
  }
  return made;
}

}  // namespace workload
