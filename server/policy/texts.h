// Words for people about rules and obligations.
#ifndef AFTERSALES_SERVER_POLICY_TEXTS_H_
#define AFTERSALES_SERVER_POLICY_TEXTS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/policy/pack.h"

namespace aftersales::policy {

// "quality (head)".
std::string OwnerText(v1::Role role, bool head);
// "case-accepted or case-changed".
std::string EventsText(const std::vector<v1::EventType>& events);
// A length of time: "2 h", "1 h 30 min", "3 days 4 h".
std::string SpanText(absl::Duration time);
// A limit: "2 h of elapsed time", "3 working days of the calendar office", "until the customer's own deadline, else 24
// h".
std::string LimitText(const Limit& limit);

}  // namespace aftersales::policy

#endif  // AFTERSALES_SERVER_POLICY_TEXTS_H_
