// What a communicator is behind its handle: its links, its operations in flight, and the only place that waits.
#pragma once

#include "communicator/leaving.hpp"
#include "communicator/light_lock.hpp"
#include "communicator/repeats.hpp"
#include "communicator/spares.hpp"
#include "communicator/waiter.hpp"
#include "core/watchdog.hpp"
#include "engine/executor.hpp"
#include "engine/plan_cache.hpp"
#include "messages/matcher.hpp"
#include "opencl/device_state.hpp"
#include "staging/opencl_port.hpp"
#include "transport/mpi_collectives.hpp"
#include "transport/mpi_comm.hpp"
#include "transport/mpi_messages.hpp"
#include "transport/tree.hpp"
#include "ways/table.hpp"

#include <clique/array.hpp>
#include <clique/communicator.hpp>
#include <clique/device.hpp>
#include <clique/topology.hpp>

#include <deque>
#include <exception>
#include <mutex>
#include <thread>

namespace clique::engine {

struct topology;

class communicator_state : public std::enable_shared_from_this<communicator_state> {
 public:
  using seconds = std::chrono::duration<double>;

  // Collective over `comm` (communicator/bootstrap.cpp).
  static std::shared_ptr<communicator_state> create(MPI_Comm comm, const clique::device* own);
  // Collective over `own`, whose ranks are all of `parent`; its device and timeout are the parent's.
  static std::shared_ptr<communicator_state> create_child(communicator_state& parent, transport::mpi_comm own,
                                                          std::shared_ptr<const engine::topology> topology);
  ~communicator_state();
  communicator_state(const communicator_state&) = delete;
  communicator_state& operator=(const communicator_state&) = delete;

  [[nodiscard]] int rank() const noexcept { return links_.rank; }
  [[nodiscard]] int size() const noexcept { return links_.size; }
  [[nodiscard]] const clique::device& device() const noexcept { return device_; }
  [[nodiscard]] staging::opencl_port& port() noexcept { return port_; }
  [[nodiscard]] const rank_info& info() const noexcept { return info_; }
  [[nodiscard]] seconds timeout() const noexcept { return timeout_; }
  void set_timeout(seconds limit) { timeout_ = limit; }
  [[nodiscard]] clique::agreement agreement() const noexcept { return agreement_; }
  void set_agreement(clique::agreement with) noexcept { agreement_ = with; }
  // Whether those alone compare who exchange data, in a call that says so or leaves it to the communicator.
  [[nodiscard]] bool pairs(const call& how) const noexcept {
    return how.agreement.value_or(agreement_) == clique::agreement::pairs && shares_memory();
  }
  [[nodiscard]] bool pairs(collective what, const call& how) const noexcept {
    return pairs(how) && what != collective::barrier;
  }
  // What it was made on: the user's, or, of a communicator made from another, its own.
  [[nodiscard]] MPI_Comm comm() const noexcept { return comm_; }
  // The lowest of the ranks that this one shares memory with.
  [[nodiscard]] int first_of_node() const noexcept { return first_of_node_; }
  [[nodiscard]] const std::vector<int>& nodes() const noexcept { return nodes_; }  // see schedule::shape::nodes
  [[nodiscard]] int node_count() const noexcept { return node_count_; }
  [[nodiscard]] bool has_subtrees() const noexcept { return subtrees_; }  // see schedule::nodes_are_subtrees()
  [[nodiscard]] const std::vector<way_info>& ways() const noexcept { return ways_info_; }  // by rank
  // Null where it has none.
  [[nodiscard]] const std::shared_ptr<const engine::topology>& topology() const noexcept { return topology_; }
  [[nodiscard]] const neighborhood* neighbors() const noexcept;
  // Whether a thread other than the user's may call MPI for this communicator, or need not.
  [[nodiscard]] bool serves_threads() const noexcept {
    return (messages_ == nullptr && collectives_ == nullptr) || threads_;
  }
  [[nodiscard]] bool shares_memory() const noexcept { return messages_ == nullptr; }  // with all other ranks
  [[nodiscard]] core::watchdog::post& post() noexcept { return post_; }               // under the lock
  [[nodiscard]] plan_cache& plans() noexcept { return plans_; }                       // under the lock
  // Memory for the messages of a call while it is made.
  [[nodiscard]] std::vector<message_part>& spare_parts() noexcept { return spare_parts_; }  // under the lock
  [[nodiscard]] repeats& made() noexcept { return made_; }                                  // under the lock
  // Whether what is known of the buffers of a call holds until opencl::buffer_generation() changes.
  [[nodiscard]] bool remembers(const detail::arguments& of);

  // Holds the communicator against other threads; completes events when it ends.
  class lock {
   public:
    explicit lock(communicator_state& on) : on_(on), lock_(on.mutex_) {}
    lock(communicator_state& on, std::try_to_lock_t how) : on_(on), lock_(on.mutex_, how) {}
    ~lock();

   private:
    friend communicator_state;
    communicator_state& on_;
    std::unique_lock<light_lock> lock_;
  };

  // As long as it lives a thread of the program waits for an operation, and looks again and again. Under the lock.
  class attendance {
   public:
    explicit attendance(communicator_state& on) : on_(on), before_(std::exchange(on.attended_, true)) {}
    attendance(const attendance&) = delete;
    attendance& operator=(const attendance&) = delete;
    ~attendance() { on_.attended_ = before_; }

   private:
    communicator_state& on_;
    bool before_;
  };

  // An operation will be submitted soon.
  void expect(const lock&) noexcept {
    if (board_ != nullptr) board_->expect(last_ + 1);
  }
  // An operation to fill in.
  std::shared_ptr<operation> acquire(const lock&);
  // Staging memory of one persistent call.
  std::shared_ptr<ways::ring_pools> make_rings();
  // Memory of the arena for one operation, which a GPU's driver knows up to a ring's size. Up to so many bytes it comes
  // from a few pieces that are kept.
  static constexpr std::size_t small_temporary = std::size_t{16} << 10;
  std::shared_ptr<std::byte> temporary(std::size_t bytes);
  [[nodiscard]] std::size_t ring_bytes() const noexcept { return ways::transit::most_flights * links_.segment_bytes; }
  // The same of the device.
  std::shared_ptr<array_memory> device_temporary(std::size_t bytes);
  // Whether a reduction of these ranges runs in kernels (communicator/reduces_in_kernels.cpp).
  bool reduces_in_kernels(const reduce_op& op, datatype type, const staging::binding& in, const staging::binding& out);
  // Gives it its place in the order, and begins with it. Does not block.
  void submit(const lock&, const std::shared_ptr<operation>& op);
  // Submits it, and waits until it is done; throws its failure.
  void run(lock& held, const std::shared_ptr<operation>& op);
  // The same for messages, which have no place in that order.
  std::shared_ptr<message_group> acquire_messages(const lock&);
  void submit(const lock&, const std::shared_ptr<message_group>& call);
  // A blocking call of messages that goes by mail alone, where nothing else is in flight: does what can be done before
  // long. False where nothing of it was done; else what is left in `all` is to be submitted.
  bool run_by_mail(const lock&, small_messages& all);
  // Until it is done; throws its failure. The lock is let go while it waits for long.
  void wait(lock& held, task& op);
  bool test(lock& held, task& op);
  // A done operation that nobody looks at any more, for the next call.
  void recycle(const lock&, std::shared_ptr<operation>&& op) { spare_.give_back(std::move(op)); }
  void recycle(const lock&, std::shared_ptr<message_group>&& call) { spare_messages_.give_back(std::move(call)); }
  // The same once the request that holds it has gone.
  void lend(const lock&, const std::shared_ptr<operation>& op) { spare_.lend(op); }
  void lend(const lock&, const std::shared_ptr<message_group>& call) { spare_messages_.lend(call); }
  // Calls `then(failed)`, without the lock, when the operation is done.
  void complete(const lock&, task& op, std::function<void(bool failed)> then);
  // The number of a persistent call that all ranks have just agreed upon, from 1 on.
  std::uint32_t number_init(const lock&) noexcept { return ++inits_; }
  // Lets the thread of its own, if there is one, know that there is work.
  void announce();

  // Does what can be done now for all operations; true if anything was. Skips a communicator that is locked.
  bool try_progress();
  // The same, if some operation waits for this rank's device: it may have failed.
  void look_at_device();
  [[nodiscard]] bool idle();

  // Ends the communicator for all ranks. `why` holds from the first time on.
  void poison(const error& why);
  void fail_if_poisoned();

  // The user's handle goes: what is in flight stays with the engine.
  void orphan();

 private:
  friend class bootstrap;
  explicit communicator_state(const clique::device& device);

  bool progress(bool begins = false);
  bool run_at_once(const std::shared_ptr<operation>& of);
  [[nodiscard]] bool awaits_arrival(const task& op) const noexcept;
  [[nodiscard]] bool awaits_packets() const noexcept;
  bool copy_for_all();
  void give_back_staging(operation& of);
  void conclude(task& op);
  void throw_failure(const task& op);
  void end_by(const error& failure);  // of this rank's, after the ranks have agreed
  [[nodiscard]] bool has_lost_mpi() const noexcept;
  void give_up_all();
  void give_up(const std::shared_ptr<task>& op);
  [[nodiscard]] std::optional<error> poison_error() const;
  void check_devices(const task& op);
  void check_deadline(task& op);
  void withdraw_late(task& op);
  [[nodiscard]] bool just_refused() const;
  [[nodiscard]] bool busy();

  clique::device device_;
  staging::opencl_port port_;
  links links_;
  int first_of_node_ = 0, node_count_ = 1;
  std::vector<int> nodes_;
  bool subtrees_ = false;
  bool packets_came_ = false;  // since the operations were looked at
  std::vector<way_info> ways_info_;
  std::vector<std::unique_ptr<ways::way>> ways_;
  std::shared_ptr<transport::board> board_;
  std::unique_ptr<ways::copier> copier_;
  std::uint64_t looked_ = 0;  // operations up to here have had their steps looked at, with the ranks agreed
  bool attended_ = false;
  std::shared_ptr<std::byte> control_;     // of the board, in the arena
  std::unique_ptr<transport::tree> tree_;  // outlives the messages, which write into it
  std::unique_ptr<transport::mpi_messages> messages_;
  std::unique_ptr<transport::mpi_collectives> collectives_;
  executor executor_{links_};
  matcher matcher_{links_};
  rank_info info_;
  bool crowded_ = false;  // more ranks than cores on this node
  bool threads_ = false;
  seconds timeout_{};
  clique::agreement agreement_ = clique::agreement::full;
  transport::mpi_comm own_comm_;  // of one made from another
  std::thread::id maker_ = std::this_thread::get_id();
  MPI_Comm comm_ = MPI_COMM_NULL;
  std::shared_ptr<const engine::topology> topology_;
  std::weak_ptr<communicator_state> parent_;

  core::watchdog::post post_;
  light_lock mutex_;
  plan_cache plans_;
  repeats made_;
  std::deque<std::shared_ptr<operation>> operations_;  // in flight, in order
  spares<operation> spare_;
  // Temporary memory kept for the next call; in use where others hold it too.
  std::vector<std::shared_ptr<std::byte>> small_spare_;  // of one small size
  std::vector<std::shared_ptr<array_memory>> device_spare_;
  spares<message_group> spare_messages_;
  std::vector<message_part> spare_parts_;
  engine::leaving leaving_;
  std::uint32_t inits_ = 0;                                          // persistent calls agreed upon
  std::uint64_t last_ = 0, left_ = 0, refused_ = ~std::uint64_t{0};  // operations given out, left, refused last
  std::optional<error> poison_;
  int exceptions_at_birth_ = std::uncaught_exceptions();
  std::vector<std::function<void()>> completions_;  // to call without the lock
};

}  // namespace clique::engine
