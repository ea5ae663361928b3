// Guangtian, sections 4.8 and 4.9: what customers said goes to the management, and what was done is bound into volumes.
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "tests/scenario/guangtian_steps.h"
#include "tests/scenario/walks.h"

namespace aftersales::testing {
namespace {

template <typename Request>
Request On(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

v1::Feedback Record(Company& company, v1::FeedbackKind kind, v1::Satisfaction satisfied) {
  v1::CreateFeedbackRequest request;
  request.mutable_feedback()->set_kind(kind);
  request.mutable_feedback()->set_customer(company.customer());
  request.mutable_feedback()->set_text("The lever is hard to reach.");
  request.mutable_feedback()->set_satisfied(satisfied);
  return company.Need(company.As(v1::ROLE_CUSTOMER_SERVICE).feedback().CreateFeedback(request));
}

// What was recorded while the walk went on, as the walk itself counted it.
struct Tally {
  std::map<v1::FeedbackKind, int> feedback;
  int satisfied = 0;
  int dissatisfied = 0;
  std::map<v1::Cause, int> cases;
  int contacts = 0;
};

// Opinions of customers, and cases with their causes.
Tally Happen(Company& company) {
  Tally tally;
  const std::pair<v1::FeedbackKind, v1::Satisfaction> said[] = {
      {v1::FEEDBACK_KIND_OPINION, v1::SATISFACTION_SATISFIED},
      {v1::FEEDBACK_KIND_OPINION, v1::SATISFACTION_DISSATISFIED},
      {v1::FEEDBACK_KIND_SUGGESTION, v1::SATISFACTION_UNSPECIFIED}};
  for (const auto& [kind, satisfied] : said) {
    Record(company, kind, satisfied);
    ++tally.feedback[kind];
    tally.satisfied += satisfied == v1::SATISFACTION_SATISFIED ? 1 : 0;
    tally.dissatisfied += satisfied == v1::SATISFACTION_DISSATISFIED ? 1 : 0;
  }
  for (const v1::Cause cause : {v1::CAUSE_MANUFACTURE, v1::CAUSE_MANUFACTURE, v1::CAUSE_DESIGN}) {
    const std::string name = company.OpenCase().name();
    company.Need(company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
    company.Need(company.DetermineCause(name, cause).status());
    ++tally.cases[cause];
  }
  company.Register(absl::ZeroDuration());
  ++tally.contacts;
  return tally;
}

bool Matches(const v1::FeedbackDigest& digest, const Tally& tally) {
  std::map<v1::FeedbackKind, int> feedback;
  std::map<v1::Cause, int> cases;
  for (const v1::FeedbackCount& count : digest.by_kind()) feedback[count.kind()] += count.feedbacks();
  for (const v1::CaseCount& count : digest.by_product()) cases[count.cause()] += count.cases();
  int said = 0, opened = 0;
  for (const auto& [kind, count] : tally.feedback) said += count;
  for (const auto& [cause, count] : tally.cases) opened += count;
  return feedback == tally.feedback && cases == tally.cases && digest.feedbacks() == said && digest.cases() == opened &&
         digest.satisfied() == tally.satisfied && digest.dissatisfied() == tally.dissatisfied &&
         digest.by_item_size() == 1 && digest.by_item(0).cases() == opened;
}

void WalkOpinions(Company& company) {
  company.For("GT-4.8a");
  const absl::Time start = company.Now();
  const Tally tally = Happen(company);
  v1::GetFeedbackDigestRequest request;
  *request.mutable_start_time() = ToProto(start);
  *request.mutable_end_time() = ToProto(company.Now());
  const v1::FeedbackDigest digest = company.Need(company.Lead().reports().GetFeedbackDigest(request));
  company.Shown("GT-4.8a", "counted", Matches(digest, tally), digest.ShortDebugString());
  // What came of an opinion is recorded as well.
  const v1::Feedback opinion = Record(company, v1::FEEDBACK_KIND_OPINION, v1::SATISFACTION_DISSATISFIED);
  const v1::Obligation owed = company.OwedOfKind(opinion.root(), "opinion-result");
  company.Expect(owed.state() == v1::OBLIGATION_STATE_OPEN && !owed.stated(), owed.ShortDebugString());
  auto handle = On<v1::HandleFeedbackRequest>(opinion.name());
  handle.set_result("The lever is longer now.");
  company.Need(company.As(v1::ROLE_CUSTOMER_SERVICE).feedback().HandleFeedback(handle).status());
  int met = 0;
  for (const v1::Obligation& one : company.Owed(opinion.root())) {
    met += one.kind() == "opinion-result" && one.state() == v1::OBLIGATION_STATE_MET ? 1 : 0;
  }
  company.Expect(met == 1, absl::StrCat(met, " results count"));
}

v1::ManagementReport Write(Company& company, absl::Time start) {
  v1::CreateManagementReportRequest request;
  v1::ManagementReport& report = *request.mutable_report();
  report.set_title("Levers and valves");
  *report.mutable_start_time() = ToProto(start);
  *report.mutable_end_time() = ToProto(company.Now());
  report.set_analysis("Two of three faults come from manufacture.");
  report.add_proposals("Check the springs before they are fitted.");
  return company.Need(company.As(v1::ROLE_SERVICE_MANAGER).reports().CreateManagementReport(request));
}

absl::Status Submit(Company& company, const std::string& report, v1::Role to) {
  auto request = On<v1::SubmitManagementReportRequest>(report);
  request.set_to(to);
  return company.As(v1::ROLE_SERVICE_MANAGER).reports().SubmitManagementReport(request).status();
}

absl::Status Approve(Company& company, const std::string& report, v1::Role role) {
  auto request = On<v1::ApproveManagementReportRequest>(report);
  request.set_role(role);
  return company.As(v1::ROLE_EXECUTIVE).reports().ApproveManagementReport(request).status();
}

void WalkReportToManagement(Company& company) {
  company.For("GT-4.8b");
  const absl::Time start = company.Now();
  const Tally tally = Happen(company);
  const v1::ManagementReport report = Write(company, start);
  const v1::ManagementFigures& figures = report.figures();
  company.Shown("GT-4.8b", "counted",
                Matches(figures.feedback(), tally) && figures.contacts() == tally.contacts &&
                    figures.unanswered() == tally.contacts && figures.cases() == figures.feedback().cases() &&
                    figures.cases_closed() == 0,
                figures.ShortDebugString());
  company.Expect(report.proposals_size() == 1, "the proposals are not kept");

  company.For("GT-4.8c");
  // It goes to nobody else, and what was taken back has not been before the executives.
  const std::string passed_over = Write(company, start).name();
  company.OwedOfKind(passed_over, "report-to-management");
  const absl::Status elsewhere = Submit(company, passed_over, v1::ROLE_QUALITY);
  company.Expect(ErrorReasonOf(elsewhere) == v1::ERROR_REASON_FIELD_INVALID, TextOf(elsewhere));
  company.Need(Submit(company, passed_over, v1::ROLE_EXECUTIVE));
  company.Need(company.As(v1::ROLE_SERVICE_MANAGER)
                   .reports()
                   .WithdrawManagementReport(On<v1::WithdrawManagementReportRequest>(passed_over)));
  company.Expect(company.OwedOfKind(passed_over, "management-approval").state() == v1::OBLIGATION_STATE_CANCELLED,
                 "the approval of what was taken back is owed");
  company.Skipped("GT-4.8c", Approve(company, passed_over, v1::ROLE_EXECUTIVE));
  company.Need(Submit(company, report.name(), v1::ROLE_EXECUTIVE));
  const v1::Obligation owed = company.OwedOfKind(report.name(), "management-approval");
  company.Expect(owed.owner() == v1::ROLE_EXECUTIVE && owed.state() == v1::OBLIGATION_STATE_OPEN,
                 owed.ShortDebugString());
  company.Refused("GT-4.8c", Approve(company, report.name(), v1::ROLE_SERVICE_MANAGER), v1::ERROR_REASON_ROLE_MISSING);
  company.Allowed("GT-4.8c", Approve(company, report.name(), v1::ROLE_EXECUTIVE));
  company.Expect(company.OwedOfKind(report.name(), "management-approval").state() == v1::OBLIGATION_STATE_MET,
                 "the approval does not count");
}

// Parts are handed out, permitted to leave and sent.
v1::Shipment Send(Company& company, const std::string& service_case) {
  const std::string list = SubmittedList(company, service_case).name();
  auto sign = On<v1::SignPickingListRequest>(list);
  sign.set_role(v1::ROLE_PRODUCTION);
  company.Need(company.As(v1::ROLE_PRODUCTION, /*head=*/true).parts().SignPickingList(sign).status());
  company.Need(company.As(v1::ROLE_WAREHOUSE).parts().IssuePickingList(On<v1::IssuePickingListRequest>(list)).status());
  v1::CreateDeparturePermitRequest permit;
  permit.mutable_permit()->set_picking_list(list);
  permit.mutable_permit()->set_destination("Depot 1");
  permit.mutable_permit()->set_product_model("BU-7");
  v1::CreateShipmentRequest request;
  request.mutable_shipment()->set_permit(
      company.Need(company.As(v1::ROLE_WAREHOUSE).parts().CreateDeparturePermit(permit)).name());
  request.mutable_shipment()->set_transport(v1::TRANSPORT_EXPRESS_MAIL);
  request.mutable_shipment()->set_tracking_number("EX 1 CN");
  return company.Need(company.As(v1::ROLE_WAREHOUSE).parts().CreateShipment(request));
}

void File(Company& company, const std::string& service_case, const std::string& kind) {
  company.Need(company.FileDocument(service_case, kind, v1::ROLE_CUSTOMER_SERVICE));
}

v1::CaseFile FileOf(Company& company, const std::string& service_case) {
  return company.Need(company.Lead().archive().GetCaseFile(On<v1::GetCaseFileRequest>(service_case)));
}

v1::RequirementState StateOf(const v1::CaseFile& file, const std::string& kind) {
  for (const v1::FileRequirement& requirement : file.requirements()) {
    if (requirement.kind() == kind) return requirement.state();
  }
  return v1::REQUIREMENT_STATE_UNSPECIFIED;
}

absl::StatusOr<v1::Case> Archive(Company& company, const std::string& service_case) {
  return company.Lead().archive().ArchiveCase(On<v1::ArchiveCaseRequest>(service_case));
}

// A complaint made by telephone, answered, worked on and closed; parts were sent for it.
struct Complaint {
  std::string contact;
  std::string service_case;
  std::string shipment;
  std::string attachment;
};

Complaint ClosedComplaint(Company& company) {
  Complaint complaint;
  complaint.contact = company.Register(absl::Minutes(5)).name();
  company.Need(company.Answer(company.As(v1::ROLE_CUSTOMER_SERVICE), complaint.contact));
  complaint.service_case = company
                               .OpenCase(absl::Minutes(5),
                                         [&](v1::Case& service_case) {
                                           service_case.set_type("complaint");
                                           service_case.set_contact(complaint.contact);
                                           service_case.clear_notice_time();
                                         })
                               .name();
  const std::string& name = complaint.service_case;
  File(company, name, "customer-opinion");
  company.Need(company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
  complaint.attachment = company.Attach(company.Lead(), name, "The customer's letter.\n").name();
  File(company, name, "service-report");
  File(company, name, "work-contact");
  complaint.shipment = Send(company, name).name();
  company.Need(company.Close(name));
  return complaint;
}

void WalkFile(Company& company) {
  company.ForAll({"GT-4.9.1"});
  const Complaint complaint = ClosedComplaint(company);
  File(company, complaint.service_case, "mail-stub");
  company.Restart();
  std::map<std::string, std::set<std::string>> kinds, resources;
  const v1::CaseFile file = FileOf(company, complaint.service_case);
  for (const v1::FileItem& item : file.items()) {
    kinds[item.section()].insert(item.kind());
    resources[item.section()].insert(item.resource());
  }
  const bool sorted = kinds["A"] == std::set<std::string>{"contact", "attachment"} &&
                      kinds["B"] == std::set<std::string>{"customer-opinion"} &&
                      kinds["C"] == std::set<std::string>{"service-report"} &&
                      kinds["D"] == std::set<std::string>{"mail-stub", "shipment"} &&
                      kinds["E"] == std::set<std::string>{"work-contact"};
  company.Shown("GT-4.9.1", "read-back",
                sorted && resources["A"] == std::set<std::string>{complaint.contact, complaint.attachment} &&
                    resources["D"].count(complaint.shipment) == 1,
                "the file is not sorted as it was filed");
}

void WalkArchive(Company& company) {
  company.For("GT-4.9.2a");
  const std::string name = ClosedComplaint(company).service_case;
  company.OwedOfKind(name, "mail-stub");
  company.OwedOfKind(name, "file-summary");
  company.Skipped("GT-4.9.2a", Archive(company, name).status());
  File(company, name, "file-summary");
  company.Expect(StateOf(FileOf(company, name), "mail-stub") == v1::REQUIREMENT_STATE_MISSING,
                 "the stub is not missed");
  company.Refused("GT-4.9.2a", Archive(company, name).status());
  File(company, name, "mail-stub");
  const v1::CaseFile whole = FileOf(company, name);
  company.Expect(whole.complete() && whole.timely() &&
                     StateOf(whole, "customer-opinion") == v1::REQUIREMENT_STATE_PRESENT &&
                     StateOf(whole, "file-summary") == v1::REQUIREMENT_STATE_PRESENT,
                 whole.ShortDebugString());
  const absl::StatusOr<v1::Case> archived = Archive(company, name);
  company.Allowed("GT-4.9.2a", archived.status());
  company.Insist(archived.ok(), "not archived");
  const auto entry = [&](const v1::Case& of) {
    return company.Need(company.Lead().archive().GetArchiveEntry(On<v1::GetArchiveEntryRequest>(of.archive_entry())));
  };
  company.Expect(entry(*archived).complete() && entry(*archived).timely(), "not complete and timely");

  // What came late is bound as late, what was waived as not complete.
  const std::string late = ClosedComplaint(company).service_case;
  File(company, late, "mail-stub");
  company.PassTime(absl::Hours(24 * 8));
  File(company, late, "file-summary");
  company.Expect(StateOf(FileOf(company, late), "file-summary") == v1::REQUIREMENT_STATE_LATE,
                 "in time after eight days");
  const v1::ArchiveEntry of_late = entry(company.Need(Archive(company, late)));
  company.Expect(of_late.complete() && !of_late.timely(), of_late.ShortDebugString());
  const std::string lost = ClosedComplaint(company).service_case;
  File(company, lost, "file-summary");
  auto waive = On<v1::WaiveObligationRequest>(company.OwedOfKind(lost, "mail-stub").name());
  waive.set_role(v1::ROLE_SERVICE_MANAGER);
  waive.set_reason("The carrier went bankrupt.");
  company.Need(company.As(v1::ROLE_SERVICE_MANAGER).policy().WaiveObligation(waive).status());
  const v1::ArchiveEntry of_lost = entry(company.Need(Archive(company, lost)));
  company.Expect(!of_lost.complete() && of_lost.timely(), of_lost.ShortDebugString());
}

void WalkVolume(Company& company) {
  company.For("GT-4.9.2b");
  std::set<std::string> archived;
  std::string volume;
  for (int i = 0; i < 2; ++i) {
    const std::string name = company.OpenCase().name();
    company.Need(company.Accept(name, v1::SERVICE_MODE_TELEPHONE));
    company.Need(company.Close(name));
    File(company, name, "file-summary");
    volume = company.Need(Archive(company, name)).volume();
    archived.insert(name);
  }
  auto seal = On<v1::SealVolumeRequest>(volume);
  seal.set_role(v1::ROLE_SERVICE_MANAGER);
  const v1::Volume sealed = company.Need(company.Lead().archive().SealVolume(seal));
  v1::ListArchiveEntriesRequest list;
  list.set_parent(volume);
  list.set_page_size(1000);
  const v1::ListArchiveEntriesResponse entries = company.Need(company.Lead().archive().ListArchiveEntries(list));
  std::set<std::string> bound;
  for (const v1::ArchiveEntry& entry : entries.entries()) {
    if (archived.count(entry.service_case()) > 0) bound.insert(entry.service_case());
  }
  const v1::AuditVolumeResponse audit =
      company.Need(company.Lead().archive().AuditVolume(On<v1::AuditVolumeRequest>(volume)));
  company.Shown("GT-4.9.2b", "counted",
                bound == archived && sealed.entries() == entries.entries_size() &&
                    audit.entries() == sealed.entries() && audit.faults().empty() && !sealed.seal_hash().empty(),
                absl::StrCat(sealed.ShortDebugString(), audit.ShortDebugString()));
}

}  // namespace

std::vector<Walk> GuangtianArchiveWalks() {
  return {
      {"OpinionsAreRecordedAndSorted", {"GT-4.8a"}, WalkOpinions},
      {"WhatFollowsGoesToTheManagement", {"GT-4.8b", "GT-4.8c"}, WalkReportToManagement},
      {"TheFileHoldsWhatItMust", {"GT-4.9.1"}, WalkFile},
      {"FilesAreArchivedCompleteAndInTime", {"GT-4.9.2a"}, WalkArchive},
      {"FilesAreBoundIntoVolumes", {"GT-4.9.2b"}, WalkVolume},
  };
}

}  // namespace aftersales::testing
