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
