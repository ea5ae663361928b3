// docs/packs.md writes a pack for a company that none of the shipped packs is for. This takes the pack out of the page,
// puts it in force and works a case under it.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "aftersales/pack/v1/pack.pb.h"
#include "google/protobuf/text_format.h"
#include "server/base/clock.h"
#include "tests/scenario/walks.h"

namespace aftersales::testing {
namespace {

// What stands between the fences of the page's example.
std::string PackOfThePage() {
  std::ifstream file(absl::StrCat(AFTERSALES_SOURCE_DIR, "/docs/packs.md"));
  std::stringstream page;
  page << file.rdbuf();
  const std::string text = page.str();
  const std::string fence = "```textproto\n";
  const size_t start = text.find(fence);
  const size_t end = start == std::string::npos ? start : text.find("\n```", start);
  if (end == std::string::npos) return "";
  return text.substr(start + fence.size(), end + 1 - start - fence.size());
}

// The page's calendar, counted minute by minute from its text: not as the server counts.
class Office {
 public:
  explicit Office(const pack::v1::Pack& pack) : calendar_(pack.calendar(0)) {
    EXPECT_TRUE(absl::LoadTimeZone(pack.time_zone(), &zone_));
  }

  absl::TimeZone zone() const { return zone_; }

  bool Counts(absl::Time time) const {
    const absl::CivilMinute minute = absl::ToCivilMinute(time, zone_);
    const std::string day = absl::FormatTime("%Y-%m-%d", time, zone_);
    const auto lists = [&](const auto& days) { return std::find(days.begin(), days.end(), day) != days.end(); };
    if (lists(calendar_.holidays())) return false;
    static const char* const kDays[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    const std::string weekday =
        lists(calendar_.working_days()) ? "monday" : kDays[static_cast<int>(absl::GetWeekday(minute))];
    const std::string clock = absl::FormatTime("%H:%M", time, zone_);
    for (const pack::v1::WorkingHours& hours : calendar_.hours()) {
      const bool listed = std::find(hours.days().begin(), hours.days().end(), weekday) != hours.days().end();
      if (listed && hours.from() <= clock && clock < hours.to()) return true;
    }
    return false;
  }

  // When so many minutes of work have passed since a full minute.
  absl::Time After(absl::Time start, int minutes) const {
    for (; minutes > 0; start += absl::Minutes(1)) minutes -= Counts(start) ? 1 : 0;
    return start;
  }

 private:
  const pack::v1::Calendar calendar_;
  absl::TimeZone zone_;
};

class SixthCompany : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    text_ = PackOfThePage();
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text_, &pack_)) << text_;
    company_ = std::make_unique<Company>(GetParam(), "", v1::ROLE_SERVICE_MANAGER);
  }

  v1::ValidatePolicyResponse Validated(const std::string& text) {
    v1::ValidatePolicyRequest request;
    request.set_text(text);
    return company_->Need(company_->As(v1::ROLE_ADMIN).policy().ValidatePolicy(request));
  }

  // Loads it; who puts it in force is said in the pack.
  std::string Loaded() {
    v1::CreatePolicyVersionRequest load;
    load.mutable_policy_version()->set_text(text_);
    return company_->Need(company_->As(v1::ROLE_ADMIN).policy().CreatePolicyVersion(load)).name();
  }
  absl::Status Activate(v1::Role role, const std::string& name) {
    v1::ActivatePolicyVersionRequest request;
    request.set_name(name);
    return company_->As(role).policy().ActivatePolicyVersion(request).status();
  }

  v1::Contact Question(absl::Time notice) {
    return company_->Register(company_->Now() - notice, [&](v1::Contact& contact) {
      contact.set_type("question");
      *contact.mutable_notice_time() = ToProto(notice);
    });
  }

  std::string text_;
  pack::v1::Pack pack_;
  std::unique_ptr<Company> company_;
};

INSTANTIATE_TEST_SUITE_P(Engines, SixthCompany, ::testing::Values("sqlite", "mysql"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(SixthCompany, MistakesAreToldWithLineAndField) {
  EXPECT_EQ(Validated(text_).mistakes_size(), 0);
  EXPECT_EQ(Validated(text_).rules(), 4);
  const std::string wrong =
      absl::StrReplaceAll(text_, {{"hours: 4 calendar: \"office\"", "hours: 4 calendar: \"workshop\""}});
  const v1::ValidatePolicyResponse validated = Validated(wrong);
  ASSERT_EQ(validated.mistakes_size(), 1);
  const auto before = wrong.substr(0, wrong.find("workshop"));
  EXPECT_EQ(validated.mistakes(0).line(), 1 + std::count(before.begin(), before.end(), '\n'));
  EXPECT_EQ(validated.mistakes(0).field(), "obligation[0].within[0].calendar");
  EXPECT_NE(validated.mistakes(0).text().find("office"), std::string::npos) << validated.mistakes(0).text();
  v1::CreatePolicyVersionRequest load;
  load.mutable_policy_version()->set_text(wrong);
  EXPECT_EQ(ErrorReasonOf(company_->As(v1::ROLE_ADMIN).policy().CreatePolicyVersion(load).status()),
            v1::ERROR_REASON_PACK_INVALID);
}

TEST_P(SixthCompany, ItIsTriedAgainstOpenCasesAndPutInForceByItsIssuer) {
  company_->UsePack(PackText("hongxing"));
  const std::string open = company_->OpenCase().name();
  company_->Need(company_->Accept(open));
  const std::string typed =
      company_->OpenCase(absl::Minutes(5), [](v1::Case& service_case) { service_case.set_type("fault"); }).name();
  const std::string name = Loaded();
  v1::DryRunPolicyVersionRequest dry_run;
  dry_run.set_name(name);
  const v1::DryRunPolicyVersionResponse changes =
      company_->Need(company_->As(v1::ROLE_ADMIN).policy().DryRunPolicyVersion(dry_run));
  EXPECT_EQ(changes.cases(), 2);
  std::set<std::string> removed;
  for (const v1::CaseChange& change : changes.changes()) {
    if (change.service_case() == typed) {
      EXPECT_NE(change.text().find("the type \"fault\""), std::string::npos) << "it cannot be put under this pack";
      continue;
    }
    EXPECT_EQ(change.service_case(), open);
    EXPECT_EQ(change.change(), v1::OBLIGATION_CHANGE_REMOVED) << change.DebugString();
    removed.insert(change.kind());
  }
  EXPECT_EQ(removed, (std::set<std::string>{"on-site-handling"}));

  EXPECT_EQ(ErrorReasonOf(Activate(v1::ROLE_SERVICE_MANAGER, name)), v1::ERROR_REASON_ROLE_MISSING);
  // The new pack names the executive, the one in force the administrator: it takes both.
  EXPECT_EQ(ErrorReasonOf(Activate(v1::ROLE_EXECUTIVE, name)), v1::ERROR_REASON_ROLE_MISSING);
  v1::ActivatePolicyVersionRequest activate;
  activate.set_name(name);
  const absl::Status activated =
      company_->AsBoth(v1::ROLE_EXECUTIVE, v1::ROLE_ADMIN).policy().ActivatePolicyVersion(activate).status();
  ASSERT_TRUE(activated.ok()) << activated;
  EXPECT_EQ(company_->OpenCase(absl::Minutes(5), [](v1::Case& service_case) { service_case.set_type("breakdown"); })
                .policy_version(),
            name);
  EXPECT_NE(company_->Read(open).policy_version(), name) << "a case keeps its version";
}

// Over the lunch break, the holidays and the make-up day of the page's calendar.
TEST_P(SixthCompany, WorkingHoursAreExplainedStretchByStretch) {
  ASSERT_TRUE(Activate(v1::ROLE_EXECUTIVE, Loaded()).ok());
  const Office office(pack_);
  const auto at = [&](int month, int day, int hour, int minute) {
    return absl::FromCivil(absl::CivilMinute(2025, month, day, hour, minute), office.zone());
  };
  // Tuesday before the holidays, an hour before the office closes: the rest is worked on the Thursday after them.
  const v1::Contact contact = Question(at(9, 30, 16, 0));
  const v1::Obligation owed = company_->OwedOfKind(contact.name(), "answer");
  EXPECT_EQ(FromProto(owed.due_time()), at(10, 9, 11, 0));
  EXPECT_EQ(FromProto(owed.due_time()), office.After(at(9, 30, 16, 0), 4 * 60));
  v1::ExplainObligationRequest request;
  request.set_name(owed.name());
  const v1::Explanation explained = company_->Need(company_->As(v1::ROLE_QUALITY).policy().ExplainObligation(request));
  absl::Duration counted = absl::ZeroDuration();
  bool holiday = false;
  absl::Time reached = FromProto(owed.since_time());
  for (const v1::ExplanationSegment& segment : explained.segments()) {
    EXPECT_EQ(FromProto(segment.start_time()), reached) << "a gap";
    reached = FromProto(segment.end_time());
    if (segment.counted()) counted += reached - FromProto(segment.start_time());
    holiday = holiday || segment.cause().find("holiday 2025-10-01") != std::string::npos;
  }
  EXPECT_EQ(reached, FromProto(owed.due_time()));
  EXPECT_EQ(counted, absl::Hours(4));
  EXPECT_TRUE(holiday) << explained.DebugString();

  // On a Saturday that is worked, across lunch.
  const v1::Contact saturday = Question(at(10, 11, 11, 30));
  EXPECT_EQ(FromProto(company_->OwedOfKind(saturday.name(), "answer").due_time()), at(10, 11, 16, 30));
}

TEST_P(SixthCompany, ACaseIsWorkedUnderIt) {
  ASSERT_TRUE(Activate(v1::ROLE_EXECUTIVE, Loaded()).ok());
  const Office office(pack_);
  const absl::Time minute = absl::FromTimeT(absl::ToTimeT(company_->Now()) / 60 * 60);

  // A question: silent until four hours of work have passed, then late once, and an hour later brought before the
  // manager.
  const v1::Obligation answer = company_->OwedOfKind(Question(minute).name(), "answer");
  ASSERT_EQ(FromProto(answer.due_time()), office.After(minute, 4 * 60));
  company_->PassTimeUntil(FromProto(answer.due_time()) - absl::Minutes(5));
  // One that is late already tells when the server has looked.
  const v1::Obligation late = company_->OwedOfKind(Question(minute - absl::Hours(24 * 30)).name(), "answer");
  EXPECT_TRUE(company_->Await(late, v1::EVENT_TYPE_OBLIGATION_BREACHED).ok());
  EXPECT_EQ(company_->CountEvents(answer, v1::EVENT_TYPE_OBLIGATION_BREACHED), 0);
  company_->PassTimeUntil(FromProto(answer.due_time()) + absl::Minutes(61));
  EXPECT_TRUE(company_->Await(answer, v1::EVENT_TYPE_OBLIGATION_BREACHED, v1::ROLE_CUSTOMER_SERVICE).ok());
  EXPECT_TRUE(company_->Await(answer, v1::EVENT_TYPE_OBLIGATION_ESCALATED, v1::ROLE_SERVICE_MANAGER).ok());
  EXPECT_EQ(company_->CountEvents(answer, v1::EVENT_TYPE_OBLIGATION_BREACHED), 1);

  // A breakdown in the city: eight hours of work, and as long as the customer keeps us waiting.
  const std::string customer = company_->AddCustomer("shenyang");
  const std::string equipment = company_->AddEquipment(customer).name();
  const v1::Case breakdown = company_->OpenCase(absl::ZeroDuration(), [&](v1::Case& service_case) {
    service_case.set_customer(customer);
    service_case.set_equipment(equipment);
    service_case.set_type("breakdown");
    *service_case.mutable_notice_time() = ToProto(absl::FromTimeT(absl::ToTimeT(company_->Now()) / 60 * 60));
  });
  const std::string& name = breakdown.name();
  EXPECT_EQ(breakdown.tier(), "city");
  ASSERT_TRUE(company_->Accept(name).ok());
  const v1::Obligation on_site = company_->OwedOfKind(name, "on-site");
  const absl::Time notice = FromProto(breakdown.notice_time());
  EXPECT_EQ(FromProto(on_site.due_time()), office.After(notice, 8 * 60));
  const absl::Time pause_start = office.After(notice, 60);
  const absl::Time pause_end = pause_start + absl::Hours(26);
  company_->PassTimeUntil(pause_start + absl::Minutes(1));
  company_->Pause(name, v1::PAUSE_CAUSE_WAITING_FOR_CUSTOMER, pause_start);
  company_->PassTimeUntil(pause_end + absl::Minutes(1));
  company_->Resume(name, pause_end);
  const absl::Time due = office.After(pause_end, 7 * 60);
  EXPECT_EQ(FromProto(company_->OwedOfKind(name, "on-site").due_time()), due);
  company_->PassTimeUntil(due + absl::Minutes(1));
  EXPECT_TRUE(company_->Await(on_site, v1::EVENT_TYPE_OBLIGATION_ESCALATED, v1::ROLE_SERVICE_MANAGER).ok());
  company_->Need(company_->CheckIn(company_->AssignedVisit(name).name()).status());
  EXPECT_EQ(company_->OwedOfKind(name, "on-site").state(), v1::OBLIGATION_STATE_LATE_MET);

  EXPECT_EQ(ErrorReasonOf(company_->Close(name)), v1::ERROR_REASON_OBLIGATION_OPEN);
  company_->Need(company_->FileDocument(name, "service-report"));
  const absl::Status closed = company_->Close(name);
  EXPECT_TRUE(closed.ok()) << closed;
}

}  // namespace
}  // namespace aftersales::testing
