// How the examples print: a list of numbers as NumPy prints it, and the lines of all ranks in rank order.
#pragma once

#include <mpi.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

// "[0 1 2 3]"; with numbers of different lengths all are as wide as the longest: "[ 0  4  8 12]".
template <class T>
std::string list(const std::vector<T>& numbers) {
  std::vector<std::string> texts;
  std::size_t width = 0;
  for (const T number : numbers) {
    texts.push_back(std::to_string(number));
    width = std::max(width, texts.back().size());
  }
  std::string line;
  for (const std::string& text : texts) {
    line += line.empty() ? '[' : ' ';
    line.append(width - text.size(), ' ');
    line += text;
  }
  return texts.empty() ? "[]" : line + ']';
}

// Prints every rank's line on rank 0, in rank order (what several ranks print themselves comes in any order).
inline void print_in_rank_order(const std::string& line, MPI_Comm comm = MPI_COMM_WORLD) {
  int rank = 0, size = 1;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);

  const std::string mine = line + '\n';
  const int length = static_cast<int>(mine.size());
  std::vector<int> lengths(size), starts(size);
  MPI_Gather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, 0, comm);
  for (int r = 1; r < size; ++r) starts[r] = starts[r - 1] + lengths[r - 1];

  std::string all(starts.back() + lengths.back(), '\0');  // empty on all but rank 0
  MPI_Gatherv(mine.data(), length, MPI_CHAR, all.data(), lengths.data(), starts.data(), MPI_CHAR, 0, comm);
  if (rank == 0) std::cout << all << std::flush;
}
