// Who was answered before somebody who had asked earlier about something as bad (WS-IV.I.1). Pure.
#ifndef AFTERSALES_SERVER_CASES_QUEUE_RULES_H_
#define AFTERSALES_SERVER_CASES_QUEUE_RULES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "aftersales/v1/common.pb.h"

namespace aftersales {

// A contact as far as its place in the queue goes.
struct Waiting {
  std::string contact;
  v1::Severity severity = v1::SEVERITY_UNSPECIFIED;
  absl::Time notice;
  std::optional<absl::Time> answered;
  std::optional<absl::Time> ended;  // without an answer
};

// One that was answered out of turn.
struct Jump {
  size_t contact = 0;  // its place in the list given
  int overtaken = 0;   // how many had come earlier, were at least as bad, and were still waiting when it was answered
  size_t oldest_overtaken = 0;  // the first of them to come; of those that came together, the first by name
};

// All jumps in the order of answering, then of names. Takes n log n time.
std::vector<Jump> QueueJumps(const std::vector<Waiting>& queue);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_QUEUE_RULES_H_
