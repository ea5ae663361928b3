// Steps between states, told by tables that tests print as diagrams: {from, step, to} for everything that is possible.
#ifndef AFTERSALES_SERVER_BASE_TRANSITIONS_H_
#define AFTERSALES_SERVER_BASE_TRANSITIONS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/base/error.h"
#include "server/base/names.h"

namespace aftersales {

// Sets the state in which `step` leaves the resource, or says in which states it is possible. `Participle(step)` is
// what follows "cannot be" when it is not: "closed".
template <typename Transition, size_t n, typename Step, typename Resource>
absl::Status TakeStepOf(const Transition (&transitions)[n], Step step, Resource& resource) {
  std::vector<std::string> allowed;
  for (const Transition& transition : transitions) {
    if (transition.step != step) continue;
    if (transition.from == resource.state()) {
      resource.set_state(transition.to);
      return absl::OkStatus();
    }
    allowed.push_back(Word(transition.from));
  }
  return StateError(resource.name(), Word(resource.state()), Participle(step), allowed);
}

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_BASE_TRANSITIONS_H_
