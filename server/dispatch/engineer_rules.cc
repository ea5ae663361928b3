#include "server/dispatch/engineer_rules.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/clock.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

const v1::Certificate* LongestLasting(const v1::Engineer& engineer, const std::string& skill) {
  const v1::Certificate* best = nullptr;
  for (const v1::Certificate& certificate : engineer.certificates()) {
    if (certificate.skill() != skill) continue;
    if (best == nullptr || FromProto(certificate.expire_time()) > FromProto(best->expire_time())) best = &certificate;
  }
  return best;
}

std::optional<Unfitness> WhyUnqualified(const v1::Engineer& engineer, const Journey& journey, absl::Time now) {
  for (const std::string& skill : journey.certificates) {
    const v1::Certificate* held = LongestLasting(engineer, skill);
    if (held == nullptr) {
      return Unfitness{"unqualified", absl::StrCat(engineer.name(), " holds no certificate for ", skill,
                                                   ", which the equipment demands.")};
    }
    const absl::Time expiry = FromProto(held->expire_time());
    if (expiry >= journey.end) continue;
    const std::string which = absl::StrCat("The certificate ", held->number(), " of ", engineer.name(), " for ", skill);
    if (expiry <= now) {
      return Unfitness{"certificate_expired", absl::StrCat(which, " has been expired since ", ForPeople(expiry), ".")};
    }
    return Unfitness{"certificate_expired",
                     absl::StrCat(which, " expires on ", ForPeople(expiry), ", before the visit's planned end on ",
                                  ForPeople(journey.end), ".")};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Unfitness> WhyUnfit(const v1::Engineer& engineer, const Journey& journey,
                                  const std::optional<Booking>& booking, absl::Time now) {
  if (auto unqualified = WhyUnqualified(engineer, journey, now); unqualified.has_value()) return unqualified;
  for (const v1::Absence& absence : engineer.absences()) {
    const absl::Time start = FromProto(absence.start_time());
    const absl::Time end = FromProto(absence.end_time());
    if (start < journey.end && end > journey.start) {
      return Unfitness{"absent", absl::StrCat(engineer.name(), " is absent from ", ForPeople(start), " until ",
                                              ForPeople(end), ".")};
    }
  }
  if (booking.has_value()) {
    return Unfitness{"double_booked", absl::StrCat(engineer.name(), " is booked for ", booking->visit, " from ",
                                                   ForPeople(booking->start), " until ", ForPeople(booking->end), ".")};
  }
  return std::nullopt;
}

absl::Status EngineerUnavailableError(const std::string& engineer, const Unfitness& unfitness,
                                      const std::vector<std::string>& candidates) {
  const std::string advice = candidates.empty()
                                 ? "No other engineer found could go then; plan the visit for another time."
                                 : absl::StrCat("Engineers who could go: ", absl::StrJoin(candidates, ", "), ".");
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_ENGINEER_UNAVAILABLE,
               absl::StrCat(unfitness.text, " ", advice))
      .With("engineer", engineer)
      .With("cause", unfitness.cause)
      .With("candidates", absl::StrJoin(candidates, ","));
}

absl::Status CheckEngineer(const v1::Engineer& engineer) {
  std::vector<FieldMistake> mistakes;
  for (int i = 0; i < engineer.absences_size(); ++i) {
    const v1::Absence& absence = engineer.absences(i);
    if (FromProto(absence.end_time()) <= FromProto(absence.start_time())) {
      mistakes.push_back({absl::StrCat("engineer.absences[", i, "].end_time"), "must be later than start_time"});
    }
  }
  if (mistakes.empty()) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_FIELD_INVALID,
               absl::StrCat(mistakes.front().field, ": ", mistakes.front().text))
      .Fields(std::move(mistakes));
}

absl::Status CheckPrincipalStays(const v1::Engineer& current, const v1::Engineer& wanted, const std::string& caller) {
  if (current.principal() != caller || wanted.principal() == caller) return absl::OkStatus();
  return Error(
             absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_OWN_SUBMISSION,
             absl::StrCat(current.name(), " is ", caller, "'s own entry, so somebody else must change its principal."))
      .With("resource", current.name())
      .Field("engineer.principal", "is the caller's own; somebody else must change it");
}

}  // namespace aftersales
