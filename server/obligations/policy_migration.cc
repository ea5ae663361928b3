// The RPCs about cases under another policy version: what it would change, and the change.
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/obligations/obligation_store.h"
#include "server/obligations/policy_changes.h"
#include "server/obligations/policy_service.h"
#include "server/policy/rules.h"

namespace aftersales {
namespace {

// Many times what a case lives through.
constexpr int kMostEvents = 10000;
// A page ends early here: its answer must fit into one message.
constexpr int kMostChanges = 4000;

absl::Status CannotReplay(const std::string& service_case) {
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
               absl::StrCat(service_case, " has more than ", kMostEvents,
                            " events; what it would owe cannot be worked out anew. Leave it under its version."))
      .With("resource", service_case);
}

}  // namespace

absl::StatusOr<PolicyChanges> PolicyService::Compare(Reader& reader, const policy::Book& book,
                                                     const std::string& service_case, const std::string& follows) {
  const std::vector<v1::Event> events = EventsOf(reader, service_case, kMostEvents + 1);
  if (events.size() > kMostEvents) return CannotReplay(service_case);
  return ChangesOf(service_case, follows, book.policy_version, ObligationsOf(reader, service_case, /*open_only=*/false),
                   policy::Replay(book, service_case, events), reader.now());
}

absl::StatusOr<v1::DryRunPolicyVersionResponse> PolicyService::DryRunPolicyVersion(
    Call& call, const v1::DryRunPolicyVersionRequest& request) {
  ASSIGN_OR_RETURN(const Values after, ReadPageToken(request, "it"));
  return db_.Read<v1::DryRunPolicyVersionResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::DryRunPolicyVersionResponse> {
        ASSIGN_OR_RETURN(const policy::Book book, obligations_.BookOf(reader, request.name()));
        const int size = PageSize(request.page_size());
        const std::vector<OpenCase> cases = after.empty()
                                                ? OpenCasesAfter(reader, 0, "", size + 1)
                                                : OpenCasesAfter(reader, after[0].number(), after[1].text(), size + 1);
        v1::DryRunPolicyVersionResponse response;
        for (size_t i = 0; i < cases.size(); ++i) {
          if (response.cases() == size || response.changes_size() >= kMostChanges) {
            response.set_next_page_token(MakePageToken(request, {cases[i - 1].state, cases[i - 1].name}));
            break;
          }
          response.set_cases(response.cases() + 1);
          const auto changes = [&]() -> absl::StatusOr<PolicyChanges> {
            RETURN_IF_ERROR(
                CheckKnown(*book.pack, book.policy_version, cases[i].name, cases[i].type, cases[i].classification));
            return Compare(reader, book, cases[i].name, cases[i].policy_version);
          }();
          if (!changes.ok()) {
            // One case that cannot be worked out hides nothing of the others.
            v1::CaseChange* unknown = response.add_changes();
            unknown->set_service_case(cases[i].name);
            unknown->set_policy_version(cases[i].policy_version);
            unknown->set_text(std::string(changes.status().message()));
            continue;
          }
          for (const v1::CaseChange& change : changes->changes) *response.add_changes() = change;
        }
        return response;
      });
}

absl::Status PolicyService::Migrate(Tx& tx, const policy::Book& book, const std::string& service_case,
                                    const std::string& reason, v1::MigrateCasesResponse* response) {
  ASSIGN_OR_RETURN(const Root before, obligations_.LockRoot(tx, service_case));
  const auto fact = [&](const char* name) {
    const auto found = before.facts.find(name);
    return found == before.facts.end() ? "" : found->second;
  };
  RETURN_IF_ERROR(CheckKnown(*book.pack, book.policy_version, service_case, fact("type"), fact("classification")));
  v1::Event event;
  ASSIGN_OR_RETURN(const Root root, obligations_.MoveRoot(tx, service_case, book.policy_version, &event));
  ASSIGN_OR_RETURN(PolicyChanges changes, Compare(tx, book, service_case, before.policy_version));
  for (v1::Obligation& kept : changes.kept) RETURN_IF_ERROR(ObligationTable().Update(tx, kept));
  RETURN_IF_ERROR(Obligations::RecordOutcome(tx, root, std::move(changes.outcome)));
  for (v1::CaseChange& change : changes.changes) *response->add_changes() = std::move(change);
  (*event.mutable_facts())["from"] = before.policy_version;
  (*event.mutable_facts())["to"] = book.policy_version;
  (*event.mutable_facts())["reason"] = reason;
  // Last, so that the version's own rules about a migration find what is owed under it.
  return obligations_.Record(tx, root, std::move(event));
}

absl::StatusOr<v1::MigrateCasesResponse> PolicyService::MigrateCases(Call& call,
                                                                     const v1::MigrateCasesRequest& request) {
  // In the order of their names, in which roots are locked.
  const std::set<std::string> cases(request.service_cases().begin(), request.service_cases().end());
  if (static_cast<int>(cases.size()) != request.service_cases_size()) {
    return FieldError("service_cases", "names a case twice; name each once");
  }
  return db_.Write<v1::MigrateCasesResponse>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::MigrateCasesResponse> {
    ASSIGN_OR_RETURN(const policy::Book book, obligations_.BookOf(tx, request.name()));
    RETURN_IF_ERROR(Issuer(call, *book.pack, absl::StrCat("put cases under ", request.name())).status());
    if (ActivePolicyVersion(tx) != request.name()) {
      return StateError(request.name(), "not in force", "what open cases are put under", {"in force"});
    }
    v1::MigrateCasesResponse response;
    for (const std::string& service_case : cases) {
      RETURN_IF_ERROR(Migrate(tx, book, service_case, request.reason(), &response));
    }
    return response;
  });
}

}  // namespace aftersales
