#include "server/cases/contact_rules.h"

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/status_macros.h"
#include "server/cases/case_rules.h"

namespace aftersales {
namespace {

constexpr v1::Role kDepartments[] = {v1::ROLE_CUSTOMER_SERVICE, v1::ROLE_SERVICE_MANAGER, v1::ROLE_QUALITY,
                                     v1::ROLE_TECHNOLOGY,       v1::ROLE_PRODUCTION,      v1::ROLE_SUPPLY,
                                     v1::ROLE_WAREHOUSE,        v1::ROLE_PURCHASING,      v1::ROLE_FINANCE,
                                     v1::ROLE_EXECUTIVE,        v1::ROLE_FIELD_ENGINEER};

// The telephone and the engineers ask; the departments behind them help.
constexpr v1::Role kHelpingDepartments[] = {v1::ROLE_SERVICE_MANAGER, v1::ROLE_QUALITY, v1::ROLE_TECHNOLOGY,
                                            v1::ROLE_PRODUCTION,      v1::ROLE_SUPPLY,  v1::ROLE_WAREHOUSE,
                                            v1::ROLE_PURCHASING,      v1::ROLE_FINANCE, v1::ROLE_EXECUTIVE};

template <typename Roles>
absl::Status CheckAmong(const Roles& roles, const std::string& field, v1::Role role) {
  std::vector<std::string> names;
  for (const v1::Role known : roles) {
    if (known == role) return absl::OkStatus();
    names.push_back(Word(known));
  }
  return FieldError(
      field, absl::StrCat(Word(role), " is no department that can be asked; these are: ", absl::StrJoin(names, ", ")));
}

}  // namespace

std::string Participle(ContactStep step) {
  switch (step) {
    case ContactStep::kChange: return "changed";
    case ContactStep::kAnswer: return "answered";
    case ContactStep::kTransfer: return "passed on";
    case ContactStep::kJoin: return "joined to a case";
    case ContactStep::kClose: return "closed";
  }
  return "changed";
}

absl::Status TakeStep(ContactStep step, v1::Contact& contact) {
  std::vector<std::string> allowed;
  for (const ContactTransition& transition : kContactTransitions) {
    if (transition.step != step) continue;
    if (transition.from == contact.state()) {
      contact.set_state(transition.to);
      contact.set_unanswered(transition.to == v1::CONTACT_STATE_OPEN || transition.to == v1::CONTACT_STATE_TRANSFERRED);
      return absl::OkStatus();
    }
    allowed.push_back(Word(transition.from));
  }
  return StateError(contact.name(), Word(contact.state()), Participle(step), allowed);
}

absl::Status SettleContactTimes(v1::Contact& contact, absl::Time now) {
  std::optional<absl::Time> told;
  if (contact.has_notice_time()) told = FromProto(contact.notice_time());
  ASSIGN_OR_RETURN(const absl::Time notice, PastTime("contact.notice_time", told, now));
  *contact.mutable_notice_time() = ToProto(notice);
  if (contact.has_fault_time() && FromProto(contact.fault_time()) > notice) {
    return FieldError("contact.fault_time",
                      "lies after the notice; a fault is reported after it happened. Correct one of the two");
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Contact> ChangedContact(const v1::Contact& before, const v1::Contact& wanted) {
  if (wanted.channel() != before.channel()) {
    return FieldError("contact.channel", absl::StrCat("stays as it was registered; give ", Word(before.channel())));
  }
  if (wanted.has_notice_time() && FromProto(wanted.notice_time()) != FromProto(before.notice_time())) {
    return FieldError(
        "contact.notice_time",
        absl::StrCat("stays as it was registered: ", ForPeople(FromProto(before.notice_time())), "; leave it empty"));
  }
  if (!before.service_case().empty() && wanted.customer() != before.customer()) {
    return FieldError("contact.customer", absl::StrCat("stays ", before.customer(), ", because the contact belongs to ",
                                                       before.service_case()));
  }
  v1::Contact after = before;
  after.set_customer(wanted.customer());
  after.set_company(wanted.company());
  after.set_person(wanted.person());
  after.set_telephone(wanted.telephone());
  after.set_product_type(wanted.product_type());
  *after.mutable_nonconforming_items() = wanted.nonconforming_items();
  after.set_text(wanted.text());
  after.clear_fault_time();
  if (wanted.has_fault_time()) *after.mutable_fault_time() = wanted.fault_time();
  after.set_type(wanted.type());
  after.set_severity(wanted.severity());
  return after;
}

absl::Status CheckAnswerBy(const std::string& field, const google::protobuf::Timestamp* answer_by, absl::Time now) {
  if (answer_by == nullptr) return absl::OkStatus();
  if (FromProto(*answer_by) > now + kLongestAnswer) {
    return FieldError(field,
                      "lies more than 366 days ahead. Give the time by which the answer is needed, or leave it "
                      "empty.");
  }
  if (FromProto(*answer_by) > now) return absl::OkStatus();
  return FieldError(field, absl::StrCat("lies in the past (it is ", ForPeople(now),
                                        " now). Give the time by which the answer is needed, or leave it empty."));
}

absl::Status CheckDepartment(const std::string& field, v1::Role role) { return CheckAmong(kDepartments, field, role); }

absl::Status CheckHelpingDepartment(const std::string& field, v1::Role role) {
  return CheckAmong(kHelpingDepartments, field, role);
}

}  // namespace aftersales
