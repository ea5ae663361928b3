// Decisions about investigations: which step is possible when, and what they must satisfy. Pure: values in, values out.
#ifndef AFTERSALES_SERVER_IMPROVEMENT_INVESTIGATION_RULES_H_
#define AFTERSALES_SERVER_IMPROVEMENT_INVESTIGATION_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "aftersales/v1/improvement.pb.h"

namespace aftersales {

enum class InvestigationStep { kConsult, kDetermine, kSupersede };

struct InvestigationTransition {
  v1::InvestigationState from;
  InvestigationStep step;
  v1::InvestigationState to;
};

// Everything that is possible; a case has at most one investigation that is not superseded.
inline constexpr InvestigationTransition kInvestigationTransitions[] = {
    {v1::INVESTIGATION_STATE_OPEN, InvestigationStep::kConsult, v1::INVESTIGATION_STATE_OPEN},
    {v1::INVESTIGATION_STATE_OPEN, InvestigationStep::kDetermine, v1::INVESTIGATION_STATE_DETERMINED},
    {v1::INVESTIGATION_STATE_OPEN, InvestigationStep::kSupersede, v1::INVESTIGATION_STATE_SUPERSEDED},
    {v1::INVESTIGATION_STATE_DETERMINED, InvestigationStep::kSupersede, v1::INVESTIGATION_STATE_SUPERSEDED},
};

// What follows "cannot be" when the step is refused: "superseded".
std::string Participle(InvestigationStep step);

// Takes the step: sets the state, or says in which states it is possible.
absl::Status TakeStep(InvestigationStep step, v1::Investigation& investigation);

// Each option stands there once, in words that can be told apart when one is chosen.
absl::Status CheckOptions(const v1::Investigation& investigation);
// The treatment is one of the options, word for word.
absl::Status CheckTreatment(const v1::Investigation& investigation, const std::string& treatment);

inline constexpr int kMostConsultations = 50;
// It takes one more consultation.
absl::Status CheckMoreConsultations(const v1::Investigation& investigation);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_IMPROVEMENT_INVESTIGATION_RULES_H_
