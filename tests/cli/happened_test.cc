// What the timeline says of events beyond their names.
#include "client/cli/commands/happened.h"

#include <gtest/gtest.h>

#include <string>

namespace aftersales::cli {
namespace {

v1::Event About(v1::EventType type) {
  v1::Event event;
  event.set_type(type);
  event.set_root("cases/C2026-000001");
  event.set_subject("cases/C2026-000001");
  return event;
}

std::string Said(const v1::Event& event) { return Happened(event, absl::UTCTimeZone()); }

TEST(Happened, TellsOfContacts) {
  v1::Event event = About(v1::EVENT_TYPE_CONTACT_TRANSFERRED);
  event.mutable_contact()->set_department(v1::ROLE_TECHNOLOGY);
  event.mutable_contact()->set_transfer_reason("It is about welding");
  event.mutable_contact()->set_service_case("cases/C2026-000002");
  event.mutable_contact()->set_outcome("advice");
  EXPECT_EQ(Said(event), "contact transferred: to technology, \"It is about welding\"");
  event.set_type(v1::EVENT_TYPE_CONTACT_JOINED);
  EXPECT_EQ(Said(event), "contact joined: to cases/C2026-000002");
  event.set_type(v1::EVENT_TYPE_CONTACT_CLOSED);
  EXPECT_EQ(Said(event), "contact closed: advice");
}

TEST(Happened, TellsWhyACaseStandsStillAndWhoIsTold) {
  v1::Event event = About(v1::EVENT_TYPE_CASE_PAUSED);
  event.mutable_service_case()->mutable_pause()->set_cause(v1::PAUSE_CAUSE_WAITING_FOR_PARTS);
  event.mutable_service_case()->mutable_pause()->set_reason("The line is closed");
  EXPECT_EQ(Said(event), "case paused: waiting_for_parts, \"The line is closed\"");
  event = About(v1::EVENT_TYPE_CASE_ESCALATED);
  EXPECT_EQ(Said(event), "case escalated");
  event.mutable_service_case()->add_escalations()->set_to(v1::ROLE_EXECUTIVE);
  EXPECT_EQ(Said(event), "case escalated: to executive");
  event = About(v1::EVENT_TYPE_CASE_REOPENED);
  event.mutable_service_case()->set_reopen_reason("It leaks again");
  EXPECT_EQ(Said(event), "case reopened: \"It leaks again\"");
}

TEST(Happened, TellsWhoMayDoWhatToThoseWhoMayReadIt) {
  v1::Event event = About(v1::EVENT_TYPE_ACCESS_CHANGED);
  EXPECT_EQ(Said(event), "access changed");
  event.mutable_access_change()->set_change("principal-updated");
  event.mutable_access_change()->add_roles("quality (head)");
  event.mutable_access_change()->add_roles("executive");
  event.mutable_access_change()->set_disabled(true);
  EXPECT_EQ(Said(event), "access changed: principal-updated, quality (head) and executive, disabled");
}

TEST(Happened, TellsWhatWasChangedAndNotWhatFollowedFromIt) {
  v1::Case before;
  before.set_description("It leaks");
  v1::Case after = before;
  EXPECT_EQ(ChangedFields(before, after), "");
  after.set_severity(v1::SEVERITY_MAJOR);
  after.mutable_fault_time()->set_seconds(1'760'000'000);
  after.set_etag("2");
  after.mutable_update_time()->set_seconds(1'760'000'001);
  EXPECT_EQ(ChangedFields(before, after), "fault time, severity");
}

TEST(Happened, TellsWhyFactsWereChanged) {
  v1::Event event = About(v1::EVENT_TYPE_CASE_CHANGED);
  event.mutable_service_case()->set_description("Brake");
  EXPECT_EQ(Said(event), "case changed");
  event.set_reason("The line runs again");
  EXPECT_EQ(Said(event), "case changed: \"The line runs again\"");
}

TEST(Happened, TellsWhyACaseWasPutUnderAnotherPolicy) {
  v1::Event event = About(v1::EVENT_TYPE_CASE_MIGRATED);
  event.mutable_service_case()->set_policy_version("policyVersions/hongxing-2");
  EXPECT_EQ(Said(event), "case migrated: to policyVersions/hongxing-2");
  (*event.mutable_facts())["reason"] = "The customer asked for it";
  EXPECT_EQ(Said(event), "case migrated: to policyVersions/hongxing-2, \"The customer asked for it\"");
}

TEST(Happened, TellsWhatItCosts) {
  v1::Event event = About(v1::EVENT_TYPE_PRICE_QUOTED);
  event.mutable_service_case()->mutable_quote()->mutable_price()->set_currency_code("CNY");
  event.mutable_service_case()->mutable_quote()->mutable_price()->set_minor_units(125000);
  EXPECT_EQ(Said(event), "price quoted: CNY 1250.00");
  event = About(v1::EVENT_TYPE_REMEDY_DECIDED);
  event.mutable_service_case()->set_remedy(v1::REMEDY_REPAIR);
  EXPECT_EQ(Said(event), "remedy decided: repair, free of charge");
  event.mutable_service_case()->set_charged(true);
  EXPECT_EQ(Said(event), "remedy decided: repair, charged");
}

TEST(Happened, TellsOfWhatBelongsToACase) {
  v1::Event event = About(v1::EVENT_TYPE_ATTACHMENT_ADDED);
  event.set_subject("attachments/7");
  event.mutable_attachment()->set_filename("brake.jpg");
  event.mutable_attachment()->set_title("The brake\x1b[1m");
  event.mutable_attachment()->set_accept_note("Shows the crack");
  EXPECT_EQ(Said(event), "attachment added [attachments/7]: brake.jpg, \"The brake\\x1b[1m\"");
  event.set_type(v1::EVENT_TYPE_ATTACHMENT_ACCEPTED);
  EXPECT_EQ(Said(event), "attachment accepted [attachments/7]: \"Shows the crack\"");
  event = About(v1::EVENT_TYPE_TELEPHONE_ATTEMPTED);
  event.mutable_telephone_attempt()->set_text("Nobody there");
  EXPECT_EQ(Said(event), "telephone attempted: not reached, \"Nobody there\"");
  event.mutable_telephone_attempt()->set_reached(true);
  EXPECT_EQ(Said(event), "telephone attempted: reached, \"Nobody there\"");
  event = About(v1::EVENT_TYPE_HELP_REQUESTED);
  event.mutable_help_request()->set_department(v1::ROLE_PRODUCTION);
  EXPECT_EQ(Said(event), "help requested: of production");
  event = About(v1::EVENT_TYPE_DISPUTE_RESOLVED);
  event.mutable_dispute()->set_resolution("Half each");
  EXPECT_EQ(Said(event), "dispute resolved: \"Half each\"");
  event = About(v1::EVENT_TYPE_DOCUMENT_VOIDED);
  event.mutable_document()->set_void_reason("Wrong case");
  EXPECT_EQ(Said(event), "document voided: \"Wrong case\"");
}

TEST(Happened, TellsWhoAnswersAndWhoBearsWhat) {
  v1::Event event = About(v1::EVENT_TYPE_INVESTIGATION_RECORDED);
  event.mutable_investigation()->set_analysis("Ground askew");
  EXPECT_EQ(Said(event), "investigation recorded: \"Ground askew\"");
  event.set_type(v1::EVENT_TYPE_DEPARTMENT_CONSULTED);
  event.mutable_investigation()->add_consultations()->set_department(v1::ROLE_SUPPLY);
  event.mutable_investigation()->mutable_consultations(0)->set_text("Three in stock");
  EXPECT_EQ(Said(event), "department consulted: supply, \"Three in stock\"");
  event.set_type(v1::EVENT_TYPE_TREATMENT_DETERMINED);
  event.mutable_investigation()->set_treatment("Exchange");
  EXPECT_EQ(Said(event), "treatment determined: \"Exchange\"");

  event = About(v1::EVENT_TYPE_RESPONSIBILITY_PROPOSED);
  v1::Responsibility& responsibility = *event.mutable_responsibility();
  responsibility.add_shares()->set_department(v1::ROLE_PRODUCTION);
  responsibility.mutable_shares(0)->set_basis_points(6667);
  responsibility.add_shares()->set_department(v1::ROLE_SUPPLY);
  responsibility.mutable_shares(1)->set_staff_member("staff/3");
  responsibility.mutable_shares(1)->set_basis_points(3333);
  EXPECT_EQ(Said(event), "responsibility proposed: production 66.67 %, supply with staff/3 33.33 %");
  event.set_type(v1::EVENT_TYPE_RESPONSIBILITY_REPORTED);
  responsibility.add_reports()->set_to(v1::ROLE_EXECUTIVE);
  responsibility.mutable_reports(0)->set_text("Two thirds");
  EXPECT_EQ(Said(event), "responsibility reported: to executive, \"Two thirds\"");
  event.set_type(v1::EVENT_TYPE_RESPONSIBILITY_REJECTED);
  responsibility.set_reject_reason("Ask the maker");
  EXPECT_EQ(Said(event), "responsibility rejected: \"Ask the maker\"");

  event = About(v1::EVENT_TYPE_COST_RECORDED);
  v1::Cost& cost = *event.mutable_cost();
  cost.set_category(v1::COST_CATEGORY_TRAVEL);
  cost.mutable_amount()->set_currency_code("CNY");
  cost.mutable_amount()->set_minor_units(12345);
  cost.set_text("Train");
  cost.set_customer_pays(true);
  EXPECT_EQ(Said(event), "cost recorded: travel, CNY 123.45, to be paid by the customer, \"Train\"");
  event.set_type(v1::EVENT_TYPE_COST_REJECTED);
  cost.set_reject_reason("No receipt");
  EXPECT_EQ(Said(event), "cost rejected: travel, CNY 123.45, \"No receipt\"");

  const v1::Money paid = cost.amount();  // the cost goes with its event
  event = About(v1::EVENT_TYPE_COSTS_ALLOCATED);
  v1::BearerTotal& total = *event.mutable_allocation()->add_totals();
  total.set_bearer("manufacturing-cost");
  *total.mutable_amount() = paid;
  EXPECT_EQ(Said(event), "costs allocated: manufacturing-cost CNY 123.45");
  event.mutable_allocation()->add_left();
  EXPECT_EQ(Said(event), "costs allocated: manufacturing-cost CNY 123.45, 1 left for another");
}

TEST(Happened, TellsWhatIsDoneSoThatItDoesNotHappenAgain) {
  v1::Event event = About(v1::EVENT_TYPE_MEETING_CONVENED);
  event.set_subject("cases/C2026-000001/meetings/3");
  event.mutable_meeting()->add_departments(v1::ROLE_TECHNOLOGY);
  event.mutable_meeting()->add_departments(v1::ROLE_PRODUCTION);
  event.mutable_meeting()->mutable_meeting_time()->set_seconds(1790000000);
  event.mutable_meeting()->set_subject("Springs");
  EXPECT_EQ(Said(event), "meeting convened [meetings/3]: of technology, production, at 2026-09-21 14:13, \"Springs\"");
  event.set_type(v1::EVENT_TYPE_MEETING_CANCELLED);
  event.mutable_meeting()->set_cancel_reason("Nobody has time");
  EXPECT_EQ(Said(event), "meeting cancelled [meetings/3]: \"Nobody has time\"");

  event = About(v1::EVENT_TYPE_CORRECTIVE_ACTION_PLANNED);
  v1::CorrectiveAction& action = *event.mutable_corrective_action();
  action.set_kind(v1::CORRECTIVE_ACTION_KIND_PREVENTIVE);
  action.set_owner(v1::ROLE_PRODUCTION);
  action.mutable_due_time()->set_seconds(1790000000);
  action.set_text("Harder springs");
  EXPECT_EQ(Said(event),
            "corrective action planned: preventive, by production, until 2026-09-21 14:13, \"Harder springs\"");
  event.set_type(v1::EVENT_TYPE_CORRECTIVE_ACTION_CHECKED);
  EXPECT_EQ(Said(event), "corrective action checked: preventive");
  action.add_checks()->mutable_evidence()->set_text("Two broke");
  EXPECT_EQ(Said(event), "corrective action checked: preventive, not effective, \"Two broke\"");
  event.set_type(v1::EVENT_TYPE_RECURRENCE_FOUND);
  action.add_recurrences()->set_service_case("cases/C2026-000009");
  action.mutable_recurrences(0)->set_item("spring");
  EXPECT_EQ(Said(event), "recurrence found: of spring, in cases/C2026-000009");
  event.set_type(v1::EVENT_TYPE_RECURRENCE_WITHDRAWN);
  event.set_reason("cases/C2026-000009 was refused");
  EXPECT_EQ(Said(event), "recurrence withdrawn: preventive, \"cases/C2026-000009 was refused\"");
}

TEST(Happened, TellsWhatIsBoundAndReported) {
  v1::Event event = About(v1::EVENT_TYPE_CASE_ARCHIVED);
  event.mutable_archive_entry()->set_name("volumes/1/entries/3");
  event.mutable_archive_entry()->set_complete(true);
  event.mutable_archive_entry()->set_timely(true);
  EXPECT_EQ(Said(event), "case archived: as volumes/1/entries/3");
  event.mutable_archive_entry()->set_supplement(true);
  event.mutable_archive_entry()->set_timely(false);
  EXPECT_EQ(Said(event), "case archived: as volumes/1/entries/3, a supplement, not in time");

  event = About(v1::EVENT_TYPE_VOLUME_SEALED);
  event.mutable_volume()->set_title("Brakes");
  event.mutable_volume()->set_entries(3);
  event.mutable_volume()->set_seal_hash("ab");
  EXPECT_EQ(Said(event), "volume sealed: \"Brakes\", 3 cases");

  event = About(v1::EVENT_TYPE_MANAGEMENT_REPORT_SUBMITTED);
  event.mutable_management_report()->set_title("May");
  event.mutable_management_report()->set_submitted_to(v1::ROLE_EXECUTIVE);
  EXPECT_EQ(Said(event), "management report submitted: \"May\", to executive");
  event.set_type(v1::EVENT_TYPE_MANAGEMENT_REPORT_RETURNED);
  event.mutable_management_report()->set_return_reason("Which brakes?");
  EXPECT_EQ(Said(event), "management report returned: \"May\", \"Which brakes?\"");
}

TEST(Happened, TellsWhatCustomersSay) {
  v1::Event event = About(v1::EVENT_TYPE_FEEDBACK_RECORDED);
  v1::Feedback& feedback = *event.mutable_feedback();
  feedback.set_kind(v1::FEEDBACK_KIND_COMPLAINT);
  feedback.set_conduct_type("attitude");
  feedback.set_satisfied(v1::SATISFACTION_DISSATISFIED);
  feedback.set_text("He laughed");
  EXPECT_EQ(Said(event), "feedback recorded: complaint, attitude, dissatisfied, \"He laughed\"");
  event.set_type(v1::EVENT_TYPE_FEEDBACK_REPORTED);
  EXPECT_EQ(Said(event), "feedback reported: complaint");
  feedback.add_reports()->set_to(v1::ROLE_QUALITY);
  feedback.mutable_reports(0)->set_text("Please look");
  EXPECT_EQ(Said(event), "feedback reported: complaint, to quality, \"Please look\"");
  event.set_type(v1::EVENT_TYPE_FEEDBACK_HANDLED);
  feedback.set_result("Apologized");
  EXPECT_EQ(Said(event), "feedback handled: complaint, \"Apologized\"");
  event.set_type(v1::EVENT_TYPE_FEEDBACK_VERIFIED);
  feedback.mutable_verification_evidence()->set_text("Two saw it");
  EXPECT_EQ(Said(event), "feedback verified: attitude, not true, \"Two saw it\"");
  feedback.set_state(v1::FEEDBACK_STATE_CONFIRMED);
  EXPECT_EQ(Said(event), "feedback verified: attitude, true, \"Two saw it\"");
  event.set_type(v1::EVENT_TYPE_FEEDBACK_VERIFICATION_WITHDRAWN);
  feedback.set_withdraw_reason("Somebody else");
  EXPECT_EQ(Said(event), "feedback verification withdrawn: attitude, \"Somebody else\"");

  event = About(v1::EVENT_TYPE_CALLBACK_HELD);
  event.mutable_callback()->set_text("No answer");
  EXPECT_EQ(Said(event), "callback held: nobody reached, \"No answer\"");
  event.mutable_callback()->set_reached(true);
  event.mutable_callback()->set_satisfied(v1::SATISFACTION_SATISFIED);
  EXPECT_EQ(Said(event), "callback held: reached, satisfied, \"No answer\"");

  event = About(v1::EVENT_TYPE_FIRST_INSTALLATION);
  event.mutable_equipment()->set_serial_number("BU-1");
  EXPECT_EQ(Said(event), "first installation: BU-1");
  event.set_type(v1::EVENT_TYPE_FIRST_INSTALLATION_MOVED);
  EXPECT_EQ(Said(event), "first installation moved: BU-1");
}

TEST(Happened, TellsHowDutiesStand) {
  v1::Event event = About(v1::EVENT_TYPE_OBLIGATION_WARNED);
  event.set_addressee(v1::ROLE_QUALITY);
  event.mutable_obligation()->set_title("Reply to the customer");
  event.mutable_obligation()->mutable_due_time()->set_seconds(1772532000);
  EXPECT_EQ(Said(event), "soon due: Reply to the customer (2026-03-03 10:00), told to quality");
  event.set_type(v1::EVENT_TYPE_OBLIGATION_BREACHED);
  EXPECT_EQ(Said(event), "late: Reply to the customer (2026-03-03 10:00), told to quality");
  event.set_type(v1::EVENT_TYPE_OBLIGATION_ESCALATED);
  EXPECT_EQ(Said(event), "escalated: Reply to the customer (2026-03-03 10:00), told to quality");
  event.clear_addressee();
  event.set_type(v1::EVENT_TYPE_OBLIGATION_CORRECTED);
  EXPECT_EQ(Said(event), "not late after all: Reply to the customer (2026-03-03 10:00)");
  event.set_type(v1::EVENT_TYPE_OBLIGATION_CHANGED);
  event.mutable_obligation()->clear_due_time();
  EXPECT_EQ(Said(event), "owed on other terms: Reply to the customer");
}

}  // namespace
}  // namespace aftersales::cli
