#include "server/obligations/policy_service.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/random.h"
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

void RecordVersion(Tx& tx, v1::EventType type, v1::PolicyVersion version) {
  version.clear_text();
  v1::Event event;
  event.set_type(type);
  event.set_root(version.name());
  event.set_root_version(type == v1::EVENT_TYPE_POLICY_LOADED ? 1 : 2);
  event.set_subject(version.name());
  *event.mutable_policy_version() = std::move(version);
  Obligations::RecordPlain(tx, std::move(event));
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
    RecordVersion(tx, v1::EVENT_TYPE_POLICY_LOADED, version);
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

absl::StatusOr<v1::PolicyVersion> PolicyService::ActivatePolicyVersion(
    Call& call, const v1::ActivatePolicyVersionRequest& request) {
  return db_.Write<v1::PolicyVersion>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::PolicyVersion> {
    const std::string active = ActivePolicyVersion(tx, /*lock=*/true);
    ASSIGN_OR_RETURN(v1::PolicyVersion version, PolicyVersions().Lock(tx, request.name(), request.etag()));
    ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, obligations_.Version(tx, version.name()));
    if (version.state() == v1::POLICY_VERSION_STATE_ACTIVE) {
      return StateError(version.name(), "active", "activated", {"loaded", "retired"});
    }
    if (!call.caller.Holds(pack->issued_by)) {
      return RoleMissingError(Word(pack->issued_by), false, absl::StrCat("put ", version.name(), " in force"), {});
    }
    if (!active.empty()) {
      ASSIGN_OR_RETURN(v1::PolicyVersion before, PolicyVersions().Lock(tx, active));
      before.set_state(v1::POLICY_VERSION_STATE_RETIRED);
      RETURN_IF_ERROR(PolicyVersions().Update(tx, before));
    }
    version.set_state(v1::POLICY_VERSION_STATE_ACTIVE);
    version.set_activated_by(absl::StrCat(call.caller.principal, " as ", Word(pack->issued_by)));
    *version.mutable_activate_time() = ToProto(tx.now());
    RETURN_IF_ERROR(PolicyVersions().Update(tx, version));
    SetActivePolicyVersion(tx, version.name());
    RecordVersion(tx, v1::EVENT_TYPE_POLICY_ACTIVATED, version);
    return version;
  });
}

absl::StatusOr<v1::Obligation> PolicyService::GetObligation(Call& call, const v1::GetObligationRequest& request) {
  return db_.Read<v1::Obligation>(call,
                                  [&](Reader& reader) { return ObligationTable().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListObligationsResponse> PolicyService::ListObligations(Call& call,
                                                                           const v1::ListObligationsRequest& request) {
  ListQuery query;
  const v1::ObligationFilter& filter = request.filter();
  if (!filter.root().empty()) query.where.push_back({"root", "=", filter.root()});
  if (filter.owner() != 0) query.where.push_back({"owner", "=", static_cast<int>(filter.owner())});
  if (filter.state() != 0) query.where.push_back({"state", "=", static_cast<int>(filter.state())});
  if (filter.has_due_before()) query.where.push_back({"due_time", "<", FromProto(filter.due_before())});
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
    ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, obligations_.Version(reader, owed.policy_version()));
    return policy::Explain(owed, *pack, reader.now());
  });
}

absl::StatusOr<v1::Obligation> PolicyService::WaiveObligation(Call& call, const v1::WaiveObligationRequest& request) {
  return db_.Write<v1::Obligation>(call, request, [&](Tx& tx) { return obligations_.Waive(tx, request); });
}

}  // namespace aftersales
