// How far a long command has come, on a line of standard error that is written over and over.
#ifndef AFTERSALES_CLIENT_CLI_PROGRESS_H_
#define AFTERSALES_CLIENT_CLI_PROGRESS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "client/cli/terminal.h"

namespace aftersales::cli {

// "1234567" as people read it: "1,234,567".
std::string Grouped(int64_t number);

// Shows nothing where standard error is no terminal. The terminal must outlive it.
class Progress {
 public:
  Progress(const Terminal& terminal, std::string unit) : terminal_(terminal), unit_(std::move(unit)) {}
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` units so far; `part` of `whole` is how much of the work that is, where `whole` is known (not 0).
  void Show(int64_t done, int64_t part, int64_t whole);
  // Takes the line away, before another is printed and at the end.
  void Clear();

 private:
  std::string Line(int64_t done, int64_t part, int64_t whole, absl::Duration spent) const;

  const Terminal& terminal_;
  const std::string unit_;
  absl::Time begin_ = absl::InfinitePast();
  absl::Time shown_ = absl::InfinitePast();
  bool visible_ = false;
};

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_PROGRESS_H_
