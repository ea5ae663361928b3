// Decides whether an engineer can be sent on a visit: qualified, present and free. Pure: values in, values out.
#ifndef AFTERSALES_SERVER_DISPATCH_ENGINEER_RULES_H_
#define AFTERSALES_SERVER_DISPATCH_ENGINEER_RULES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "aftersales/v1/dispatch.pb.h"

namespace aftersales {

// What somebody is wanted for.
struct Journey {
  std::vector<std::string> certificates;  // that the product demands
  absl::Time start;
  absl::Time end;
  std::string region;  // where to; those at home there are named first
};

// Another visit that keeps an engineer busy.
struct Booking {
  std::string visit;
  absl::Time start;
  absl::Time end;
};

// Why an engineer cannot go: `cause` for programs (unqualified, certificate_expired, absent, double_booked), `text` for
// people.
struct Unfitness {
  std::string cause;
  std::string text;
};

// Nothing where the engineer can go. `booking` is a visit that overlaps the journey, where there is one. A certificate
// must be good until the journey's end; of several for one skill the one that lasts longest counts.
std::optional<Unfitness> WhyUnfit(const v1::Engineer& engineer, const Journey& journey,
                                  const std::optional<Booking>& booking, absl::Time now);

// The refusal; `candidates` are the engineers who could go instead.
absl::Status EngineerUnavailableError(const std::string& engineer, const Unfitness& unfitness,
                                      const std::vector<std::string>& candidates);

// What is known of an engineer makes sense in itself: absences end after they start.
absl::Status CheckEngineer(const v1::Engineer& engineer);

// Nobody makes their own entry another's, or nobody's: it says whom a complaint about the engineer is about, and whose
// visits are the engineer's.
absl::Status CheckPrincipalStays(const v1::Engineer& current, const v1::Engineer& wanted, const std::string& caller);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_DISPATCH_ENGINEER_RULES_H_
