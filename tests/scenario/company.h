// A company at work: a real server under a pack, a principal for each role, and the directory that a case needs.
#ifndef AFTERSALES_TESTS_SCENARIO_COMPANY_H_
#define AFTERSALES_TESTS_SCENARIO_COMPANY_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aftersales/client.h"
#include "tests/testing/databases.h"
#include "tests/testing/server_process.h"

namespace aftersales::testing {

// Used by one thread. Every call goes over TCP to the server process. Set-up that fails fails the test.
class Company {
 public:
  // On "sqlite" or "mysql". Loads and activates the pack text unless it is empty.
  Company(std::string engine, const std::string& pack_text);

  const std::string& engine() const { return engine_; }
  ServerProcess& server() { return *server_; }
  // The caller who holds only this role; made at first use. `head` for the head of the department.
  Client& As(v1::Role role, bool head = false);
  std::string PrincipalOf(v1::Role role, bool head = false);
  void Restart();

  // Loads and activates a pack; the version's name.
  std::string UsePack(const std::string& text);

  // Directory entries, made once.
  const std::string& customer();
  const std::string& equipment();   // its product requires the certificate "brake-systems"
  const std::string& engineer();    // holds it; signs in as ROLE_FIELD_ENGINEER
  std::string AddEngineer(const std::string& display_name, bool certified, const std::string& principal = "");

  // A case opened and accepted on site, classified, with a visit assigned to engineer() and the engineer checked in.
  struct OnSite {
    v1::Case service_case;
    v1::Visit visit;
  };
  v1::Case OpenCase(absl::Duration notice_ago = absl::Minutes(20));
  v1::Case AcceptedCase(const std::string& classification, absl::Duration notice_ago = absl::Minutes(20));
  v1::Visit AssignedVisit(const std::string& service_case);
  OnSite CheckedIn(const std::string& classification);
  v1::Solution ApprovedSolution(const std::string& service_case, const std::vector<v1::Role>& departments, bool confirmed);

  // Steps, by whoever may take them.
  absl::Status StartWork(const std::string& visit);
  absl::Status RecordWork(const std::string& visit);
  absl::Status CompleteWork(const std::string& visit);
  absl::Status Satisfied(const std::string& visit, bool satisfied);
  absl::Status CheckOut(const std::string& visit);
  absl::Status FileDocument(const std::string& service_case, const std::string& kind);
  absl::Status Close(const std::string& service_case);

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

  std::string engine_;
  std::unique_ptr<TestDatabase> database_;  // null for SQLite in the server's folder
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<Client> admin_;
  std::map<std::pair<v1::Role, bool>, Staff> staff_;
  std::string customer_, product_, equipment_, engineer_;
};

// The text of a pack that ships with the server.
std::string PackText(const std::string& name);
// The same without the obligation or "only" rule of this index; "" where there is no such rule. `what` names it.
std::string PackWithoutRule(const std::string& name, int index, std::string* what);

}  // namespace aftersales::testing

#endif  // AFTERSALES_TESTS_SCENARIO_COMPANY_H_
