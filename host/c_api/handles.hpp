// What the handles of the C interface point to.
#pragma once

#include "c_api/guard.hpp"

#include <clique/call.hpp>
#include <clique/point_to_point.hpp>

#include <memory>
#include <vector>

struct clique_device_s {
  clique::device device;
};

struct clique_comm_s {
  explicit clique_comm_s(clique::communicator made) : comm(std::move(made)), device{comm.device()} {}
  clique::communicator comm;
  clique_device_s device;
};

struct clique_op_s {
  clique::reduce_op op;
};

// Of a non-blocking call, or of a persistent one and its queues.
struct clique_request_s {
  explicit clique_request_s(clique::request of) : once(std::move(of)) {}
  explicit clique_request_s(clique::persistent of) : persists(true), often(std::move(of)) {}

  bool persists = false;
  clique::request once;
  clique::persistent often;
  cl::CommandQueue own, other;  // each start follows what `other` holds, unless that is null
};

struct clique_group_s {
  clique_comm comm;
  std::vector<clique::detail::message_args> messages;
};

namespace clique::c_api {

inline clique_comm_s& of(clique_comm comm) {
  return given(comm, "the communicator");
}
inline const device& of(clique_device device) {
  return given(device, "the device").device;
}

reduce_op op_of(clique_op op);

// A handle to what was made. The caller has to say beforehand that there is a place for it.
template <class Handle, class... Parts>
void make(Handle** result, Parts&&... parts) {
  *result = new Handle{std::forward<Parts>(parts)...};
}

}  // namespace clique::c_api
