#include "server/dispatch/engineer_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "server/base/clock.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

Journey Tomorrow(std::vector<std::string> certificates = {}) {
  return {std::move(certificates), kNow + absl::Hours(24), kNow + absl::Hours(32), "taizhou"};
}

v1::Engineer EngineerWith(const std::string& skill, absl::Time expiry) {
  v1::Engineer engineer;
  engineer.set_name("engineers/3");
  v1::Certificate& certificate = *engineer.add_certificates();
  certificate.set_skill(skill);
  certificate.set_number("77");
  *certificate.mutable_expire_time() = ToProto(expiry);
  return engineer;
}

void AddAbsence(v1::Engineer& engineer, absl::Time start, absl::Time end) {
  v1::Absence& absence = *engineer.add_absences();
  *absence.mutable_start_time() = ToProto(start);
  *absence.mutable_end_time() = ToProto(end);
}

std::string CauseOf(const std::optional<Unfitness>& unfitness) { return unfitness.has_value() ? unfitness->cause : ""; }

TEST(WhyUnfit, NothingIsDemandedWhereTheProductDemandsNothing) {
  v1::Engineer engineer;
  EXPECT_FALSE(WhyUnfit(engineer, Tomorrow(), std::nullopt, kNow).has_value());
}

TEST(WhyUnfit, EveryCertificateIsDemanded) {
  const v1::Engineer engineer = EngineerWith("brakes", kNow + absl::Hours(1000));
  EXPECT_EQ(CauseOf(WhyUnfit(engineer, Tomorrow({"brakes"}), std::nullopt, kNow)), "");
  const auto unfit = WhyUnfit(engineer, Tomorrow({"brakes", "welding"}), std::nullopt, kNow);
  ASSERT_EQ(CauseOf(unfit), "unqualified");
  EXPECT_THAT(unfit->text, AllOf(HasSubstr("engineers/3"), HasSubstr("welding")));
}

TEST(WhyUnfit, ACertificateMustBeGoodUntilTheJourneysEnd) {
  const Journey journey = Tomorrow({"brakes"});
  EXPECT_EQ(CauseOf(WhyUnfit(EngineerWith("brakes", journey.end), journey, std::nullopt, kNow)), "");
  const auto runs_out =
      WhyUnfit(EngineerWith("brakes", journey.end - absl::Microseconds(1)), journey, std::nullopt, kNow);
  ASSERT_EQ(CauseOf(runs_out), "certificate_expired");
  EXPECT_THAT(runs_out->text, AllOf(HasSubstr("77"), HasSubstr("brakes"), HasSubstr("expires on")));
  const auto expired = WhyUnfit(EngineerWith("brakes", kNow - absl::Hours(5)), journey, std::nullopt, kNow);
  ASSERT_EQ(CauseOf(expired), "certificate_expired");
  EXPECT_THAT(expired->text, HasSubstr("expired since " + ForPeople(kNow - absl::Hours(5))));
}

TEST(WhyUnfit, OfSeveralCertificatesTheLongestCounts) {
  v1::Engineer engineer = EngineerWith("brakes", kNow - absl::Hours(5));
  v1::Certificate& renewed = *engineer.add_certificates();
  renewed.set_skill("brakes");
  renewed.set_number("78");
  *renewed.mutable_expire_time() = ToProto(kNow + absl::Hours(1000));
  EXPECT_EQ(CauseOf(WhyUnfit(engineer, Tomorrow({"brakes"}), std::nullopt, kNow)), "");
}

TEST(WhyUnfit, AbsencesCountWhereTheyOverlap) {
  const Journey journey = Tomorrow();
  const struct {
    absl::Time start, end;
    bool absent;
  } absences[] = {
      {journey.start - absl::Hours(5), journey.start, false},  // back in time
      {journey.end, journey.end + absl::Hours(5), false},      // leaves after it
      {journey.start - absl::Hours(5), journey.start + absl::Microseconds(1), true},
      {journey.end - absl::Microseconds(1), journey.end + absl::Hours(5), true},
      {journey.start + absl::Hours(1), journey.start + absl::Hours(2), true},
      {journey.start - absl::Hours(1), journey.end + absl::Hours(1), true},
  };
  for (const auto& absence : absences) {
    v1::Engineer engineer;
    AddAbsence(engineer, absence.start, absence.end);
    EXPECT_EQ(CauseOf(WhyUnfit(engineer, journey, std::nullopt, kNow)), absence.absent ? "absent" : "")
        << absence.start << " until " << absence.end;
  }
}

TEST(WhyUnfit, ABookingCountsAndIsNamed) {
  const Journey journey = Tomorrow();
  const auto unfit = WhyUnfit({}, journey, Booking{"visits/V2026-000009", journey.start, journey.end}, kNow);
  ASSERT_EQ(CauseOf(unfit), "double_booked");
  EXPECT_THAT(unfit->text, HasSubstr("visits/V2026-000009"));
}

TEST(EngineerUnavailable, CarriesCauseAndCandidates) {
  const absl::Status status =
      EngineerUnavailableError("engineers/3", {"absent", "Away."}, {"engineers/4", "engineers/5"});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_ENGINEER_UNAVAILABLE);
  google::rpc::ErrorInfo reason;
  const google::rpc::Status wire = ToRpcStatus(status);
  for (const auto& detail : wire.details()) detail.UnpackTo(&reason);
  EXPECT_EQ(reason.metadata().at("cause"), "absent");
  EXPECT_EQ(reason.metadata().at("candidates"), "engineers/4,engineers/5");
  EXPECT_THAT(std::string(status.message()), HasSubstr("Away. Engineers who could go: engineers/4, engineers/5."));
  EXPECT_THAT(std::string(EngineerUnavailableError("engineers/3", {"absent", "Away."}, {}).message()),
              HasSubstr("plan the visit for another time"));
}

TEST(CheckEngineer, AbsencesEndAfterTheyStartAndEachMistakeIsNamed) {
  v1::Engineer engineer;
  AddAbsence(engineer, kNow, kNow + absl::Hours(1));
  EXPECT_TRUE(CheckEngineer(engineer).ok());
  AddAbsence(engineer, kNow, kNow);
  AddAbsence(engineer, kNow, kNow - absl::Hours(1));
  const absl::Status status = CheckEngineer(engineer);
  google::rpc::BadRequest fields;
  const google::rpc::Status wire = ToRpcStatus(status);
  for (const auto& detail : wire.details()) detail.UnpackTo(&fields);
  ASSERT_EQ(fields.field_violations_size(), 2);
  EXPECT_EQ(fields.field_violations(0).field(), "engineer.absences[1].end_time");
  EXPECT_EQ(fields.field_violations(1).field(), "engineer.absences[2].end_time");
}

TEST(CheckPrincipalStays, NobodyUnlinksTheirOwnEntry) {
  v1::Engineer current = EngineerWith("welding", kNow);
  current.set_principal("principals/3");
  v1::Engineer wanted = current;
  EXPECT_TRUE(CheckPrincipalStays(current, wanted, "principals/3").ok()) << "what else it says is theirs to change";
  for (const char* principal : {"", "principals/4"}) {
    wanted.set_principal(principal);
    EXPECT_EQ(ReasonOf(CheckPrincipalStays(current, wanted, "principals/3")), v1::ERROR_REASON_OWN_SUBMISSION);
    EXPECT_TRUE(CheckPrincipalStays(current, wanted, "principals/9").ok());
  }
}

}  // namespace
}  // namespace aftersales
