#include "server/improvement/investigation_rules.h"

#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/transitions.h"

namespace aftersales {

std::string Participle(InvestigationStep step) {
  switch (step) {
    case InvestigationStep::kConsult: return "consulted on";
    case InvestigationStep::kDetermine: return "determined";
    case InvestigationStep::kSupersede: return "superseded";
  }
  return "changed";
}

absl::Status TakeStep(InvestigationStep step, v1::Investigation& investigation) {
  return TakeStepOf(kInvestigationTransitions, step, investigation);
}

absl::Status CheckOptions(const v1::Investigation& investigation) {
  std::set<std::string> seen;
  for (int i = 0; i < investigation.treatment_options_size(); ++i) {
    const std::string field = absl::StrCat("investigation.treatment_options[", i, "]");
    const std::string& option = investigation.treatment_options(i);
    if (option.empty()) return FieldError(field, "says nothing; describe the option or leave it out");
    if (!seen.insert(option).second) return FieldError(field, "stands there already; describe each option once");
  }
  return absl::OkStatus();
}

absl::Status CheckTreatment(const v1::Investigation& investigation, const std::string& treatment) {
  const auto& options = investigation.treatment_options();
  if (absl::c_linear_search(options, treatment)) return absl::OkStatus();
  return FieldError("treatment", absl::StrCat("is none of the ", options.size(), " options of ", investigation.name(),
                                              "; give one of them word for word"));
}

absl::Status CheckMoreConsultations(const v1::Investigation& investigation) {
  if (investigation.consultations_size() < kMostConsultations) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
               absl::StrCat(investigation.name(), " has ", kMostConsultations,
                            " consultations, which is all that is kept. Record another investigation."))
      .With("resource", investigation.name());
}

}  // namespace aftersales
