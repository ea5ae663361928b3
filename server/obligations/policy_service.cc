#include "server/obligations/policy_service.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/random.h"
#include "server/obligations/activation.h"
#include "server/obligations/obligation_store.h"
#include "server/policy/rules.h"

namespace aftersales {
namespace {

absl::Status PackError(const std::vector<policy::Mistake>& mistakes) {
  const policy::Mistake& first = mistakes.front();
  Error error(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_PACK_INVALID,
              absl::StrCat("The pack has ", mistakes.size(), mistakes.size() == 1 ? " mistake" : " mistakes",
                           "; the first, line ", first.line, first.field.empty() ? "" : absl::StrCat(", ", first.field),
                           ": ", first.text));
  for (const policy::Mistake& mistake : mistakes) {
    error.Field(absl::StrCat("policy_version.text:", mistake.line, mistake.field.empty() ? "" : " ", mistake.field),
                mistake.text);
  }
  return error;
}

}  // namespace

void PolicyService::Bind(rpc::Methods& methods) {
  methods.Unary("ValidatePolicy", this, &PolicyService::ValidatePolicy);
  methods.Unary("CreatePolicyVersion", this, &PolicyService::CreatePolicyVersion);
  methods.Unary("GetPolicyVersion", this, &PolicyService::GetPolicyVersion);
  methods.Unary("ListPolicyVersions", this, &PolicyService::ListPolicyVersions);
  methods.Unary("ActivatePolicyVersion", this, &PolicyService::ActivatePolicyVersion);
  methods.Unary("GetObligation", this, &PolicyService::GetObligation);
  methods.Unary("ListObligations", this, &PolicyService::ListObligations);
  methods.Unary("ExplainObligation", this, &PolicyService::ExplainObligation);
  methods.Unary("WaiveObligation", this, &PolicyService::WaiveObligation);
  methods.Unary("DryRunPolicyVersion", this, &PolicyService::DryRunPolicyVersion);
  methods.Unary("MigrateCases", this, &PolicyService::MigrateCases);
  methods.Unary("CreateCalendarVersion", this, &PolicyService::CreateCalendarVersion);
  methods.Unary("GetCalendarVersion", this, &PolicyService::GetCalendarVersion);
  methods.Unary("ListCalendarVersions", this, &PolicyService::ListCalendarVersions);
  methods.Unary("ActivateCalendarVersion", this, &PolicyService::ActivateCalendarVersion);
}

absl::StatusOr<v1::ValidatePolicyResponse> PolicyService::ValidatePolicy(Call&,
                                                                         const v1::ValidatePolicyRequest& request) {
  const policy::ParsedPack parsed = policy::ParsePack(request.text());
  v1::ValidatePolicyResponse response;
  response.set_rules(parsed.rules);
  for (const policy::Mistake& mistake : parsed.mistakes) {
    auto* listed = response.add_mistakes();
    listed->set_line(mistake.line);
    listed->set_field(mistake.field);
    listed->set_text(mistake.text);
  }
  return response;
}

absl::StatusOr<v1::PolicyVersion> PolicyService::CreatePolicyVersion(Call& call,
                                                                     const v1::CreatePolicyVersionRequest& request) {
  const policy::ParsedPack parsed = policy::ParsePack(request.policy_version().text());
  if (parsed.pack == nullptr) return PackError(parsed.mistakes);
  ASSIGN_OR_RETURN(const int64_t number, db_.NextNumber(call, "policy-version"));
  return db_.Write<v1::PolicyVersion>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::PolicyVersion> {
    v1::PolicyVersion version;
    version.set_name(absl::StrCat("policyVersions/", parsed.pack->name, "-", number));
    version.set_state(v1::POLICY_VERSION_STATE_LOADED);
    version.set_pack(parsed.pack->name);
    version.set_title(parsed.pack->title);
    version.set_text(request.policy_version().text());
    version.set_sha256(ToHex(Sha256(version.text())));
    version.set_loaded_by(call.caller.principal);
    RETURN_IF_ERROR(PolicyVersions().Insert(tx, version));
    RecordVersion(tx, v1::EVENT_TYPE_POLICY_LOADED, tx.now(), version);
    return version;
  });
}

absl::StatusOr<v1::PolicyVersion> PolicyService::GetPolicyVersion(Call& call,
                                                                  const v1::GetPolicyVersionRequest& request) {
  return db_.Read<v1::PolicyVersion>(call,
                                     [&](Reader& reader) { return PolicyVersions().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListPolicyVersionsResponse> PolicyService::ListPolicyVersions(
    Call& call, const v1::ListPolicyVersionsRequest& request) {
  return db_.Read<v1::ListPolicyVersionsResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListPolicyVersionsResponse> {
        v1::ListPolicyVersionsResponse response;
        ListQuery query;
        query.order.push_back({"create_time", /*descending=*/true});
        RETURN_IF_ERROR(PolicyVersions().List(reader, query, request, &response));
        for (v1::PolicyVersion& version : *response.mutable_policy_versions()) version.clear_text();
        return response;
      });
}

absl::StatusOr<std::string> PolicyService::Issuer(const Call& call, const policy::Pack& pack, const std::string& step) {
  if (!call.caller.Holds(pack.issued_by)) return RoleMissingError(Word(pack.issued_by), false, step, {});
  return absl::StrCat(call.caller.principal, " as ", Word(pack.issued_by));
}

absl::StatusOr<v1::PolicyVersion> PolicyService::ActivatePolicyVersion(
    Call& call, const v1::ActivatePolicyVersionRequest& request) {
  return db_.Write<v1::PolicyVersion>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::PolicyVersion> {
    InForce in_force = PolicyInForce(tx, /*lock=*/true);
    RETURN_IF_ERROR(TakePolicyTurn(tx, in_force));
    ASSIGN_OR_RETURN(v1::PolicyVersion version, PolicyVersions().Lock(tx, request.name(), request.etag()));
    ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, obligations_.Version(tx, version.name()));
    const std::string step = absl::StrCat("put ", version.name(), " in force");
    ASSIGN_OR_RETURN(const std::string by, Issuer(call, *pack, step));
    // Nobody gets round the procedure in force by loading another that names them. One that this server cannot read (an
    // older server's words) cannot forbid what would put it right.
    for (const std::string& other : {in_force.version, in_force.next}) {
      if (other.empty() || other == version.name()) continue;
      const auto before = obligations_.Version(tx, other);
      if (before.ok()) RETURN_IF_ERROR(Issuer(call, **before, absl::StrCat(step, " in place of ", other)).status());
    }
    ASSIGN_OR_RETURN(const absl::Time effective, EffectiveTime(request, tx.now()));
    RETURN_IF_ERROR(PutInForce(tx, PolicyVersions(), by, effective, version, in_force));
    SetPolicyInForce(tx, in_force);
    const bool later = version.state() == v1::POLICY_VERSION_STATE_SCHEDULED;
    RecordVersion(tx, later ? v1::EVENT_TYPE_POLICY_SCHEDULED : v1::EVENT_TYPE_POLICY_ACTIVATED, tx.now(), version);
    return version;
  });
}

absl::StatusOr<v1::Obligation> PolicyService::GetObligation(Call& call, const v1::GetObligationRequest& request) {
  return db_.Read<v1::Obligation>(call, [&](Reader& reader) { return ObligationTable().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListObligationsResponse> PolicyService::ListObligations(Call& call,
                                                                           const v1::ListObligationsRequest& request) {
  ListQuery query;
  const v1::ObligationFilter& filter = request.filter();
  if (!filter.root().empty()) query.where.push_back({"root", "=", filter.root()});
  if (filter.owner() != 0) {
    const int owner = static_cast<int>(filter.owner());
    // As a range beside a root: otherwise SQLite takes the index by owner and reads what everybody owes in that role.
    if (filter.root().empty()) {
      query.where.push_back({"owner", "=", owner});
    } else {
      query.where.push_back({"owner", ">=", owner});
      query.where.push_back({"owner", "<=", owner});
    }
  }
  if (filter.state() != 0) query.where.push_back({"state", "=", static_cast<int>(filter.state())});
  if (filter.has_due_before()) query.where.push_back({"due_time", "<", FromProto(filter.due_before())});
  if (filter.has_due_after()) {
    query.where.push_back({"due_time", ">=", FromProto(filter.due_after())});
    // What has no due time sorts after every time.
    if (!filter.has_due_before()) query.where.push_back({"due_time", "<", std::numeric_limits<int64_t>::max()});
    if (filter.has_due_before() && FromProto(filter.due_before()) <= FromProto(filter.due_after())) {
      return FieldError("filter.due_before", "must be later than filter.due_after: nothing lies between the two");
    }
  }
  query.order.push_back({"due_time"});
  return db_.Read<v1::ListObligationsResponse>(
      call, [&](Reader& reader) -> absl::StatusOr<v1::ListObligationsResponse> {
        v1::ListObligationsResponse response;
        RETURN_IF_ERROR(ObligationTable().List(reader, query, request, &response));
        return response;
      });
}

absl::StatusOr<v1::Explanation> PolicyService::ExplainObligation(Call& call,
                                                                 const v1::ExplainObligationRequest& request) {
  return db_.Read<v1::Explanation>(call, [&](Reader& reader) -> absl::StatusOr<v1::Explanation> {
    ASSIGN_OR_RETURN(const v1::Obligation owed, ObligationTable().Get(reader, request.name()));
    ASSIGN_OR_RETURN(const policy::Book book, obligations_.BookOf(reader, owed.policy_version()));
    return policy::Explain(owed, book, reader.now());
  });
}

absl::StatusOr<v1::Obligation> PolicyService::WaiveObligation(Call& call, const v1::WaiveObligationRequest& request) {
  return db_.Write<v1::Obligation>(call, request, [&](Tx& tx) { return obligations_.Waive(tx, request); });
}

}  // namespace aftersales
