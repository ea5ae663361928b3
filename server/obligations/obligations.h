// Everything owed: records what happens, lets the pack's rules open and end obligations, and judges gates.
//
// Every service that changes something calls Record inside its transaction: that writes the event to the feed and, for
// events of a case or contact, everything that the rules make of it. Before a step it calls CheckStep.
#ifndef AFTERSALES_SERVER_OBLIGATIONS_OBLIGATIONS_H_
#define AFTERSALES_SERVER_OBLIGATIONS_OBLIGATIONS_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "aftersales/v1/event.pb.h"
#include "aftersales/v1/policy.pb.h"
#include "server/base/call.h"
#include "server/obligations/calendar_book.h"
#include "server/policy/pack.h"
#include "server/policy/rules.h"
#include "server/storage/database.h"

namespace aftersales {

// What obligations count to: a case, or a contact before there is a case. Locked and versioned by whoever changes what
// it owes, so that closing it cannot race that.
struct Root {
  std::string name;
  int64_t version = 0;         // after this transaction's change
  std::string policy_version;  // the pack it follows; empty: none is in force, and no rule looks at it
  policy::Facts facts;         // what rules may ask about it: "classification", "service_mode", "emergency" ...
  absl::Time notice_time;      // when the customer's notice reached us
  std::optional<absl::Time> customer_deadline;
  std::vector<std::string>
      origins;  // roots it came from (the case's contacts), whose open obligations hold up its close too
  std::optional<policy::RunningPause> pause;  // while its clocks stand still
  std::string archived_case;  // which it is or belongs to, whose file is bound: nothing is added; empty for none
};

// Refused where the root is archived, or belongs to a case that is: nothing is added to a bound file. `step` is what
// was attempted ("given an attachment").
absl::Status CheckNotArchived(const Root& root, const std::string& step);

// Locks a root of one collection and gives it its next version.
using RootLock = std::function<absl::StatusOr<Root>(Tx& tx, const std::string& name)>;
// The same, and puts it under another policy version; refused where its state forbids that. `event` becomes the one
// that tells of it, to be recorded by the caller.
using RootMove = std::function<absl::StatusOr<Root>(Tx& tx, const std::string& name, const std::string& policy_version,
                                                    v1::Event* event)>;

class Obligations {
 public:
  Obligations();
  ~Obligations();

  // Tells how roots of a collection ("cases") are locked, and put under another policy version where they can be.
  // Before the server serves.
  void AddRootKind(const std::string& collection, RootLock lock, RootMove move = {});
  // As told above; a defect where nobody said how. Those who lock several do so in the order of their names.
  absl::StatusOr<Root> LockRoot(Tx& tx, const std::string& name) const;
  absl::StatusOr<Root> MoveRoot(Tx& tx, const std::string& name, const std::string& policy_version,
                                v1::Event* event) const;

  // Records an event of a root. The caller fills in type, subject, facts (the event's own: the root's are added here),
  // the resource, role (where acted in), addressee, promised_time, and time (where it happened before it was entered);
  // the rest is filled in here. What a root owes by another version than its own (a customer's, since the pack was
  // replaced) is judged by that one.
  absl::Status Record(Tx& tx, const Root& root, v1::Event event, bool role_is_head = false);

  // Records an event that no rule looks at: of the directory, stock, policy or access.
  static void RecordPlain(Tx& tx, v1::Event event);
  // An event that tells of an obligation, to be recorded by RecordPlain.
  static v1::Event ObligationEvent(const Root& root, v1::EventType type, const v1::Obligation& obligation);
  // Writes what became of a root's obligations otherwise than by an event of its own, and tells of it.
  static absl::Status RecordOutcome(Tx& tx, const Root& root, policy::Outcome outcome);
  // What rules are judged under for a policy version. Must not outlive the reader or this object.
  absl::StatusOr<policy::Book> BookOf(Reader& reader, const std::string& policy_version);

  // Refused when the pack lets only others take the step, or while its gates are shut for this subject (empty: the root
  // itself). `step` is the method's name as packs write it: "check-out-visit". The refusal lists every obligation.
  absl::Status CheckStep(Tx& tx, const Root& root, const std::string& step, const std::string& subject);

  // The same for a step taken in a role: the caller must hold `role` (and any "only" rule must allow it). Answers
  // whether the caller holds it as head.
  absl::StatusOr<bool> CheckRole(Tx& tx, const Root& root, const std::string& step, v1::Role role);

  // Refused where the pack wants another person for each role in which the step is taken, and the caller is among
  // `acts`.
  absl::Status CheckAnotherPerson(Tx& tx, const Root& root, const std::string& step, const std::string& resource,
                                  const google::protobuf::RepeatedPtrField<v1::Act>& acts);

  // The pack in force now, for new contacts and cases. FAILED_PRECONDITION, NO_POLICY, where there is none.
  absl::StatusOr<std::string> ActiveVersion(Reader& reader);
  // The pack that was in force when ActiveVersion last looked; null before. For what a slightly older pack does for
  // too.
  std::shared_ptr<const policy::Pack> LastActive();
  // A loaded version's rules; parsed once and kept.
  absl::StatusOr<std::shared_ptr<const policy::Pack>> Version(Reader& reader, const std::string& name);
  // The root's pack has this class, type, outcome or type of conduct; otherwise a field error that names those it has.
  // A pack that lists no types, of cases or of conduct, takes any.
  absl::Status CheckClass(Tx& tx, const Root& root, const std::string& classification);
  absl::Status CheckType(Tx& tx, const std::string& policy_version, const std::string& field, const std::string& type);
  absl::Status CheckOutcome(Tx& tx, const Root& root, const std::string& outcome);
  absl::Status CheckConduct(Tx& tx, const Root& root, const std::string& field, const std::string& conduct);
  // Waives one obligation; the caller must hold `role`, and the obligation's rule must name it.
  absl::StatusOr<v1::Obligation> Waive(Tx& tx, const v1::WaiveObligationRequest& request);

 private:
  absl::Status CheckOnly(Tx& tx, const policy::Pack& pack, const std::string& step) const;
  // What an event makes of the root's obligations, each judged by the version that it arose under.
  absl::StatusOr<policy::Outcome> Judge(Tx& tx, const Root& root, const v1::Event& event,
                                        const std::vector<v1::Obligation>& known);
  // Writes what became of obligations, and tells of it.
  static absl::Status Keep(Tx& tx, policy::Outcome& outcome);
  static void Tell(Tx& tx, const Root& root, const policy::Outcome& outcome);

  struct RootKind {
    RootLock lock;
    RootMove move;
  };
  std::map<std::string, RootKind> root_kinds_;
  CalendarBook calendars_;
  absl::Mutex mutex_;
  // Loaded versions never change, so what was parsed once stays right; at most a few dozen in a database's life.
  std::map<std::string, std::shared_ptr<const policy::Pack>> versions_ ABSL_GUARDED_BY(mutex_);
  std::string last_active_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_OBLIGATIONS_OBLIGATIONS_H_
