#include "server/obligations/obligations.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/text.h"
#include "server/obligations/obligation_store.h"
#include "server/policy/clock.h"
#include "server/policy/rules.h"

namespace aftersales {
namespace {

// The root's facts and the event's own; what rules look at, now and when the events are replayed.
void AddFacts(const Root& root, v1::Event& event) {
  for (const auto& [name, value] : root.facts) event.mutable_facts()->insert({name, value});
  *event.mutable_notice_time() = ToProto(root.notice_time);
  if (root.customer_deadline.has_value()) *event.mutable_customer_deadline() = ToProto(*root.customer_deadline);
}

// Whoever owes it is told, and whoever would have been told had it become late: it fell away or was put off, whoever
// changed the facts.
void TellAll(const v1::Obligation& obligation, v1::Event* event) {
  event->set_addressee(obligation.owner());
  std::set<v1::Role> told = {obligation.owner()};
  for (const v1::ObligationEscalation& level : obligation.escalations()) {
    if (told.insert(level.to()).second) event->add_copies(level.to());
  }
}

// The announcement's obligation as it was stored: those that have just arisen got their names after it was made.
v1::Event AnnouncementEvent(const Root& root, const policy::Announcement& announcement,
                            const std::vector<v1::Obligation>& opened) {
  v1::Obligation obligation = announcement.obligation;
  for (const v1::Obligation& one : opened) {
    const bool same = one.kind() == obligation.kind() && one.subject() == obligation.subject() &&
                      FromProto(one.since_time()) == FromProto(obligation.since_time());
    if (obligation.name().empty() && same) obligation.set_name(one.name());
  }
  v1::Event event = Obligations::ObligationEvent(root, announcement.type, obligation);
  event.set_addressee(announcement.to);
  // Whoever was told that it is late is told that it is not.
  if (announcement.type == v1::EVENT_TYPE_OBLIGATION_CORRECTED) TellAll(obligation, &event);
  *event.mutable_time() = ToProto(announcement.time);
  return event;
}

// What a root owes and owed, in all. More is not read (obligation_store.cc has the bound, which lies higher), so that
// more is not let arise: whatever could be hidden behind so many would be.
constexpr int kMostOwed = 4000;

std::string InItsPlace(const std::string& root) {
  const std::string collection = CollectionOf(root);
  if (collection == "cases" || collection == "contacts") {
    return "finish it, and open another case for what is new (LinkCases ties the two)";
  }
  if (collection == "customers")
    return "have what is new count to a case of this customer (CreateCase), and name that in it";
  return "finish it, and begin another for what is new";
}

absl::Status FullError(const std::string& root) {
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
               absl::StrCat(root, " owes or owed ", kMostOwed, " things, which is the most that one can; ",
                            InItsPlace(root), "."))
      .With("resource", root)
      .With("state", "full")
      .With("allowed", absl::StrCat("fewer than ", kMostOwed, " obligations"));
}

absl::Status GateError(const std::string& subject, const std::string& step,
                       const std::vector<policy::Obstacle>& obstacles) {
  std::set<std::string> clauses;
  std::vector<std::string> texts;
  for (const policy::Obstacle& obstacle : obstacles) {
    clauses.insert(obstacle.clauses.begin(), obstacle.clauses.end());
    if (texts.size() < 5) texts.push_back(obstacle.text);
  }
  if (obstacles.size() > texts.size()) texts.push_back(absl::StrCat("and ", obstacles.size() - texts.size(), " more"));
  Error error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_OBLIGATION_OPEN,
              absl::StrCat(step, " is refused for ", subject, ": ", absl::StrJoin(texts, "; "), "."));
  error.With("resource", subject).With("transition", step).With("clauses", absl::StrJoin(clauses, ","));
  for (const policy::Obstacle& obstacle : obstacles) {
    error.Violates({obstacle.kind, obstacle.obligation.empty() ? subject : obstacle.obligation, obstacle.text});
  }
  return error;
}

bool WasPutOff(const policy::Outcome& outcome, const v1::Obligation& owed) {
  return outcome.put_off.count({owed.kind(), owed.subject()}) != 0;
}

// Nobody changes facts to be rid of a duty, or to have more time for it, without saying why.
absl::Status CheckReason(const v1::Event& event, const policy::Outcome& outcome) {
  static const std::set<v1::EventType> kChanges = {
      v1::EVENT_TYPE_CASE_CHANGED, v1::EVENT_TYPE_CONTACT_CHANGED, v1::EVENT_TYPE_DIRECTORY_CHANGED,
      v1::EVENT_TYPE_FIRST_INSTALLATION_MOVED, v1::EVENT_TYPE_FIRST_INSTALLATION_WITHDRAWN};
  if (kChanges.count(event.type()) == 0 || !IsBlank(event.reason())) return absl::OkStatus();
  std::vector<std::string> texts;
  for (const v1::Obligation& ended : outcome.ended) {
    if (ended.ended_by() != v1::OBLIGATION_END_FACTS_CHANGED) continue;
    texts.push_back(absl::StrCat("\"", ended.title(), "\" (", ended.name(), ") falls away"));
  }
  for (const std::vector<v1::Obligation>* owed_then : {&outcome.changed, &outcome.opened}) {
    for (const v1::Obligation& owed : *owed_then) {
      if (WasPutOff(outcome, owed)) texts.push_back(absl::StrCat("\"", owed.title(), "\" is put off"));
    }
  }
  if (texts.empty()) return absl::OkStatus();
  return FieldError("reason", absl::StrCat("is missing: by this change ", absl::StrJoin(texts, ", "), "; say why"));
}

// Nobody answers in time afterwards, when it was announced as late, without saying what shows it. Other late entries
// carry what shows their time by themselves: an engineer's device, a document.
absl::Status CheckCorrection(const v1::Event& event, const policy::Outcome& outcome) {
  if (event.type() != v1::EVENT_TYPE_CONTACT_ANSWERED || !IsBlank(event.reason())) return absl::OkStatus();
  for (const policy::Announcement& told : outcome.announcements) {
    if (told.type != v1::EVENT_TYPE_OBLIGATION_CORRECTED) continue;
    return FieldError("reason", absl::StrCat("is missing: \"", told.obligation.title(), "\" (", told.obligation.name(),
                                             ") was announced as late before; say why it is entered only now, and ",
                                             "what shows that it was answered at that time"));
  }
  return absl::OkStatus();
}

absl::Status CheckWord(const policy::Pack& pack, const std::vector<policy::Named>& words, const std::string& field,
                       const std::string& what, const std::string& word) {
  std::vector<std::string> names;
  for (const policy::Named& known : words) {
    if (known.name == word) return absl::OkStatus();
    names.push_back(known.name);
  }
  return FieldError(field, absl::StrCat("\"", word, "\" is no ", what, " of ", pack.title, "; it has ",
                                        names.empty() ? "none" : absl::StrJoin(names, ", ")));
}

}  // namespace

absl::Status CheckNotArchived(const Root& root, const std::string& step) {
  return root.archived_case.empty() ? absl::OkStatus() : ArchivedError(root.name, root.archived_case, step);
}

Obligations::Obligations() = default;
Obligations::~Obligations() = default;

void Obligations::AddRootKind(const std::string& collection, RootLock lock, RootMove move) {
  root_kinds_[collection] = {std::move(lock), std::move(move)};
}

absl::StatusOr<Root> Obligations::LockRoot(Tx& tx, const std::string& name) const {
  const auto kind = root_kinds_.find(CollectionOf(name));
  if (kind == root_kinds_.end()) return InternalError(absl::StrCat("nobody locks ", name));
  return kind->second.lock(tx, name);
}

absl::StatusOr<Root> Obligations::MoveRoot(Tx& tx, const std::string& name, const std::string& policy_version,
                                           v1::Event* event) const {
  const auto kind = root_kinds_.find(CollectionOf(name));
  if (kind == root_kinds_.end() || !kind->second.move) {
    return InternalError(absl::StrCat("nobody puts ", name, " under another policy version"));
  }
  return kind->second.move(tx, name, policy_version, event);
}

void Obligations::RecordPlain(Tx& tx, v1::Event event) {
  event.set_id(std::to_string(tx.NewId()));
  event.set_actor(tx.call().caller.principal);
  event.set_request_id(tx.call().request_id);
  *event.mutable_record_time() = ToProto(tx.now());
  if (!event.has_time()) *event.mutable_time() = ToProto(tx.now());
  EventRow row;
  row.root = event.root();
  row.root_version = event.root_version();
  row.type = Word(event.type(), '-');
  row.subject = event.subject();
  row.body = event.SerializeAsString();
  tx.Append(std::move(row));
}

v1::Event Obligations::ObligationEvent(const Root& root, v1::EventType type, const v1::Obligation& obligation) {
  v1::Event event;
  event.set_type(type);
  event.set_root(root.name);
  event.set_root_version(root.version);
  event.set_subject(obligation.name());
  *event.mutable_obligation() = obligation;
  return event;
}

absl::StatusOr<policy::Book> Obligations::BookOf(Reader& reader, const std::string& policy_version) {
  ASSIGN_OR_RETURN(std::shared_ptr<const policy::Pack> pack, Version(reader, policy_version));
  policy::Book book;
  book.pack = pack.get();  // kept in versions_ for good
  book.policy_version = policy_version;
  book.calendars = calendars_.For(reader, std::move(pack), policy_version);
  return book;
}

absl::StatusOr<policy::Outcome> Obligations::Judge(Tx& tx, const Root& root, const v1::Event& event,
                                                   const std::vector<v1::Obligation>& known) {
  const policy::Happening happening = policy::HappeningOf(event);
  std::set<std::string> others;
  for (const v1::Obligation& owed : known) {
    if (owed.state() == v1::OBLIGATION_STATE_OPEN && owed.policy_version() != root.policy_version) {
      others.insert(owed.policy_version());
    }
  }
  policy::Outcome outcome;
  std::vector<v1::Obligation> standing = known;
  for (const std::string& version : others) {
    ASSIGN_OR_RETURN(const policy::Book book, BookOf(tx, version));
    policy::Outcome more = policy::Apply(book, standing, happening, root.pause, /*arising=*/false);
    // What arises next must find them as they are now.
    for (v1::Obligation& owed : standing) {
      for (const v1::Obligation& ended : more.ended) {
        if (ended.name() == owed.name()) owed = ended;
      }
    }
    policy::Append(std::move(more), &outcome);
  }
  ASSIGN_OR_RETURN(const policy::Book book, BookOf(tx, root.policy_version));
  policy::Append(policy::Apply(book, standing, happening, root.pause), &outcome);
  return outcome;
}

absl::Status Obligations::Record(Tx& tx, const Root& root, v1::Event event, bool role_is_head) {
  event.set_root(root.name);
  event.set_root_version(root.version);
  event.set_head(role_is_head);
  if (!event.has_time()) *event.mutable_time() = ToProto(tx.now());
  *event.mutable_record_time() = ToProto(tx.now());
  AddFacts(root, event);
  if (root.policy_version.empty()) {
    RecordPlain(tx, std::move(event));
    return absl::OkStatus();
  }
  std::vector<v1::Obligation> known;
  // A root in its first version owes nothing yet. One that may have owed very much is read whole, so that it cannot
  // grow past what is read.
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, Version(tx, root.policy_version));
  const bool may_be_full = root.version * static_cast<int64_t>(pack->obligations.size()) > kMostOwed;
  const bool open_only = !policy::NeedsHistory(*pack, event.type()) && !may_be_full;
  if (root.version > 1) known = ObligationsOf(tx, root.name, open_only);
  ASSIGN_OR_RETURN(policy::Outcome outcome, Judge(tx, root, event, known));
  RETURN_IF_ERROR(CheckReason(event, outcome));
  RETURN_IF_ERROR(CheckCorrection(event, outcome));
  if (!outcome.opened.empty() && known.size() + outcome.opened.size() > static_cast<size_t>(kMostOwed)) {
    return FullError(root.name);
  }
  RETURN_IF_ERROR(Keep(tx, outcome));
  RecordPlain(tx, std::move(event));
  Tell(tx, root, outcome);
  return absl::OkStatus();
}

absl::Status Obligations::RecordOutcome(Tx& tx, const Root& root, policy::Outcome outcome) {
  RETURN_IF_ERROR(Keep(tx, outcome));
  Tell(tx, root, outcome);
  return absl::OkStatus();
}

absl::Status Obligations::Keep(Tx& tx, policy::Outcome& outcome) {
  for (v1::Obligation& ended : outcome.ended) {
    ended.set_closed_by(tx.call().caller.principal);
    RETURN_IF_ERROR(ObligationTable().Update(tx, ended));
  }
  for (v1::Obligation& changed : outcome.changed) RETURN_IF_ERROR(ObligationTable().Update(tx, changed));
  for (v1::Obligation& noted : outcome.noted) RETURN_IF_ERROR(ObligationTable().Update(tx, noted));
  for (v1::Obligation& opened : outcome.opened) {
    if (opened.state() != v1::OBLIGATION_STATE_OPEN) opened.set_closed_by(tx.call().caller.principal);
  }
  return InsertObligations(tx, outcome.opened);
}

void Obligations::Tell(Tx& tx, const Root& root, const policy::Outcome& outcome) {
  for (const v1::Obligation& opened : outcome.opened) {
    v1::Event event = ObligationEvent(root, v1::EVENT_TYPE_OBLIGATION_OPENED, opened);
    if (WasPutOff(outcome, opened)) TellAll(opened, &event);
    RecordPlain(tx, std::move(event));
  }
  for (const policy::Announcement& announcement : outcome.announcements) {
    if (announcement.type != v1::EVENT_TYPE_OBLIGATION_BREACHED) continue;
    RecordPlain(tx, AnnouncementEvent(root, announcement, outcome.opened));
  }
  for (const std::vector<v1::Obligation>* obligations : {&outcome.ended, &outcome.opened}) {
    for (const v1::Obligation& ended : *obligations) {
      if (ended.state() == v1::OBLIGATION_STATE_OPEN) continue;
      v1::Event event = ObligationEvent(root, v1::EVENT_TYPE_OBLIGATION_ENDED, ended);
      if (ended.state() == v1::OBLIGATION_STATE_CANCELLED) TellAll(ended, &event);
      RecordPlain(tx, std::move(event));
    }
  }
  for (const v1::Obligation& changed : outcome.changed) {
    v1::Event event = ObligationEvent(root, v1::EVENT_TYPE_OBLIGATION_CHANGED, changed);
    if (WasPutOff(outcome, changed)) TellAll(changed, &event);
    RecordPlain(tx, std::move(event));
  }
  for (const policy::Announcement& announcement : outcome.announcements) {
    if (announcement.type == v1::EVENT_TYPE_OBLIGATION_BREACHED) continue;
    RecordPlain(tx, AnnouncementEvent(root, announcement, outcome.opened));
  }
}

absl::Status Obligations::CheckOnly(Tx& tx, const policy::Pack& pack, const std::string& step) const {
  for (const policy::OnlyRule& rule : pack.only) {
    if (rule.action != step) continue;
    std::vector<std::string> names;
    bool held = false;
    for (const v1::Role role : rule.roles) {
      names.push_back(Word(role));
      held = held || tx.call().caller.Holds(role, rule.head);
    }
    if (!held) return RoleMissingError(absl::StrJoin(names, " or "), rule.head, step, rule.clauses);
  }
  return absl::OkStatus();
}

absl::Status Obligations::CheckStep(Tx& tx, const Root& root, const std::string& step, const std::string& subject) {
  if (root.policy_version.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, Version(tx, root.policy_version));
  RETURN_IF_ERROR(CheckOnly(tx, *pack, step));
  if (!policy::HasGate(*pack, step)) return absl::OkStatus();
  const std::string& about = subject.empty() ? root.name : subject;
  std::vector<v1::Obligation> all = ObligationsOf(tx, root.name, /*open_only=*/false);
  if (policy::NeedsAllDone(step)) {
    for (const std::string& origin : root.origins) {
      for (v1::Obligation& owed : ObligationsOf(tx, origin, /*open_only=*/true)) all.push_back(std::move(owed));
    }
  }
  const std::vector<policy::Obstacle> obstacles = policy::Obstacles(*pack, step, about, root.facts, all);
  return obstacles.empty() ? absl::OkStatus() : GateError(about, step, obstacles);
}

absl::StatusOr<bool> Obligations::CheckRole(Tx& tx, const Root& root, const std::string& step, v1::Role role) {
  std::shared_ptr<const policy::Pack> pack = std::make_shared<policy::Pack>();
  if (!root.policy_version.empty()) {
    ASSIGN_OR_RETURN(pack, Version(tx, root.policy_version));
  }
  const Caller& caller = tx.call().caller;
  if (!caller.Holds(role)) {
    std::vector<std::string> clauses;
    for (const policy::OnlyRule& rule : pack->only) {
      if (rule.action == step) clauses.insert(clauses.end(), rule.clauses.begin(), rule.clauses.end());
    }
    return RoleMissingError(Word(role), false, step, clauses);
  }
  for (const policy::OnlyRule& rule : pack->only) {
    if (rule.action != step) continue;
    std::vector<std::string> names;
    bool fits = false;
    for (const v1::Role allowed : rule.roles) {
      names.push_back(Word(allowed));
      fits = fits || (allowed == role && caller.Holds(role, rule.head));
    }
    if (!fits) return RoleMissingError(absl::StrJoin(names, " or "), rule.head, step, rule.clauses);
  }
  // Who holds several roles acts in one that may: what is decided is recorded as decided in it, and met by it.
  const std::vector<std::string>* may = tx.call().roles;
  if (may != nullptr && !absl::c_linear_search(*may, Word(role))) {
    return FieldError(
        "role", absl::StrCat("is ", Word(role),
                             ", which does not come with the permission; act as one of: ", absl::StrJoin(*may, ", ")));
  }
  return caller.Holds(role, /*as_head=*/true);
}

absl::Status Obligations::CheckAnotherPerson(Tx& tx, const Root& root, const std::string& step,
                                             const std::string& resource,
                                             const google::protobuf::RepeatedPtrField<v1::Act>& acts) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, Version(tx, root.policy_version));
  const std::string& principal = tx.call().caller.principal;
  for (const policy::OnlyRule& rule : pack->only) {
    if (rule.action != step || !rule.different_persons) continue;
    for (const v1::Act& act : acts) {
      if (act.principal() != principal) continue;
      const std::string clauses = absl::StrJoin(rule.clauses, ",");
      return Error(absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_SAME_PERSON,
                   absl::StrCat(principal, " has taken the step ", step, " on ", resource, " as ", Word(act.role()),
                                " already; another person must take it for the next department (", clauses, ")."))
          .With("resource", resource)
          .With("clauses", clauses);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Obligations::ActiveVersion(Reader& reader) {
  std::string name = ActivePolicyVersion(reader);
  if (name.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_NO_POLICY,
                 "No policy pack is in force. Load one (CreatePolicyVersion) and activate it (ActivatePolicyVersion).");
  }
  absl::MutexLock lock(&mutex_);
  last_active_ = name;
  return name;
}

std::shared_ptr<const policy::Pack> Obligations::LastActive() {
  absl::MutexLock lock(&mutex_);
  const auto found = versions_.find(last_active_);
  return found == versions_.end() ? nullptr : found->second;
}

absl::StatusOr<std::shared_ptr<const policy::Pack>> Obligations::Version(Reader& reader, const std::string& name) {
  {
    absl::MutexLock lock(&mutex_);
    if (const auto found = versions_.find(name); found != versions_.end()) return found->second;
  }
  ASSIGN_OR_RETURN(const v1::PolicyVersion version, PolicyVersions().Get(reader, name));
  policy::ParsedPack parsed = policy::ParsePack(version.text());
  if (parsed.pack == nullptr) {
    // It was sound when it was loaded: this server's vocabulary is older or newer.
    return InternalError(absl::StrCat(name, " cannot be read by this server: ", parsed.mistakes.front().text));
  }
  absl::MutexLock lock(&mutex_);
  versions_[name] = parsed.pack;
  return parsed.pack;
}

absl::Status Obligations::CheckClass(Tx& tx, const Root& root, const std::string& classification) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, Version(tx, root.policy_version));
  return CheckWord(*pack, pack->classes, "classification", "class", classification);
}

absl::Status Obligations::CheckType(Tx& tx, const std::string& policy_version, const std::string& field,
                                    const std::string& type) {
  if (type.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, Version(tx, policy_version));
  if (pack->types.empty()) return absl::OkStatus();
  return CheckWord(*pack, pack->types, field, "type", type);
}

absl::Status Obligations::CheckOutcome(Tx& tx, const Root& root, const std::string& outcome) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, Version(tx, root.policy_version));
  return CheckWord(*pack, pack->outcomes, "outcome", "outcome", outcome);
}

absl::Status Obligations::CheckConduct(Tx& tx, const Root& root, const std::string& field, const std::string& conduct) {
  if (conduct.empty() || root.policy_version.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, Version(tx, root.policy_version));
  if (pack->conducts.empty()) return absl::OkStatus();
  return CheckWord(*pack, pack->conducts, field, "type of conduct", conduct);
}

absl::StatusOr<v1::Obligation> Obligations::Waive(Tx& tx, const v1::WaiveObligationRequest& request) {
  ASSIGN_OR_RETURN(v1::Obligation owed, ObligationTable().Get(tx, request.name()));
  ASSIGN_OR_RETURN(const Root root, LockRoot(tx, owed.root()));
  ASSIGN_OR_RETURN(owed, ObligationTable().Lock(tx, request.name(), request.etag()));
  if (owed.state() != v1::OBLIGATION_STATE_OPEN) {
    return StateError(owed.name(), Word(owed.state()), "waived", {"open"});
  }
  std::vector<std::string> roles;
  bool named = false;
  for (const int role : owed.waivable_by()) {
    roles.push_back(Word(static_cast<v1::Role>(role)));
    named = named || role == request.role();
  }
  const std::vector<std::string> clauses(owed.clauses().begin(), owed.clauses().end());
  if (!named) {
    if (!roles.empty()) return RoleMissingError(absl::StrJoin(roles, " or "), false, "waive it", clauses);
    return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
                 absl::StrCat(
                     owed.name(), " (\"", owed.title(), "\", ", absl::StrJoin(clauses, ", "),
                     ") cannot be waived: its rule names nobody who may. Meet it, or have the policy pack changed."))
        .With("resource", owed.name())
        .With("clauses", absl::StrJoin(clauses, ","));
  }
  if (!tx.call().caller.Holds(request.role()))
    return RoleMissingError(Word(request.role()), false, "waive it", clauses);
  policy::EndPause(tx.now(), &owed);
  owed.set_state(v1::OBLIGATION_STATE_WAIVED);
  owed.set_ended_by(v1::OBLIGATION_END_WAIVED);
  owed.set_close_note(absl::StrCat("waived by ", Word(request.role()), ": ", request.reason()));
  owed.set_closed_by(tx.call().caller.principal);
  *owed.mutable_close_time() = ToProto(tx.now());
  policy::SetFireTime(&owed);
  RETURN_IF_ERROR(ObligationTable().Update(tx, owed));
  v1::Event event = ObligationEvent(root, v1::EVENT_TYPE_OBLIGATION_ENDED, owed);
  event.set_role(request.role());
  RecordPlain(tx, std::move(event));
  return owed;
}

}  // namespace aftersales
