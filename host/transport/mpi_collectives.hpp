// MPI's own collectives, on a communicator of their own.
#pragma once

#include "transport/foreign_collectives.hpp"
#include "transport/mpi_messages.hpp"

#include <map>
#include <memory>

namespace clique::transport {

class mpi_collectives final : public foreign_collectives {
 public:
  // Takes over `own`, a duplicate that nobody else uses and whose errors return.
  explicit mpi_collectives(MPI_Comm own);
  ~mpi_collectives() override;
  mpi_collectives(const mpi_collectives&) = delete;
  mpi_collectives& operator=(const mpi_collectives&) = delete;

  ticket start(const mpi_call& what, const std::byte* in, std::byte* out) override;
  bool done(ticket of) override;

 private:
  struct call;  // in flight: MPI reads its lists until it is done
  MPI_Datatype element_type(std::size_t bytes);

  MPI_Comm comm_;
  std::map<std::size_t, MPI_Datatype> elements_;  // by size: so many bytes
  std::map<ticket, std::unique_ptr<call>> calls_;
  ticket last_ = 0;
};

}  // namespace clique::transport
