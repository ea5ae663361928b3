#include "client/cli/commands/happened.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/cli/render.h"
#include "client/cli/text.h"
#include "client/cli/values.h"
#include "google/protobuf/util/message_differencer.h"

namespace aftersales::cli {
namespace {

// A resource by the last two parts of its name, its kind and its number: "cases/1/solutions/2" -> "solutions/2".
std::string ShortName(const std::string& name) {
  const size_t number = name.rfind('/');
  if (number == std::string::npos || number == 0) return name;
  const size_t kind = name.rfind('/', number - 1);
  return kind == std::string::npos ? name : name.substr(kind + 1);
}

std::string Quoted(const std::string& text) {
  return text.empty() ? "" : absl::StrCat("\"", Cut(Printable(text), 80), "\"");
}

// What the event's facts say of it; empty where they say nothing.
std::string FactOf(const v1::Event& event, const std::string& fact) {
  const auto found = event.facts().find(fact);
  return found == event.facts().end() ? "" : found->second;
}

// Pieces that are not empty, joined.
std::string Joined(const std::vector<std::string>& pieces) {
  std::vector<std::string> full;
  for (const std::string& piece : pieces) {
    if (!piece.empty()) full.push_back(piece);
  }
  return absl::StrJoin(full, ", ");
}

std::string Opened(const v1::Obligation& o, absl::TimeZone zone) {
  const std::string due = FormatTime(o.due_time(), zone);
  return absl::StrCat("owed: ", Printable(o.title().empty() ? o.kind() : o.title()), ", by ", Cell(o, "owner", zone),
                      due.empty() ? "" : absl::StrCat(" until ", due), o.clauses().empty() ? "" : " (",
                      Cell(o, "clauses", zone), o.clauses().empty() ? "" : ")");
}

// Warned of, late, escalated, with other terms now.
std::string Stands(const v1::Event& event, absl::TimeZone zone) {
  const v1::Obligation& o = event.obligation();
  const std::string what = Printable(o.title().empty() ? o.kind() : o.title());
  const std::string to =
      event.addressee() == v1::ROLE_UNSPECIFIED ? "" : absl::StrCat(", told to ", Cell(event, "addressee", zone));
  const std::string due = FormatTime(o.due_time(), zone);
  const std::string until = due.empty() ? "" : absl::StrCat(" (", due, ")");
  switch (event.type()) {
    case v1::EVENT_TYPE_OBLIGATION_WARNED: return absl::StrCat("soon due: ", what, until, to);
    case v1::EVENT_TYPE_OBLIGATION_BREACHED: return absl::StrCat("late: ", what, until, to);
    case v1::EVENT_TYPE_OBLIGATION_ESCALATED: return absl::StrCat("escalated: ", what, until, to);
    case v1::EVENT_TYPE_OBLIGATION_CORRECTED: return absl::StrCat("not late after all: ", what, until);
    default: return absl::StrCat("owed on other terms: ", what, until);
  }
}

std::string Ended(const v1::Obligation& o) {
  const std::string what = Printable(o.title().empty() ? o.kind() : o.title());
  switch (o.state()) {
    case v1::OBLIGATION_STATE_MET: return absl::StrCat("met: ", what);
    case v1::OBLIGATION_STATE_LATE_MET: return absl::StrCat("met late: ", what);
    case v1::OBLIGATION_STATE_WAIVED: return absl::StrCat("waived: ", what, ", ", Quoted(o.close_note()));
    default: return absl::StrCat("no longer owed: ", what);
  }
}

std::string OfVisit(const v1::Event& event, absl::TimeZone zone) {
  const v1::Visit& visit = event.visit();
  switch (event.type()) {
    case v1::EVENT_TYPE_VISIT_PLANNED: return absl::StrCat("for ", FormatTime(visit.plan_start_time(), zone));
    case v1::EVENT_TYPE_ENGINEER_ASSIGNED: return Printable(visit.engineer());
    case v1::EVENT_TYPE_WORK_RECORDED:
      return visit.work_records().empty() ? "" : Quoted(visit.work_records(visit.work_records_size() - 1).text());
    case v1::EVENT_TYPE_SATISFACTION_RECORDED:
      return Joined({visit.satisfied() ? "satisfied" : "not satisfied", Quoted(visit.satisfaction().text())});
    default: return "";
  }
}

// What a case is to cost and why.
std::string OfRemedy(const v1::Event& event, absl::TimeZone zone) {
  const v1::Case& service_case = event.service_case();
  switch (event.type()) {
    case v1::EVENT_TYPE_CAUSE_DETERMINED: return Cell(service_case, "cause", zone);
    case v1::EVENT_TYPE_REMEDY_DECIDED:
      return Joined({Cell(service_case, "remedy", zone), service_case.charged() ? "charged" : "free of charge"});
    case v1::EVENT_TYPE_PRICE_QUOTED:
      return Joined({Cell(service_case, "quote.price", zone), Quoted(service_case.quote().text())});
    case v1::EVENT_TYPE_PRICE_AGREED: return Quoted(service_case.quote().agreement().text());
    case v1::EVENT_TYPE_IMPROPER_USE_EXPLAINED: return Quoted(service_case.improper_use().explanation());
    case v1::EVENT_TYPE_EXPLANATION_REPLIED:
      return Joined({service_case.improper_use().accepted() ? "accepted" : "not accepted",
                     Quoted(service_case.improper_use().reply().text())});
    default: return "";
  }
}

std::string OfCase(const v1::Event& event, absl::TimeZone zone) {
  const v1::Case& service_case = event.service_case();
  switch (event.type()) {
    case v1::EVENT_TYPE_CASE_OPENED: return Quoted(service_case.description());
    case v1::EVENT_TYPE_CASE_ACCEPTED: return Cell(service_case, "service_mode", zone);
    case v1::EVENT_TYPE_CASE_REFUSED: return Quoted(service_case.refuse_reason());
    case v1::EVENT_TYPE_CASE_CLASSIFIED:
      return Joined({absl::StrCat("class ", Printable(service_case.classification())),
                     Quoted(service_case.classification_evidence().text())});
    case v1::EVENT_TYPE_CASE_CLOSED: return Quoted(service_case.resolution());
    case v1::EVENT_TYPE_CASE_REOPENED: return Quoted(service_case.reopen_reason());
    case v1::EVENT_TYPE_CASE_PAUSED:
      return Joined({Cell(service_case, "pause.cause", zone), Quoted(service_case.pause().reason())});
    case v1::EVENT_TYPE_CASE_ESCALATED: {
      const auto& all = service_case.escalations();
      return all.empty()
                 ? ""
                 : Joined({absl::StrCat("to ", Cell(*all.rbegin(), "to", zone)), Quoted(all.rbegin()->reason())});
    }
    case v1::EVENT_TYPE_CASE_LINKED: {
      const auto& all = service_case.links();
      return all.empty() ? "" : Joined({Printable(all.rbegin()->service_case()), Quoted(all.rbegin()->reason())});
    }
    case v1::EVENT_TYPE_CASE_MIGRATED:
      return Joined({absl::StrCat("to ", Printable(service_case.policy_version())), Quoted(FactOf(event, "reason"))});
    default: return OfRemedy(event, zone);
  }
}

std::string OfSolution(const v1::Event& event, absl::TimeZone zone) {
  const v1::Solution& solution = event.solution();
  switch (event.type()) {
    case v1::EVENT_TYPE_SOLUTION_PROPOSED: return Quoted(solution.text());
    case v1::EVENT_TYPE_SOLUTION_APPROVED:
      return solution.approvals().empty() ? ""
                                          : absl::StrCat("by ", Cell(*solution.approvals().rbegin(), "role", zone));
    case v1::EVENT_TYPE_SOLUTION_CONFIRMED: return Quoted(solution.confirmation().text());
    default: return "";
  }
}

std::string OfPickingList(const v1::PickingList& list) {
  std::vector<std::string> lines;
  for (const v1::PickingLine& line : list.lines())
    lines.push_back(absl::StrCat(line.quantity(), " of ", Printable(line.part())));
  return absl::StrJoin(lines, ", ");
}

std::string OfContact(const v1::Event& event, absl::TimeZone zone) {
  const v1::Contact& contact = event.contact();
  switch (event.type()) {
    case v1::EVENT_TYPE_CONTACT_ANSWERED: return Quoted(contact.answer());
    case v1::EVENT_TYPE_CONTACT_TRANSFERRED:
      return Joined({absl::StrCat("to ", Cell(contact, "department", zone)), Quoted(contact.transfer_reason())});
    case v1::EVENT_TYPE_CONTACT_JOINED: return absl::StrCat("to ", Printable(contact.service_case()));
    case v1::EVENT_TYPE_CONTACT_CLOSED: return Joined({Printable(contact.outcome()), Quoted(contact.close_note())});
    default: return Joined({Cell(contact, "channel", zone), Printable(contact.company()), Quoted(contact.text())});
  }
}

std::string OfTelephoneAttempt(const v1::TelephoneAttempt& attempt) {
  return Joined({attempt.solved() ? "solved" : attempt.reached() ? "reached" : "not reached", Quoted(attempt.text())});
}

std::string OfDocument(const v1::Event& event) {
  if (event.type() == v1::EVENT_TYPE_DOCUMENT_VOIDED) return Quoted(event.document().void_reason());
  return Joined({Printable(event.document().kind()), Quoted(event.document().title())});
}

std::string OfAttachment(const v1::Event& event) {
  const v1::Attachment& attachment = event.attachment();
  if (event.type() == v1::EVENT_TYPE_ATTACHMENT_ACCEPTED) return Quoted(attachment.accept_note());
  return Joined({Printable(attachment.filename()), Quoted(attachment.title())});
}

std::string OfResponsibility(const v1::Event& event, absl::TimeZone zone) {
  const v1::Responsibility& responsibility = event.responsibility();
  switch (event.type()) {
    case v1::EVENT_TYPE_RESPONSIBILITY_PROPOSED: {
      std::vector<std::string> shares;
      for (const v1::ResponsibilityShare& share : responsibility.shares()) {
        shares.push_back(absl::StrCat(Cell(share, "department", zone), share.staff_member().empty() ? "" : " with ",
                                      Printable(share.staff_member()), " ",
                                      absl::StrFormat("%.2f %%", share.basis_points() / 100.0)));
      }
      return Joined(shares);
    }
    case v1::EVENT_TYPE_RESPONSIBILITY_REPORTED: {
      const auto& all = responsibility.reports();
      return all.empty() ? ""
                         : Joined({absl::StrCat("to ", Cell(*all.rbegin(), "to", zone)), Quoted(all.rbegin()->text())});
    }
    case v1::EVENT_TYPE_RESPONSIBILITY_REJECTED: return Quoted(responsibility.reject_reason());
    default: return Quoted(responsibility.decision().comment());
  }
}

std::string OfCost(const v1::Event& event, absl::TimeZone zone) {
  const v1::Cost& cost = event.cost();
  const std::string what = Joined({Cell(cost, "category", zone), Cell(cost, "amount", zone)});
  switch (event.type()) {
    case v1::EVENT_TYPE_COST_AGREED: return Joined({what, Quoted(cost.agreement().text())});
    case v1::EVENT_TYPE_COST_VETTED: return Joined({what, Quoted(cost.decision().comment())});
    case v1::EVENT_TYPE_COST_REJECTED:
    case v1::EVENT_TYPE_COST_REVERSED: return Joined({what, Quoted(cost.reject_reason())});
    default: return Joined({what, cost.customer_pays() ? "to be paid by the customer" : "", Quoted(cost.text())});
  }
}

std::string OfAllocation(const v1::Allocation& allocation, absl::TimeZone zone) {
  std::vector<std::string> totals;
  for (const v1::BearerTotal& total : allocation.totals()) {
    totals.push_back(absl::StrCat(Printable(total.bearer()), total.staff_member().empty() ? "" : " with ",
                                  Printable(total.staff_member()), " ", Cell(total, "amount", zone)));
  }
  if (!allocation.left().empty()) totals.push_back(absl::StrCat(allocation.left_size(), " left for another"));
  return Joined(totals);
}

std::string OfInvestigation(const v1::Event& event, absl::TimeZone zone) {
  const v1::Investigation& investigation = event.investigation();
  switch (event.type()) {
    case v1::EVENT_TYPE_TREATMENT_DETERMINED: return Quoted(investigation.treatment());
    case v1::EVENT_TYPE_DEPARTMENT_CONSULTED: {
      const auto& all = investigation.consultations();
      return all.empty() ? "" : Joined({Cell(*all.rbegin(), "department", zone), Quoted(all.rbegin()->text())});
    }
    default: return Quoted(investigation.analysis());
  }
}

std::string OfMeeting(const v1::Event& event, absl::TimeZone zone) {
  const v1::Meeting& meeting = event.meeting();
  switch (event.type()) {
    case v1::EVENT_TYPE_MEETING_HELD: return Quoted(meeting.minutes());
    case v1::EVENT_TYPE_MEETING_CANCELLED: return Quoted(meeting.cancel_reason());
    default:
      return Joined({absl::StrCat("of ", Cell(meeting, "departments", zone)),
                     absl::StrCat("at ", FormatTime(meeting.meeting_time(), zone)), Quoted(meeting.subject())});
  }
}

std::string OfArchiveEntry(const v1::ArchiveEntry& entry) {
  return Joined({absl::StrCat("as ", Printable(entry.name())), entry.supplement() ? "a supplement" : "",
                 entry.complete() ? "" : "not complete", entry.timely() ? "" : "not in time"});
}

std::string OfVolume(const v1::Volume& volume) {
  return Joined({Quoted(volume.title()), volume.seal_hash().empty() ? "" : absl::StrCat(volume.entries(), " cases")});
}

std::string OfManagementReport(const v1::Event& event, absl::TimeZone zone) {
  const v1::ManagementReport& report = event.management_report();
  const std::string title = Quoted(report.title());
  switch (event.type()) {
    case v1::EVENT_TYPE_MANAGEMENT_REPORT_SUBMITTED:
      return Joined({title, absl::StrCat("to ", Cell(report, "submitted_to", zone))});
    case v1::EVENT_TYPE_MANAGEMENT_REPORT_APPROVED: return Joined({title, Quoted(report.decision().comment())});
    case v1::EVENT_TYPE_MANAGEMENT_REPORT_RETURNED: return Joined({title, Quoted(report.return_reason())});
    default: return title;
  }
}

std::string OfCorrectiveAction(const v1::Event& event, absl::TimeZone zone) {
  const v1::CorrectiveAction& action = event.corrective_action();
  const std::string kind = Cell(action, "kind", zone);
  switch (event.type()) {
    case v1::EVENT_TYPE_CORRECTIVE_ACTION_DONE: return Joined({kind, Quoted(action.result())});
    case v1::EVENT_TYPE_CORRECTIVE_ACTION_CHECKED: {
      const auto& all = action.checks();
      return all.empty() ? kind
                         : Joined({kind, all.rbegin()->effective() ? "effective" : "not effective",
                                   Quoted(all.rbegin()->evidence().text())});
    }
    case v1::EVENT_TYPE_CORRECTIVE_ACTION_CANCELLED: return Joined({kind, Quoted(action.cancel_reason())});
    case v1::EVENT_TYPE_RECURRENCE_FOUND: {
      const auto& all = action.recurrences();
      return all.empty() ? kind
                         : Joined({absl::StrCat("of ", Printable(all.rbegin()->item())),
                                   absl::StrCat("in ", Printable(all.rbegin()->service_case()))});
    }
    case v1::EVENT_TYPE_RECURRENCE_WITHDRAWN: return kind;  // which case it was stands in the reason
    default:
      return Joined({kind, absl::StrCat("by ", Cell(action, "owner", zone)),
                     absl::StrCat("until ", FormatTime(action.due_time(), zone)), Quoted(action.text())});
  }
}

std::string OfFeedback(const v1::Event& event, absl::TimeZone zone) {
  const v1::Feedback& feedback = event.feedback();
  const std::string kind = Cell(feedback, "kind", zone);
  switch (event.type()) {
    case v1::EVENT_TYPE_FEEDBACK_REPORTED: {
      const auto& all = feedback.reports();
      return all.empty()
                 ? kind
                 : Joined({kind, absl::StrCat("to ", Cell(*all.rbegin(), "to", zone)), Quoted(all.rbegin()->text())});
    }
    case v1::EVENT_TYPE_FEEDBACK_HANDLED: return Joined({kind, Quoted(feedback.result())});
    case v1::EVENT_TYPE_FEEDBACK_VERIFIED:
      return Joined({Printable(feedback.conduct_type()),
                     feedback.state() == v1::FEEDBACK_STATE_CONFIRMED ? "true" : "not true",
                     Quoted(feedback.verification_evidence().text())});
    case v1::EVENT_TYPE_FEEDBACK_VERIFICATION_WITHDRAWN:
      return Joined({Printable(feedback.conduct_type()), Quoted(feedback.withdraw_reason())});
    default:
      return Joined({kind, Printable(feedback.conduct_type()),
                     feedback.satisfied() == v1::SATISFACTION_UNSPECIFIED ? "" : Cell(feedback, "satisfied", zone),
                     Quoted(feedback.text())});
  }
}

std::string OfCallback(const v1::Callback& callback, absl::TimeZone zone) {
  // Whoever was not reached said nothing of that.
  return Joined({callback.reached() ? "reached" : "nobody reached",
                 callback.satisfied() == v1::SATISFACTION_UNSPECIFIED ? "" : Cell(callback, "satisfied", zone),
                 Quoted(callback.text())});
}

std::string OfAccessChange(const v1::AccessChange& change) {
  const std::vector<std::string> roles(change.roles().begin(), change.roles().end());
  return Joined({Printable(change.change()), Printable(absl::StrJoin(roles, " and ")), Printable(change.principal()),
                 change.disabled() ? "disabled" : ""});
}

// What there is to say about the resource beyond that it happened.
std::string Details(const v1::Event& event, absl::TimeZone zone) {
  switch (event.resource_case()) {
    case v1::Event::kContact: return OfContact(event, zone);
    case v1::Event::kServiceCase: return OfCase(event, zone);
    case v1::Event::kSolution: return OfSolution(event, zone);
    case v1::Event::kDocument: return OfDocument(event);
    case v1::Event::kTelephoneAttempt: return OfTelephoneAttempt(event.telephone_attempt());
    case v1::Event::kHelpRequest:
      return event.type() == v1::EVENT_TYPE_HELP_ANSWERED
                 ? Quoted(event.help_request().answer())
                 : Joined({absl::StrCat("of ", Cell(event.help_request(), "department", zone)),
                           Quoted(event.help_request().text())});
    case v1::Event::kDispute:
      return Quoted(event.type() == v1::EVENT_TYPE_DISPUTE_RESOLVED ? event.dispute().resolution()
                                                                    : event.dispute().text());
    case v1::Event::kAttachment: return OfAttachment(event);
    case v1::Event::kResponsibility: return OfResponsibility(event, zone);
    case v1::Event::kCost: return OfCost(event, zone);
    case v1::Event::kAllocation: return OfAllocation(event.allocation(), zone);
    case v1::Event::kInvestigation: return OfInvestigation(event, zone);
    case v1::Event::kMeeting: return OfMeeting(event, zone);
    case v1::Event::kCorrectiveAction: return OfCorrectiveAction(event, zone);
    case v1::Event::kFeedback: return OfFeedback(event, zone);
    case v1::Event::kCallback: return OfCallback(event.callback(), zone);
    case v1::Event::kEquipment: return Printable(event.equipment().serial_number());
    case v1::Event::kArchiveEntry: return OfArchiveEntry(event.archive_entry());
    case v1::Event::kVolume: return OfVolume(event.volume());
    case v1::Event::kManagementReport: return OfManagementReport(event, zone);
    case v1::Event::kAccessChange: return OfAccessChange(event.access_change());
    case v1::Event::kVisit: return OfVisit(event, zone);
    case v1::Event::kPickingList: return OfPickingList(event.picking_list());
    case v1::Event::kPermit: return absl::StrCat("to ", Printable(event.permit().destination()));
    case v1::Event::kShipment:
      return Joined({Cell(event.shipment(), "transport", zone), Printable(event.shipment().tracking_number())});
    default: return "";
  }
}

// Facts, for events without a resource.
std::string Facts(const v1::Event& event, absl::TimeZone zone) {
  return event.resource_case() == v1::Event::RESOURCE_NOT_SET ? Cell(event, "facts", zone) : "";
}

}  // namespace

std::string Who(const v1::Event& event, const std::map<std::string, std::string>& names) {
  const auto named = names.find(event.actor());
  std::string who = Printable(named == names.end() ? event.actor() : named->second);
  if (event.role() != v1::ROLE_UNSPECIFIED) {
    absl::StrAppend(&who, " as ", Cell(event, "role", absl::UTCTimeZone()));
  }
  return who;
}

std::string Happened(const v1::Event& event, absl::TimeZone zone) {
  if (event.type() == v1::EVENT_TYPE_OBLIGATION_OPENED) return Opened(event.obligation(), zone);
  if (event.type() == v1::EVENT_TYPE_OBLIGATION_ENDED) return Ended(event.obligation());
  if (event.resource_case() == v1::Event::kObligation) return Stands(event, zone);
  const std::string type = absl::StrReplaceAll(Cell(event, "type", zone), {{"_", " "}});
  const std::string details = Joined({Details(event, zone), Quoted(event.reason()), Facts(event, zone)});
  // The root itself needs no mention in its own timeline.
  const std::string subject =
      event.subject() == event.root() ? "" : absl::StrCat(" [", Printable(ShortName(event.subject())), "]");
  return absl::StrCat(type, subject, details.empty() ? "" : ": ", details);
}

std::string ChangedFields(const v1::Case& before, const v1::Case& after) {
  std::vector<std::string> changed;
  const auto* type = v1::Case::descriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const auto* field = type->field(i);
    if (RuleOf(field).output_only()) continue;  // what follows from the others
    google::protobuf::util::MessageDifferencer differ;
    if (!differ.CompareWithFields(before, after, {field}, {field})) {
      changed.push_back(absl::StrReplaceAll(field->name(), {{"_", " "}}));
    }
  }
  return absl::StrJoin(changed, ", ");
}

}  // namespace aftersales::cli
