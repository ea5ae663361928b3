// A company at work: a real server under a pack, a principal for each role, and the directory that a case needs.
#ifndef AFTERSALES_TESTS_SCENARIO_COMPANY_H_
#define AFTERSALES_TESTS_SCENARIO_COMPANY_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "aftersales/client.h"
#include "tests/scenario/proofs.h"
#include "tests/testing/databases.h"
#include "tests/testing/server_process.h"

namespace aftersales::testing {

// A step failed without which what follows means nothing: the walk ends here. It was reported already.
class WalkEnds : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Used by one thread. Every call goes over TCP to the server process.
class Company {
 public:
  // On "sqlite" or "mysql". Loads and activates the pack text unless it is empty. `lead` decides about cases: accepts,
  // classifies and closes them.
  Company(std::string engine, const std::string& pack_text, v1::Role lead = v1::ROLE_QUALITY);

  const std::string& engine() const { return engine_; }
  ServerProcess& server() { return *server_; }
  absl::Time Now() const { return server_->Now(); }
  // The caller who holds only this role; made at first use. `head` for the head of the department.
  Client& As(v1::Role role, bool head = false);
  // One who holds two roles.
  Client& AsBoth(v1::Role one, v1::Role other);
  Client& Lead() { return As(lead_); }
  std::string PrincipalOf(v1::Role role, bool head = false);
  // Left out where the sink says that this is a trial.
  void Restart();
  // Moves the server's clock on; time never goes back.
  void PassTime(absl::Duration by);
  void PassTimeUntil(absl::Time time) { PassTime(time - Now()); }

  // Loads and activates a pack; the version's name.
  std::string UsePack(const std::string& text);

  // Reports here from now on; to the program's list of proofs unless set. Not owned.
  void ReportTo(ProofSink* sink) { sink_ = sink; }
  ProofSink& sink() { return *sink_; }
  // The clauses that the following steps are taken for: one that fails is reported as a failure of them and ends the
  // walk.
  void For(const std::string& clause) { clauses_ = {clause}; }
  void ForAll(std::vector<std::string> clauses) { clauses_ = std::move(clauses); }
  template <typename T>
  T Need(absl::StatusOr<T> value) {
    Need(value.status());
    return *std::move(value);
  }
  void Need(const absl::Status& status);
  // Something that is expected of the clauses besides their proofs.
  void Expect(bool ok, const std::string& what);
  // The same, and nothing after it means anything without it.
  void Insist(bool ok, const std::string& what);
  // Expects a refusal that has this reason and names each of the clauses.
  void ExpectRefused(const absl::Status& status, v1::ErrorReason reason);

  // Directory entries, made once.
  const std::string& customer();
  const std::string& equipment();  // its product requires the certificate "brake-systems"
  const std::string& engineer();   // holds it; signs in as ROLE_FIELD_ENGINEER
  std::string AddEngineer(const std::string& display_name, bool certified, const std::string& principal = "");
  // Others, each its own.
  std::string AddCustomer(const std::string& region, const std::string& tier = "");
  v1::Equipment AddEquipment(const std::string& customer, const std::function<void(v1::Equipment&)>& with = {},
                             const std::function<void(v1::Product&)>& product_with = {});
  std::string AddContract(const std::string& customer, int warranty_months);

  // Contacts: registered by telephone, the notice so long ago, and as `with` changes them.
  v1::Contact Contacting(absl::Duration notice_ago, const std::function<void(v1::Contact&)>& with = {});
  absl::StatusOr<v1::Contact> TryRegister(Client& client, const v1::Contact& contact);
  v1::Contact Register(absl::Duration notice_ago, const std::function<void(v1::Contact&)>& with = {});
  absl::Status Answer(Client& client, const std::string& contact);
  absl::Status EndContact(Client& client, const std::string& contact, const std::string& outcome);
  v1::Contact Change(const v1::Contact& contact, const std::function<void(v1::Contact&)>& with);

  // Cases: opened by customer service, accepted and classified by the lead.
  v1::Case OpenCase(absl::Duration notice_ago = absl::Minutes(20), const std::function<void(v1::Case&)>& with = {});
  absl::Status Accept(const std::string& service_case, v1::ServiceMode mode = v1::SERVICE_MODE_ON_SITE);
  v1::Case AcceptedCase(const std::string& classification, absl::Duration notice_ago = absl::Minutes(20));
  absl::StatusOr<v1::Case> Classify(const std::string& service_case, const std::string& classification);
  v1::Case Change(const std::string& service_case, const std::function<void(v1::Case&)>& with);
  v1::Case Read(const std::string& service_case);
  absl::Status Close(const std::string& service_case);
  absl::Status Reopen(const std::string& service_case);
  void Pause(const std::string& service_case, v1::PauseCause cause, absl::Time since);
  void Resume(const std::string& service_case, absl::Time since);
  absl::Status FileDocument(const std::string& service_case, const std::string& kind,
                            v1::Role role = v1::ROLE_FIELD_ENGINEER);
  // Takes in a text file that belongs to a resource.
  v1::Attachment Attach(Client& client, const std::string& parent, const std::string& text);
  absl::StatusOr<v1::HelpRequest> AskForHelp(Client& client, const std::string& service_case, v1::Role department,
                                             const std::function<void(v1::HelpRequest&)>& with = {});
  absl::Status AnswerHelp(Client& client, const std::string& request);
  // The cause by technology, with what `findings` adds; the remedy by the lead, in its role.
  absl::StatusOr<v1::Case> DetermineCause(const std::string& service_case, v1::Cause cause,
                                          const std::function<void(v1::Findings&)>& findings = {});
  absl::StatusOr<v1::Case> DecideRemedy(const std::string& service_case, v1::Remedy remedy);
  v1::Solution ApprovedSolution(const std::string& service_case, const std::vector<v1::Role>& departments,
                                bool confirmed);

  // A visit assigned to engineer(), and one with the engineer checked in.
  struct OnSite {
    v1::Case service_case;
    v1::Visit visit;
  };
  absl::StatusOr<v1::Visit> PlanVisit(const std::string& service_case);
  v1::Visit AssignedVisit(const std::string& service_case);
  absl::StatusOr<v1::Visit> CheckIn(const std::string& visit);
  OnSite CheckedIn(const std::string& classification);
  absl::Status StartWork(const std::string& visit);
  absl::Status RecordWork(const std::string& visit);
  absl::Status CompleteWork(const std::string& visit);
  absl::Status Satisfied(const std::string& visit, bool satisfied);
  absl::Status CheckOut(const std::string& visit);

  // What a case or contact owes. The second: the newest of this kind; fails the clause where there is none.
  std::vector<v1::Obligation> Owed(const std::string& root);
  std::optional<v1::Obligation> FindOwed(const std::string& root, const std::string& kind);
  v1::Obligation OwedOfKind(const std::string& root, const std::string& kind);

  // The feed: waits for an event of this type about one obligation, and counts them.
  absl::StatusOr<v1::Event> Await(const v1::Obligation& obligation, v1::EventType type,
                                  v1::Role addressee = v1::ROLE_UNSPECIFIED);
  int CountEvents(const v1::Obligation& obligation, v1::EventType type);

  // Proofs of a clause on this engine. A refusal counts only when it names the clause and has the reason expected.
  void Refused(const std::string& clause, const absl::Status& status,
               v1::ErrorReason reason = v1::ERROR_REASON_OBLIGATION_OPEN, const std::string& proof = "refused");
  void Skipped(const std::string& clause, const absl::Status& status) {
    Refused(clause, status, v1::ERROR_REASON_OBLIGATION_OPEN, "skipped");
  }
  void Allowed(const std::string& clause, const absl::Status& status, const std::string& proof = "allowed");
  void Shown(const std::string& clause, const std::string& proof, bool ok, const std::string& what);

 private:
  // What As() makes: the token outlives restarts of the server, the connection does not need to.
  struct Staff {
    std::string principal;
    std::string token;
    std::unique_ptr<Client> client;
  };
  Staff& StaffOf(v1::Role role, bool head);
  // Makes the principal and signs in.
  Staff SignIn(v1::Principal principal);

  std::string engine_;
  v1::Role lead_;
  ProofSink* sink_;
  std::vector<std::string> clauses_;
  std::unique_ptr<TestDatabase> database_;  // null for SQLite in the server's folder
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<Client> admin_;
  std::map<std::pair<v1::Role, bool>, Staff> staff_;
  std::map<std::pair<v1::Role, v1::Role>, Staff> holders_of_two_;
  std::string customer_, equipment_, engineer_;
  int made_ = 0;    // numbers serial numbers and contracts
  int visits_ = 0;  // each visit has its own hours, so that one engineer can take them all
};

}  // namespace aftersales::testing

#endif  // AFTERSALES_TESTS_SCENARIO_COMPANY_H_
