#include "server/access/own_work_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "aftersales/options/v1/options.pb.h"
#include "aftersales/v1/access.pb.h"
#include "aftersales/v1/attachment.pb.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/dispatch.pb.h"
#include "aftersales/v1/event.pb.h"
#include "aftersales/v1/feedback.pb.h"
#include "aftersales/v1/improvement.pb.h"
#include "aftersales/v1/policy.pb.h"
#include "server/access/own_work_rules.h"
#include "server/base/names.h"

namespace aftersales {
namespace {

using google::protobuf::Descriptor;

// The cases that somebody was sent on; takes their principal.
constexpr char kOwnCases[] =
    "SELECT v.service_case AS name FROM engineer e JOIN visit v ON v.engineer = e.name WHERE e.principal = ?";

// Whether a contact is passed on to the engineers and waits; takes kPassedOn and kEngineers.
constexpr char kContactWaits[] = "contact.state = ? AND contact.department = ?";

// What the request log keeps for so long yet, it still has when the call gets there.
constexpr absl::Duration kLongestCall = absl::Minutes(10);

constexpr int kPassedOn = v1::CONTACT_STATE_TRANSFERRED;
constexpr int kEngineers = v1::ROLE_FIELD_ENGINEER;

SqlText& Add(SqlText& text, const std::string& joint, SqlText more) {
  absl::StrAppend(&text.sql, text.sql.empty() ? "" : joint, more.sql);
  text.values.insert(text.values.end(), more.values.begin(), more.values.end());
  return text;
}

const options::v1::ResourceRule& RuleOf(const Descriptor& resource) {
  return resource.options().GetExtension(options::v1::resource);
}

// The contacts that are the caller's own, as a SELECT of `name`: two questions, each with an index of its own, where OR
// would have none.
SqlText OwnContacts(const Caller& caller) {
  return {absl::StrCat("SELECT contact.name AS name FROM contact WHERE contact.service_case IN (", kOwnCases,
                       ") UNION SELECT contact.name AS name FROM contact WHERE ", kContactWaits),
          {caller.principal, kPassedOn, kEngineers}};
}

// As a table of its own, which is made once: MariaDB would ask a union about each row of the list.
SqlText Among(const std::string& column, SqlText names) {
  return {absl::StrCat(column, " IN (SELECT seen.name FROM (", names.sql, ") seen)"), std::move(names.values)};
}

}  // namespace

OwnWorkSight::OwnWorkSight() {
  // The event's file uses the files of every service whose changes it tells.
  const auto* events = v1::Event::descriptor()->file();
  std::vector<const google::protobuf::FileDescriptor*> files = {events, v1::Principal::descriptor()->file()};
  for (int i = 0; i < events->dependency_count(); ++i) files.push_back(events->dependency(i));
  for (const auto* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const Descriptor* type = file->message_type(i);
      if (type->options().HasExtension(options::v1::resource)) resources_[RuleOf(*type).collection()] = type;
    }
  }
}

SqlText OwnWorkSight::RowsOfCases(const Caller& caller, const std::string& column) const {
  return {absl::StrCat(column, " IN (", kOwnCases, ")"), {caller.principal}};
}

std::optional<SqlText> OwnWorkSight::Rows(const Caller& caller, const Descriptor& resource) const {
  if (&resource == v1::Contact::descriptor()) return Among("contact.name", OwnContacts(caller));
  if (&resource == v1::Obligation::descriptor()) {
    SqlText roots{kOwnCases, {caller.principal}};
    return Among("obligation.root", Add(roots, " UNION ALL ", OwnContacts(caller)));
  }
  if (&resource == v1::CorrectiveAction::descriptor()) {
    const std::string names = "SELECT corrective_action.name AS name FROM corrective_action WHERE corrective_action.";
    return Among("corrective_action.name",
                 {absl::StrCat(names, "service_case IN (", kOwnCases, ") UNION ", names, "owner_principal = ? UNION ",
                               names, "owner = ? AND corrective_action.owner_principal = ''"),
                  {caller.principal, caller.principal, kEngineers}});
  }
  return OneRow(caller, resource);
}

std::optional<SqlText> OwnWorkSight::OneRow(const Caller& caller, const Descriptor& resource) const {
  const options::v1::ResourceRule& rule = RuleOf(resource);
  if (IsEverybodys(rule.collection())) return std::nullopt;
  if (&resource == v1::Case::descriptor()) return RowsOfCases(caller, "service_case.name");
  if (&resource == v1::Visit::descriptor()) {
    return SqlText{"visit.engineer IN (SELECT e.name FROM engineer e WHERE e.principal = ?)", {caller.principal}};
  }
  if (&resource == v1::Attachment::descriptor()) return OfAttachments(caller);
  if (&resource == v1::Obligation::descriptor()) {
    SqlText root = RowsOfCases(caller, "obligation.root");
    return Add(root, " OR ", IsOwn(caller, *v1::Contact::descriptor(), "obligation.root"));
  }
  // Not what others wrote down, though it be of their case: it may be about them, and they would find out by what they
  // are refused.
  if (&resource == v1::Feedback::descriptor()) return SqlText{"feedback.recorded_by = ?", {caller.principal}};
  // Neither a case's nor anybody's own: nothing of it is theirs.
  if (resource.FindFieldByName("service_case") == nullptr) return SqlText{"0 = 1", {}};
  SqlText rows = RowsOfCases(caller, absl::StrCat(rule.table(), ".service_case"));
  if (&resource == v1::Contact::descriptor()) return Add(rows, " OR ", {kContactWaits, {kPassedOn, kEngineers}});
  if (&resource == v1::CorrectiveAction::descriptor()) {
    return Add(rows, " OR ",
               {"corrective_action.owner_principal = ? OR "
                "(corrective_action.owner = ? AND corrective_action.owner_principal = '')",
                {caller.principal, kEngineers}});
  }
  return rows;
}

// What an attachment belongs to says whose it is: of each collection that the API allows.
SqlText OwnWorkSight::OfAttachments(const Caller& caller) const {
  const auto* parent = v1::Attachment::descriptor()->FindFieldByName("parent");
  SqlText own;
  for (const std::string& collection : parent->options().GetExtension(options::v1::field).reference()) {
    Add(own, " OR ",
        IsEverybodys(collection) ? SqlText{"attachment.parent LIKE ?", {absl::StrCat(collection, "/%")}}
                                 : IsOwn(caller, *resources_.at(collection), "attachment.parent"));
  }
  return own;
}

SqlText OwnWorkSight::IsOwn(const Caller& caller, const Descriptor& resource, const std::string& column) const {
  const std::string& table = RuleOf(resource).table();
  SqlText rows = OneRow(caller, resource).value_or(SqlText{"1 = 1", {}});
  return {absl::StrCat("EXISTS (SELECT 1 FROM ", table, " WHERE ", table, ".name = ", column, " AND (", rows.sql, "))"),
          std::move(rows.values)};
}

OwnWorkSight::Answer OwnWorkSight::Ask(Reader& reader, const std::vector<std::string>& names) const {
  const Call& call = reader.call();
  SqlText questions;
  std::map<std::string, size_t> places;
  for (const std::string& name : names) {
    const auto resource = resources_.find(CollectionOf(name));
    if (resource == resources_.end() || !places.emplace(name, places.size()).second) continue;
    SqlText own = IsOwn(call.caller, *resource->second, "?");
    own.values.insert(own.values.begin(), name);
    Add(questions, ", ", std::move(own));
  }
  Add(questions, ", ",
      {"EXISTS (SELECT 1 FROM request_log WHERE request_id = ? AND principal = ? AND method = ? AND expire_time > ?)",
       {call.request_id, call.caller.principal, call.method, reader.now() + kLongestCall}});
  const std::optional<Row> row =
      reader.SelectOne("SELECT " + questions.sql, questions.values, std::string(places.size() + 1, 'i'));
  Answer answer;
  for (const std::string& name : names) {
    const auto place = places.find(name);
    answer.own.push_back(place != places.end() && row.has_value() && row->Int(place->second) != 0);
  }
  answer.repeated = row.has_value() && row->Int(places.size()) != 0;
  return answer;
}

}  // namespace aftersales
