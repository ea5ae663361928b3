#include "server/obligations/obligation_store.h"

#include "absl/strings/str_cat.h"

namespace aftersales {
namespace {

// More than a case ever has; a bound, because every select has one.
constexpr int kMostOfOneRoot = 5000;

}  // namespace

const Table<v1::Obligation>& ObligationTable() {
  static const auto* table = new Table<v1::Obligation>;
  return *table;
}

const Table<v1::PolicyVersion>& PolicyVersions() {
  static const auto* table = new Table<v1::PolicyVersion>;
  return *table;
}

std::vector<v1::Obligation> ObligationsOf(Reader& reader, const std::string& root, bool open_only) {
  ListQuery query;
  query.where.push_back({"root", "=", root});
  if (open_only) query.where.push_back({"state", "=", static_cast<int>(v1::OBLIGATION_STATE_OPEN)});
  query.order.push_back({"create_time"});
  return ObligationTable().Select(reader, query, kMostOfOneRoot);
}

absl::Status InsertObligations(Tx& tx, std::vector<v1::Obligation>& obligations) {
  if (obligations.empty()) return absl::OkStatus();
  std::vector<google::protobuf::Message*> rows;
  for (v1::Obligation& obligation : obligations) {
    obligation.set_name(absl::StrCat("obligations/", tx.NewId()));
    rows.push_back(&obligation);
  }
  return ObligationTable().core().InsertMany(tx, rows);
}

std::string ActivePolicyVersion(Reader& reader, bool lock) {
  const auto row = reader.SelectOne(
      absl::StrCat("SELECT policy_version FROM active_policy WHERE id = ?",
                   lock ? std::string(reader.ForUpdate()) : std::string()),
      {1}, "t");
  return row.has_value() ? row->Text(0) : "";
}

void SetActivePolicyVersion(Tx& tx, const std::string& name) {
  tx.Execute("UPDATE active_policy SET policy_version = ? WHERE id = ?", {name, 1});
}

}  // namespace aftersales
