#include "server/access/access_store.h"

#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/access/access_rules.h"
#include "server/base/clock.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

// More than any company has staff and programs; a bound all the same.
constexpr int kMostPrincipals = 100000;

}  // namespace

const Table<v1::Principal>& Principals() {
  static const Table<v1::Principal> table;
  return table;
}

const Table<v1::Token>& Tokens() {
  static const Table<v1::Token> table;
  return table;
}

ListQuery ListingOfPrincipals() { return ListQuery{}; }

ListQuery ListingOfTokens(const std::string& principal) {
  ListQuery query;
  if (!principal.empty()) query.where.push_back({"principal", "=", principal});
  return query;
}

absl::Status LockPrincipals(Tx& tx) {
  absl::StatusOr<v1::Principal> system = Principals().Lock(tx, kSystemPrincipal);
  if (absl::IsNotFound(system.status())) {
    v1::Principal made;
    made.set_name(kSystemPrincipal);
    made.set_display_name("The server itself");
    made.set_disabled(true);
    const absl::Status inserted = Principals().Insert(tx, made);
    if (inserted.ok() || !absl::IsAlreadyExists(inserted)) return inserted;
    system = Principals().Lock(tx, kSystemPrincipal);
  }
  RETURN_IF_ERROR(system.status());
  return Principals().Update(tx, *system);
}

bool HasPrincipals(Reader& reader) {
  return !Principals().Select(reader, ListQuery{{{"name", "<>", kSystemPrincipal}}, {}}, 1).empty();
}

bool HasOtherAdmin(Reader& reader, const std::string& name) {
  // Roles are no column; principals are few, and this is asked only when an admin steps down.
  const ListQuery others{{{"disabled", "=", 0}, {"name", "<>", name}}, {}};
  for (const v1::Principal& principal : Principals().Select(reader, others, kMostPrincipals)) {
    if (IsEnabledAdmin(principal)) return true;
  }
  return false;
}

bool HasOtherAdminToken(Reader& reader, const std::string& token, absl::Time now) {
  const ListQuery enabled{{{"disabled", "=", 0}}, {}};
  for (const v1::Principal& principal : Principals().Select(reader, enabled, kMostPrincipals)) {
    if (!IsEnabledAdmin(principal)) continue;
    ListQuery tokens = ListingOfTokens(principal.name());
    tokens.where.push_back({"name", "<>", token});
    for (const v1::Token& other : Tokens().Select(reader, tokens, kMostPrincipals)) {
      if (IsUsable(other, now)) return true;
    }
  }
  return false;
}

void KeepSecretHash(Tx& tx, const std::string& token, const std::string& hash) {
  tx.Execute("INSERT INTO token_secret (token, hash) VALUES (?, ?)", {token, hash});
}

std::string TokenOfHash(Reader& reader, const std::string& hash) {
  const std::optional<Row> row = reader.SelectOne("SELECT token FROM token_secret WHERE hash = ?", {hash}, "t");
  return row.has_value() ? row->Text(0) : "";
}

void KeepRefusals(Tx& tx, const std::vector<RefusalRow>& rows) {
  if (rows.empty()) return;
  std::string sql = "INSERT INTO refusal (id, time, principal, method, reason, peer) VALUES ";
  Values values;
  for (size_t i = 0; i < rows.size(); ++i) {
    absl::StrAppend(&sql, i == 0 ? "" : ", ", "(?, ?, ?, ?, ?, ?)");
    for (Value value : {Value(tx.NewId()), Value(rows[i].time), Value(rows[i].principal), Value(rows[i].method),
                        Value(rows[i].reason), Value(rows[i].peer)}) {
      values.push_back(std::move(value));
    }
  }
  tx.Execute(sql, values);
}

void PruneRefusals(Tx& tx, int64_t keep) {
  const std::optional<Row> oldest_kept =
      tx.SelectOne("SELECT time FROM refusal ORDER BY time DESC, id DESC LIMIT 1 OFFSET ?", {keep - 1}, "i");
  if (oldest_kept.has_value()) tx.Execute("DELETE FROM refusal WHERE time < ?", {oldest_kept->Int(0)});
}

absl::StatusOr<v1::ListRefusalsResponse> ListRefusalRows(Reader& reader, const v1::ListRefusalsRequest& request) {
  ASSIGN_OR_RETURN(const Values after, ReadPageToken(request, "ii"));
  const int size = PageSize(request.page_size());
  std::string sql = "SELECT id, time, principal, method, reason, peer FROM refusal ";
  Values values;
  if (!after.empty()) {
    absl::StrAppend(&sql, "WHERE time <= ? AND (time < ? OR id < ?) ");
    values = {after[0], after[0], after[1]};
  }
  absl::StrAppend(&sql, "ORDER BY time DESC, id DESC LIMIT ?");
  values.push_back(size + 1);
  const std::vector<Row> rows = reader.Select(sql, values, "iitttt");
  v1::ListRefusalsResponse response;
  for (const Row& row : rows) {
    if (response.refusals_size() == size) {
      const v1::Refusal& last = response.refusals(size - 1);
      int64_t id = 0;
      if (!absl::SimpleAtoi(last.id(), &id)) return InternalError("a refusal's id is no number");
      response.set_next_page_token(MakePageToken(request, {FromProto(last.time()), id}));
      break;
    }
    v1::Refusal& refusal = *response.add_refusals();
    refusal.set_id(absl::StrCat(row.Int(0)));
    *refusal.mutable_time() = ToProto(row.Time(1));
    refusal.set_principal(row.Text(2));
    refusal.set_method(row.Text(3));
    refusal.set_reason(row.Text(4));
    refusal.set_peer(row.Text(5));
  }
  return response;
}

}  // namespace aftersales
