#include "tests/scenario/return_visits.h"

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"

namespace aftersales::testing {
namespace {

constexpr absl::Duration kLongestWait = absl::Seconds(60);

// Counted from the calendar, not as the server counts.
absl::Time QuartersEnd(absl::Time time) {
  absl::TimeZone shanghai;
  absl::LoadTimeZone("Asia/Shanghai", &shanghai);
  absl::CivilDay day = absl::ToCivilDay(time, shanghai);
  do {
    ++day;
  } while (day.day() != 1 || day.month() % 3 != 1);
  return absl::FromCivil(day, shanghai);
}

// The background job makes the duties of a quarter some time after its beginning.
std::vector<v1::Obligation> AwaitSecond(Company& company, const std::string& customer, const std::string& kind) {
  const absl::Time patience = absl::Now() + kLongestWait;
  while (true) {
    std::vector<v1::Obligation> owed = AllOfKind(company, customer, kind);
    if (owed.size() > 1 || absl::Now() > patience) return owed;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void AwaitLook(Company& company, const QuarterlyProof& proof) {
  const v1::Obligation overdue = proof.overdue();
  company.Need(company.Await(overdue, v1::EVENT_TYPE_OBLIGATION_BREACHED).status());
}

void CheckTerms(Company& company, const QuarterlyProof& proof, const v1::Obligation& owed, absl::Time end) {
  company.Insist(FromProto(owed.due_time()) == end,
                 absl::StrCat("not due at the quarter's end: ", owed.ShortDebugString()));
  company.Expect(owed.stated() == proof.stated, "it says wrongly whether its limit is stated");
  company.Expect(owed.owner() == v1::ROLE_CUSTOMER_SERVICE, "customer service does not owe it");
  company.Insist(owed.escalations_size() == 1 && owed.escalations(0).to() == proof.told,
                 "nobody is told when it is late");
}

v1::DueCall DueCallOf(Company& company, const v1::Obligation& owed) {
  v1::ListDueCallsRequest request;
  request.mutable_filter()->set_customer(owed.root());
  const v1::ListDueCallsResponse due =
      company.Need(company.As(v1::ROLE_CUSTOMER_SERVICE).feedback().ListDueCalls(request));
  for (const v1::DueCall& call : due.due_calls()) {
    if (call.obligation() == owed.name()) return call;
  }
  company.Insist(false, absl::StrCat(owed.name(), " is not among the calls that are due: ", due.ShortDebugString()));
  return {};
}

}  // namespace

std::string AddUser(Company& company) {
  const std::string customer = company.AddCustomer("jiangsu");
  company.AddEquipment(customer,
                       [&](v1::Equipment& equipment) { *equipment.mutable_install_time() = ToProto(company.Now()); });
  return customer;
}

v1::Callback CallCustomer(Company& company, const std::string& customer, bool reached) {
  v1::CreateCallbackRequest request;
  request.mutable_callback()->set_customer(customer);
  request.mutable_callback()->set_reached(reached);
  request.mutable_callback()->set_text(reached ? "The pump runs quietly." : "Nobody answered.");
  return company.Need(company.As(v1::ROLE_CUSTOMER_SERVICE).feedback().CreateCallback(request));
}

absl::StatusOr<v1::Feedback> Say(Company& company, v1::FeedbackKind kind, const std::string& customer,
                                 const std::function<void(v1::Feedback&)>& with) {
  v1::CreateFeedbackRequest request;
  request.mutable_feedback()->set_kind(kind);
  request.mutable_feedback()->set_customer(customer);
  request.mutable_feedback()->set_text("The pump is quieter than the one before.");
  if (with) with(*request.mutable_feedback());
  return company.As(v1::ROLE_CUSTOMER_SERVICE).feedback().CreateFeedback(request);
}

std::vector<v1::Obligation> AllOfKind(Company& company, const std::string& root, const std::string& kind) {
  std::vector<v1::Obligation> all;
  for (v1::Obligation& owed : company.Owed(root)) {
    if (owed.kind() == kind) all.push_back(std::move(owed));
  }
  std::stable_sort(all.begin(), all.end(), [](const v1::Obligation& one, const v1::Obligation& other) {
    return FromProto(one.since_time()) < FromProto(other.since_time());
  });
  return all;
}

void ProveQuarterlyCalls(Company& company, const QuarterlyProof& proof) {
  company.For(proof.clause);
  absl::Time end = QuartersEnd(company.Now());
  if (end - company.Now() < absl::Hours(6)) {
    company.PassTimeUntil(end + absl::Hours(1));
    end = QuartersEnd(company.Now());
  }
  const std::string stranger = company.AddCustomer("jiangsu");
  const std::string customer = AddUser(company);
  const v1::Obligation owed = company.OwedOfKind(customer, proof.kind);
  CheckTerms(company, proof, owed, end);
  company.Expect(company.Owed(stranger).empty(), "owed to somebody who has no equipment of ours");
  CallCustomer(company, customer, /*reached=*/false);
  company.Expect(company.OwedOfKind(customer, proof.kind).state() == v1::OBLIGATION_STATE_OPEN, "an attempt is enough");
  company.Expect(DueCallOf(company, owed).attempts() == 1, "the attempt is not counted");

  company.PassTimeUntil(end - absl::Minutes(2));
  AwaitLook(company, proof);
  company.Shown(proof.clause, "silent", company.CountEvents(owed, v1::EVENT_TYPE_OBLIGATION_BREACHED) == 0,
                "fired before it was due");
  company.PassTimeUntil(end + absl::Minutes(1));
  const v1::Event breach = company.Need(company.Await(owed, v1::EVENT_TYPE_OBLIGATION_BREACHED, owed.owner()));
  company.Shown(proof.clause, "fires", FromProto(breach.time()) == end && breach.root() == customer,
                breach.ShortDebugString());
  company.Need(company.Await(owed, v1::EVENT_TYPE_OBLIGATION_ESCALATED, proof.told).status());

  // In the next quarter, which may be that of a new year, it is owed once more; and once only.
  company.PassTimeUntil(end + absl::Minutes(10));
  AwaitSecond(company, customer, proof.kind);
  company.Restart();
  company.PassTime(absl::Minutes(10));
  AwaitLook(company, proof);
  const std::vector<v1::Obligation> both = AllOfKind(company, customer, proof.kind);
  company.Insist(
      both.size() == 2 && FromProto(both[1].since_time()) == end && FromProto(both[1].due_time()) == QuartersEnd(end),
      absl::StrCat(both.size(),
                   " calls are owed in the quarters: ", both.empty() ? "" : both.back().ShortDebugString()));
  const int breaches = company.CountEvents(owed, v1::EVENT_TYPE_OBLIGATION_BREACHED);
  const int escalated = company.CountEvents(owed, v1::EVENT_TYPE_OBLIGATION_ESCALATED);
  const int warnings = company.CountEvents(owed, v1::EVENT_TYPE_OBLIGATION_WARNED);
  company.Shown(proof.clause, "once", breaches == 1 && escalated == 1 && warnings == 1,
                absl::StrCat(warnings, " warnings, ", breaches, " breaches, ", escalated, " escalations"));

  // One call does for all that is owed: late for the quarter that has passed, in time for this one.
  CallCustomer(company, customer, /*reached=*/true);
  const std::vector<v1::Obligation> met = AllOfKind(company, customer, proof.kind);
  company.Expect(
      met.size() == 2 && met[0].state() == v1::OBLIGATION_STATE_LATE_MET && met[1].state() == v1::OBLIGATION_STATE_MET,
      "the call does not meet what is owed");
}

}  // namespace aftersales::testing
