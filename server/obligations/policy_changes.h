// What becomes of a case's obligations when it is put under another policy version. Pure.
#ifndef AFTERSALES_SERVER_OBLIGATIONS_POLICY_CHANGES_H_
#define AFTERSALES_SERVER_OBLIGATIONS_POLICY_CHANGES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "aftersales/v1/policy.pb.h"
#include "server/policy/pack.h"
#include "server/policy/rules.h"

namespace aftersales {

struct PolicyChanges {
  policy::Outcome outcome;              // what ends, goes on under other terms, comes up, and is corrected
  std::vector<v1::Obligation> kept;     // open still, and the same but for the version that they follow
  std::vector<v1::CaseChange> changes;  // all this in words
};

// The version has the case's type and class; both may be empty. Refused otherwise: no rule of it could ask for them.
absl::Status CheckKnown(const policy::Pack& pack, const std::string& version, const std::string& service_case,
                        const std::string& type, const std::string& classification);

// `owed` are the case's obligations in every state, oldest first; `replayed` is what policy::Replay makes of its events
// under `version`. Obligations correspond by kind and subject: those that arose at the same time, then in their order.
//
// What is met or waived is left alone. What is open takes the terms and the due time of its counterpart and keeps its
// marks: a breach that was announced stays announced. What has no counterpart ends; what is new comes up, met already
// where the events meet it, so that the version's gates find it.
PolicyChanges ChangesOf(const std::string& service_case, const std::string& follows, const std::string& version,
                        const std::vector<v1::Obligation>& owed, const std::vector<v1::Obligation>& replayed,
                        absl::Time now);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_OBLIGATIONS_POLICY_CHANGES_H_
