#include "client/cli/commands/timeline.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "aftersales/client.h"
#include "client/cli/commands/happened.h"
#include "client/cli/refusal.h"
#include "client/cli/render.h"
#include "client/cli/settings.h"
#include "client/cli/table.h"
#include "client/cli/text.h"
#include "client/cli/values.h"

namespace aftersales::cli {
namespace {

// A case with everything that happened to it and everything that was owed for it.
struct Story {
  v1::Case service_case;
  std::vector<v1::Event> events;             // in the order of the times at which things happened
  std::vector<v1::Obligation> obligations;   // in the order in which they arose
  std::map<std::string, std::string> names;  // of principals, where the caller may know them
  std::map<int64_t, std::string> changes;    // by the position of the event, what it changed of the case
};

// Each event carries the case as it was after it; what a change changed shows against the one before.
void ReadChanges(Story& story) {
  const v1::Case* before = nullptr;
  for (const v1::Event& event : story.events) {
    if (!event.has_service_case()) continue;
    if (before != nullptr && event.type() == v1::EVENT_TYPE_CASE_CHANGED) {
      story.changes[event.position()] = ChangedFields(*before, event.service_case());
    }
    before = &event.service_case();
  }
}

// What happened, and for a change of the case of which fields: "case changed: description".
std::string Told(const Story& story, const v1::Event& event, absl::TimeZone zone) {
  std::string text = Happened(event, zone);
  const auto changes = story.changes.find(event.position());
  if (changes == story.changes.end() || changes->second.empty()) return text;
  return absl::StrCat(text, event.reason().empty() ? ": " : ", ", changes->second);
}

// What the people are called. Not everybody may read that; then their resource names must do, and nothing is tried that
// would be kept as a refusal.
void ReadNames(const Client& client, Story& story) {
  const absl::StatusOr<v1::Caller> caller = client.access().GetCaller(v1::GetCallerRequest());
  if (!caller.ok() || !absl::c_linear_search(caller->permissions(), "access.read")) return;
  std::set<std::string> actors;
  for (const v1::Event& event : story.events) actors.insert(event.actor());
  for (const std::string& actor : actors) {
    v1::GetPrincipalRequest request;
    request.set_name(actor);
    absl::StatusOr<v1::Principal> principal = client.access().GetPrincipal(request);
    if (principal.ok()) story.names[actor] = principal->display_name();
  }
}

absl::StatusOr<Story> Read(const Client& client, const std::string& name) {
  Story story;
  v1::GetCaseRequest get;
  get.set_name(name);
  absl::StatusOr<v1::Case> service_case = client.cases().GetCase(get);
  if (!service_case.ok()) return service_case.status();
  story.service_case = *std::move(service_case);
  std::vector<std::string> roots;
  if (!story.service_case.contact().empty()) roots.push_back(story.service_case.contact());
  roots.push_back(story.service_case.name());
  for (const std::string& root : roots) {
    v1::ListEventsRequest events;
    events.set_root(root);
    events.set_page_size(1000);
    for (absl::StatusOr<v1::Event>& event : client.events().ListEventsAll(events)) {
      if (!event.ok()) return event.status();
      story.events.push_back(*std::move(event));
    }
    v1::ListObligationsRequest obligations;
    obligations.mutable_filter()->set_root(root);
    obligations.set_page_size(1000);
    for (absl::StatusOr<v1::Obligation>& obligation : client.policy().ListObligationsAll(obligations)) {
      if (!obligation.ok()) return obligation.status();
      story.obligations.push_back(*std::move(obligation));
    }
  }
  ReadChanges(story);
  const auto moment = [](const google::protobuf::Timestamp& time) { return std::pair(time.seconds(), time.nanos()); };
  // What was entered late stands at the time at which it happened.
  std::sort(story.events.begin(), story.events.end(), [&](const v1::Event& a, const v1::Event& b) {
    return std::tuple(moment(a.time()), a.position()) < std::tuple(moment(b.time()), b.position());
  });
  std::sort(story.obligations.begin(), story.obligations.end(), [&](const v1::Obligation& a, const v1::Obligation& b) {
    return std::tuple(moment(a.since_time()), a.name()) < std::tuple(moment(b.since_time()), b.name());
  });
  ReadNames(client, story);
  return story;
}

bool IsOverdue(const v1::Obligation& obligation, absl::Time now) {
  return obligation.has_due_time() && ToTime(obligation.due_time()) < now;
}

// "met in time", "met late", "open, overdue" ...
std::string Standing(const v1::Obligation& obligation, absl::Time now) {
  switch (obligation.state()) {
    case v1::OBLIGATION_STATE_OPEN: return IsOverdue(obligation, now) ? "open, overdue" : "open";
    case v1::OBLIGATION_STATE_MET: return obligation.has_due_time() ? "met in time" : "met";
    case v1::OBLIGATION_STATE_LATE_MET: return "met late";
    case v1::OBLIGATION_STATE_WAIVED: return "waived";
    case v1::OBLIGATION_STATE_CANCELLED: return "fell away";
    default: return "";
  }
}

int Count(const Story& story, v1::ObligationState state) {
  return static_cast<int>(std::count_if(story.obligations.begin(), story.obligations.end(),
                                        [state](const v1::Obligation& o) { return o.state() == state; }));
}

std::string Obligations(int count) { return absl::StrCat(count, count == 1 ? " obligation" : " obligations"); }

// "case C2026-000123 CLOSED, 0 obligations open": scripts and people look for this line.
std::string LastLine(const Story& story) {
  const std::string& name = story.service_case.name();
  const std::string state = v1::CaseState_Name(story.service_case.state()).substr(sizeof("CASE_STATE_") - 1);
  return absl::StrCat("case ", Printable(name.substr(name.find('/') + 1)), " ", state, ", ",
                      Obligations(Count(story, v1::OBLIGATION_STATE_OPEN)), " open");
}

void PrintHead(const v1::Case& service_case, const Terminal& terminal) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const char* field : {"name", "customer", "equipment", "classification", "description", "policy_version"}) {
    const std::string value = Cell(service_case, field, terminal.zone);
    if (!value.empty())
      lines.emplace_back(std::string(field) == "name" ? "case" : absl::StrReplaceAll(field, {{"_", " "}}), value);
  }
  PrintRecord(terminal.out, lines);
}

void PrintStory(const Story& story, const Terminal& terminal) {
  PrintHead(story.service_case, terminal);
  terminal.out << "\nWHAT HAPPENED\n";
  Table happened({"TIME", "WHO", "WHAT"});
  for (const v1::Event& event : story.events) {
    happened.Add({FormatTime(event.time(), terminal.zone), Who(event, story.names), Told(story, event, terminal.zone)});
  }
  happened.Print(terminal.out, terminal.width);
  terminal.out << "\nWHAT WAS OWED\n";
  Table owed({"WHAT", "WHY", "BY", "SINCE", "DUE", "STATE", "ENDED", "NAME"});
  for (const v1::Obligation& o : story.obligations) {
    owed.Add({Printable(o.title().empty() ? o.kind() : o.title()), Cell(o, "clauses", terminal.zone),
              absl::StrCat(Cell(o, "owner", terminal.zone), o.owner_head() ? " (head)" : ""),
              FormatTime(o.since_time(), terminal.zone), FormatTime(o.due_time(), terminal.zone),
              Standing(o, terminal.now()), FormatTime(o.close_time(), terminal.zone), Printable(o.name())});
  }
  if (!owed.empty()) owed.Print(terminal.out, terminal.width);
  terminal.out << "\n"
               << Obligations(static_cast<int>(story.obligations.size())) << ": "
               << Count(story, v1::OBLIGATION_STATE_MET) << " met, " << Count(story, v1::OBLIGATION_STATE_LATE_MET)
               << " met late, " << Count(story, v1::OBLIGATION_STATE_WAIVED) << " waived, "
               << Count(story, v1::OBLIGATION_STATE_CANCELLED) << " fell away, "
               << Count(story, v1::OBLIGATION_STATE_OPEN) << " open\n"
               << LastLine(story) << "\n";
}

void PrintJson(const Story& story, const Terminal& terminal) {
  std::vector<std::string> events;
  for (const v1::Event& event : story.events) events.push_back(Json(event, false));
  std::vector<std::string> obligations;
  for (const v1::Obligation& obligation : story.obligations) obligations.push_back(Json(obligation, false));
  terminal.out << "{\"case\":" << Json(story.service_case, false) << ",\"events\":[" << absl::StrJoin(events, ",")
               << "],\"obligations\":[" << absl::StrJoin(obligations, ",")
               << "],\"open\":" << Count(story, v1::OBLIGATION_STATE_OPEN) << "}\n";
}

}  // namespace

int RunTimeline(const Words& words, const Terminal& terminal) {
  GlobalFlags globals;
  std::vector<std::string> name;
  CLI::App app;
  app.set_help_flag();
  globals.AddTo(app);
  AddValueFlag(app, "name,--name", name, false);
  absl::Status parsed = Parse(app, words);
  if (parsed.ok() && name.empty()) parsed = absl::InvalidArgumentError("'case timeline' needs NAME");
  if (parsed.ok()) parsed = ParseFormat(globals.output).status();
  if (!parsed.ok()) return ReportUsage(parsed, PeekFormat(words), terminal);
  const Format format = *ParseFormat(globals.output);
  absl::StatusOr<ClientOptions> options = ResolveServer(globals, terminal);
  if (!options.ok()) return ReportUsage(options.status(), format, terminal);
  absl::StatusOr<Client> client = Client::Create(*options);
  if (!client.ok()) return ReportUsage(client.status(), format, terminal);
  absl::StatusOr<Story> story =
      Read(*client, absl::StrContains(name[0], "/") ? name[0] : absl::StrCat("cases/", name[0]));
  if (!story.ok()) return ReportRefusal(story.status(), nullptr, format, terminal);
  if (format == Format::kJson) {
    PrintJson(*story, terminal);
  } else {
    PrintStory(*story, terminal);
  }
  return kExitOk;
}

}  // namespace aftersales::cli
