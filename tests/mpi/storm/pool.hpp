// Buffers of all types, and what every rank's must hold.
#pragma once

#include "chance.hpp"
#include "elements.hpp"

#include <clique/clique.hpp>

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace storm {

// A buffer has one number on all ranks, but is an array on one and a buffer of OpenCL on another.
class pool {
 public:
  explicit pool(clique::communicator& comm);

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] const clique::device& device() const { return device_; }
  // The last row has few buffers, and those are long.
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }
  [[nodiscard]] const element_row& row(std::size_t k) const { return *rows_[k].elements; }
  [[nodiscard]] std::size_t capacity(std::size_t row) const { return rows_[row].capacity; }  // elements
  [[nodiscard]] std::size_t row_of(int buffer) const { return buffers_[index(buffer)].row; }
  [[nodiscard]] std::vector<int> idle(std::size_t row) const;
  [[nodiscard]] int count() const { return static_cast<int>(buffers_.size()); }
  [[nodiscard]] bool busy(int buffer) const { return buffers_[index(buffer)].busy; }
  void set_busy(int buffer, bool busy) { buffers_[index(buffer)].busy = busy; }

  [[nodiscard]] clique::region region(int buffer, std::size_t offset, std::size_t count) const;
  // What the buffer of `rank` must hold. Changing it makes the buffer one to look at again.
  [[nodiscard]] std::byte* expected(int rank, int buffer);
  [[nodiscard]] const std::byte* expected(int rank, int buffer) const;

  // Enqueues a kernel on `count` elements from `offset` of each rank's buffer, another one's data on each.
  void apply(int buffer, std::size_t offset, std::size_t count, touch how);
  // A random one.
  void apply(chance& from, int buffer);

  // Reads the buffer; throws std::runtime_error that says which element is wrong. `even_if_seen`: also if nothing has
  // changed since it was read last.
  void check(int buffer, bool even_if_seen = true);
  // What happened to the buffer, for the text of such an error.
  void note(int buffer, std::string what);
  // A new buffer instead.
  void renew(int buffer);

 private:
  struct row_info {
    const element_row* elements;
    std::size_t capacity, buffers;
  };
  struct memory {
    std::size_t row = 0;
    bool busy = false, seen = false;
    std::optional<clique::array_memory> array;
    cl::Buffer plain;
    std::vector<std::vector<std::byte>> expected;  // by rank
    std::deque<std::string> history;
  };
  static std::size_t index(int buffer) { return static_cast<std::size_t>(buffer); }

  clique::device device_;
  int rank_, size_;
  std::vector<std::unique_ptr<element_row>> elements_;
  std::vector<row_info> rows_;
  std::vector<memory> buffers_;
  std::vector<std::byte> read_;
};

}  // namespace storm
