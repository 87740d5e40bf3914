// What the two libraries of faults share: which call is to fail, and how often each entry point was called.
//
//   FAULT_PLAN=ENTRY:N:CODE:RANK   call N (1, 2, ...) of ENTRY on RANK fails with CODE; all others go through
//   FAULT_RECORDS=FOLDER           FOLDER/fired.RANK says that it did; FOLDER/counts.RANK.LIBRARY, written at the end
//                                  of the process, has a line "ENTRY CALLS" for each entry point
//
// The program may define `extern "C" bool fault_paused()`: calls are neither counted nor failed while it says so, as
// the program looks at data or makes objects of its own; and `extern "C" const char* fault_where()`: what it is doing.
#pragma once

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <dlfcn.h>
#include <execinfo.h>

namespace fault {

struct counter {
  const char* entry;
  std::atomic<unsigned long> calls{0};
};

// By the launcher's word for it, since MPI may not be initialized yet.
inline int rank() {
  for (const char* name : {"PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_RANK"}) {
    if (const char* const text = std::getenv(name)) return std::atoi(text);
  }
  return 0;
}

struct plan {
  std::string entry;
  unsigned long call = 0;
  int code = 0, rank = -1;

  static const plan& get() {
    static const plan made = [] {
      plan result;
      const char* const text = std::getenv("FAULT_PLAN");
      if (text == nullptr) return result;
      char entry[64] = "";
      if (std::sscanf(text, "%63[^:]:%lu:%d:%d", entry, &result.call, &result.code, &result.rank) != 4) {
        std::fprintf(stderr, "fault: FAULT_PLAN=%s is not ENTRY:N:CODE:RANK\n", text);
        std::_Exit(2);
      }
      result.entry = entry;
      return result;
    }();
    return made;
  }
};

inline std::string record(const std::string& name) {
  const char* const folder = std::getenv("FAULT_RECORDS");
  return folder == nullptr ? "" : folder + ("/" + name);
}

template <class F>
F of_program(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_DEFAULT, name));
}

inline bool paused() {
  static const auto ask = of_program<bool (*)()>("fault_paused");
  return ask != nullptr && ask();
}

// Who called: offsets in libclique, innermost first, for addr2line.
inline std::string callers() {
  void* frames[48];
  std::string text;
  const int depth = backtrace(frames, 48);
  for (int k = 0; k < depth; ++k) {
    Dl_info where;
    if (dladdr(frames[k], &where) == 0 || where.dli_fname == nullptr) continue;
    if (std::strstr(where.dli_fname, "libclique.so") == nullptr) continue;
    char offset[32];
    const auto* const at = static_cast<const char*>(frames[k]) - 1;  // in the call, not behind it
    std::snprintf(offset, sizeof offset, " %tx", at - static_cast<const char*>(where.dli_fbase));
    text += offset;
  }
  return text;
}

inline void report(unsigned long call) {
  static const auto where = of_program<const char* (*)()>("fault_where");
  const plan& is = plan::get();
  char line[2048];
  std::snprintf(line, sizeof line, "fault: rank %d: call %lu of %s fails with %d, in %s;%s\n", is.rank, call,
                is.entry.c_str(), is.code, where != nullptr ? where() : "?", callers().c_str());
  std::fputs(line, stderr);
  std::fflush(stderr);
  if (const std::string path = record("fired." + std::to_string(is.rank)); !path.empty()) {
    if (std::FILE* const file = std::fopen(path.c_str(), "a")) {
      std::fputs(line, file);
      std::fclose(file);
    }
  }
}

// Counts a call; true if it is the one that fails, which has then been said.
inline bool due(counter& of) {
  if (paused()) return false;
  const unsigned long call = ++of.calls;
  const plan& is = plan::get();
  static const int here = rank();
  if (call != is.call || here != is.rank || is.entry != of.entry) return false;
  report(call);
  return true;
}

template <class Counters>
void write_counts(const char* library, const Counters& all) {
  const std::string path = record("counts." + std::to_string(rank()) + "." + library);
  std::FILE* const file = path.empty() ? nullptr : std::fopen(path.c_str(), "w");
  if (file == nullptr) return;
  for (const counter& each : all) {
    if (each.calls != 0) std::fprintf(file, "%s %lu\n", each.entry, each.calls.load());
  }
  std::fclose(file);
}

}  // namespace fault
