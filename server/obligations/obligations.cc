#include "server/obligations/obligations.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/obligations/obligation_store.h"
#include "server/policy/rules.h"

namespace aftersales {
namespace {

v1::Event ObligationEvent(const Root& root, v1::EventType type, const v1::Obligation& obligation) {
  v1::Event event;
  event.set_type(type);
  event.set_root(root.name);
  event.set_root_version(root.version);
  event.set_subject(obligation.name());
  *event.mutable_obligation() = obligation;
  return event;
}

policy::Happening HappeningOf(const Root& root, const v1::Event& event, bool role_is_head, const std::string& event_id) {
  policy::Happening happening{.type = event.type(), .event = event_id, .root = root.name, .subject = event.subject()};
  happening.role = event.role();
  happening.head = role_is_head;
  happening.time = FromProto(event.time());
  happening.facts = root.facts;
  for (const auto& [name, value] : event.facts()) happening.facts[name] = value;
  happening.notice_time = root.notice_time;
  happening.customer_deadline = root.customer_deadline;
  return happening;
}

absl::Status GateError(const std::string& subject, const std::string& step, const std::vector<policy::Obstacle>& obstacles) {
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

}  // namespace

Obligations::Obligations() = default;
Obligations::~Obligations() = default;

void Obligations::AddRootKind(const std::string& collection, RootLock lock) {
  root_locks_[collection] = std::move(lock);
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

absl::Status Obligations::Record(Tx& tx, const Root& root, v1::Event event, bool role_is_head) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, Version(tx, root.policy_version));
  event.set_root(root.name);
  event.set_root_version(root.version);
  if (!event.has_time()) *event.mutable_time() = ToProto(tx.now());
  const policy::Happening happening =
      HappeningOf(root, event, role_is_head, absl::StrCat(Word(event.type(), '-'), " of ", event.subject()));
  std::vector<v1::Obligation> open;
  // A root in its first version owes nothing yet.
  if (root.version > 1) open = ObligationsOf(tx, root.name, /*open_only=*/true);
  policy::Outcome outcome = policy::Apply(*pack, root.policy_version, open, happening);
  for (v1::Obligation& ended : outcome.ended) {
    ended.set_closed_by(tx.call().caller.principal);
    RETURN_IF_ERROR(ObligationTable().Update(tx, ended));
  }
  RETURN_IF_ERROR(InsertObligations(tx, outcome.opened));
  RecordPlain(tx, std::move(event));
  for (const v1::Obligation& ended : outcome.ended) {
    RecordPlain(tx, ObligationEvent(root, v1::EVENT_TYPE_OBLIGATION_ENDED, ended));
  }
  for (const v1::Obligation& opened : outcome.opened) {
    RecordPlain(tx, ObligationEvent(root, v1::EVENT_TYPE_OBLIGATION_OPENED, opened));
  }
  return absl::OkStatus();
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
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, Version(tx, root.policy_version));
  RETURN_IF_ERROR(CheckOnly(tx, *pack, step));
  if (!policy::HasGate(*pack, step)) return absl::OkStatus();
  const std::string& about = subject.empty() ? root.name : subject;
  std::vector<v1::Obligation> all = ObligationsOf(tx, root.name, /*open_only=*/false);
  if (step == "close-case") {
    for (const std::string& origin : root.origins) {
      for (v1::Obligation& owed : ObligationsOf(tx, origin, /*open_only=*/true)) all.push_back(std::move(owed));
    }
  }
  const std::vector<policy::Obstacle> obstacles = policy::Obstacles(*pack, step, about, root.facts, all);
  return obstacles.empty() ? absl::OkStatus() : GateError(about, step, obstacles);
}

absl::StatusOr<bool> Obligations::CheckRole(Tx& tx, const Root& root, const std::string& step, v1::Role role) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, Version(tx, root.policy_version));
  const Caller& caller = tx.call().caller;
  if (!caller.Holds(role)) return RoleMissingError(Word(role), false, step, {});
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
  return caller.Holds(role, /*as_head=*/true);
}

absl::StatusOr<std::string> Obligations::ActiveVersion(Reader& reader) {
  std::string name = ActivePolicyVersion(reader, /*lock=*/false);
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
  for (const std::string& known : pack->classes) {
    if (known == classification) return absl::OkStatus();
  }
  return FieldError("classification", absl::StrCat("\"", classification, "\" is no class of ", pack->title,
                                                   "; its classes are ", absl::StrJoin(pack->classes, ", ")));
}

absl::StatusOr<v1::Obligation> Obligations::Waive(Tx& tx, const v1::WaiveObligationRequest& request) {
  ASSIGN_OR_RETURN(v1::Obligation owed, ObligationTable().Get(tx, request.name()));
  const auto lock = root_locks_.find(CollectionOf(owed.root()));
  if (lock == root_locks_.end()) return InternalError(absl::StrCat("nobody locks ", owed.root()));
  ASSIGN_OR_RETURN(const Root root, lock->second(tx, owed.root()));
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
                 absl::StrCat(owed.name(), " (\"", owed.title(), "\", ", absl::StrJoin(clauses, ", "),
                              ") cannot be waived: its rule names nobody who may. Meet it, or have the policy pack changed."))
        .With("resource", owed.name())
        .With("clauses", absl::StrJoin(clauses, ","));
  }
  if (!tx.call().caller.Holds(request.role())) return RoleMissingError(Word(request.role()), false, "waive it", clauses);
  owed.set_state(v1::OBLIGATION_STATE_WAIVED);
  owed.set_close_note(absl::StrCat("waived by ", Word(request.role()), ": ", request.reason()));
  owed.set_closed_by(tx.call().caller.principal);
  *owed.mutable_close_time() = ToProto(tx.now());
  RETURN_IF_ERROR(ObligationTable().Update(tx, owed));
  v1::Event event = ObligationEvent(root, v1::EVENT_TYPE_OBLIGATION_ENDED, owed);
  event.set_role(request.role());
  RecordPlain(tx, std::move(event));
  return owed;
}

}  // namespace aftersales
