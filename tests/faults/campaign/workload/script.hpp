// The workload's steps: each makes one call of clique's, looks at the data, and writes down what came of it. The
// campaign compares the records of all ranks; here no rank asks another, so that nothing hangs when clique has failed.
//
// Steps are numbered, the same on all ranks; one on a communicator that has failed is left out, but counts. After an
// error the communicator is tried: a step "ID.barrier" and, if that works, an "ID.alltoall". Messages, local calls and
// the making of communicators are tried once more: "ID.again".
#pragma once

#include <clique/clique.hpp>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace workload {

// While one lives, this thread's calls are the program's own: no fault hits them.
class aside {
 public:
  aside() noexcept;
  ~aside();
  aside(const aside&) = delete;
  aside& operator=(const aside&) = delete;
};

using numbers = std::vector<std::int32_t>;

// `count` numbers on the device: an array of clique's, or a plain buffer of the program's.
enum class kind { array, plain };
class memory {
 public:
  memory(const clique::device& where, kind of, const numbers& first);
  [[nodiscard]] clique::span<std::int32_t> all() const { return all_; }
  [[nodiscard]] clique::span<std::int32_t> part(std::size_t offset, std::size_t count) const {
    return all_.subspan(offset, count);
  }
  [[nodiscard]] numbers get() const;

 private:
  clique::device where_;
  std::shared_ptr<clique::array<std::int32_t>> array_;
  cl::Buffer plain_;
  clique::span<std::int32_t> all_;
};

// A buffer, and what it holds before a call and after it.
struct result {
  std::shared_ptr<memory> where;
  numbers before, after;
};

// A communicator, or what is left of one.
struct place {
  std::string name;
  std::unique_ptr<clique::communicator> comm;
  bool usable = false;
  int flights = 0;                // non-blocking calls that nobody has waited for
  std::vector<std::string> owed;  // steps that failed, after which it has not been tried yet
  [[nodiscard]] int rank() const { return comm->rank(); }
  [[nodiscard]] int size() const { return comm->size(); }
};

struct flight {
  std::string id;
  const char* kind = "collective";
  bool flies = false;
  std::vector<result> results;
  clique::request request;
  clique::persistent* of = nullptr;  // started instead
};

class script {
 public:
  // Writes to RECORDS/rank.R, or to stdout where there is no folder.
  explicit script(const char* records);

  // A call that all ranks make.
  void collective(const char* name, place& on, std::vector<result> results, const std::function<void()>& call);
  void message(const char* name, place& on, std::vector<result> results, const std::function<void()>& call);
  // In place of one that only other ranks make, so that steps have the same numbers everywhere.
  void no_call() { ++number_; }
  // A call that concerns this rank alone.
  void local(const char* name, const std::vector<result>& results, const std::function<void()>& call);

  // A non-blocking call, and its end; of messages where `is_message`.
  flight start(const char* name, place& on, std::vector<result> results, const std::function<clique::request()>& call,
               bool is_message = false);
  // Nothing where `of` could not be made.
  flight start(const char* name, place& on, std::vector<result> results, std::optional<clique::persistent>& of);
  void wait(flight& of, place& on);

  // The first communicator; one made from `parent` (nothing is an answer, too).
  place create(const char* name, const std::function<clique::communicator()>& call);
  place derive(const char* name, place& parent, const std::function<std::optional<clique::communicator>()>& call);

  // What this rank is doing now.
  [[nodiscard]] const char* where() const noexcept { return where_; }
  void note(const std::string& id, const char* of, const std::string& on, const std::string& status,
            const std::string& text);

 private:
  enum class judged { yes, not_yet };
  std::string next(const char* name);
  // Runs `call` as step `id`; true if it returned.
  bool attempt(const std::string& id, const char* of, const std::string& on, const std::vector<result>& results,
               judged data, const std::function<void()>& call);
  void try_out(place& on);

  std::FILE* out_;
  int number_ = 0;
  char where_[128] = "the start";
};

}  // namespace workload
