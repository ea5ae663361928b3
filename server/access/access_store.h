// Where principals, tokens, the hashes of their secrets and the refused calls are kept.
#ifndef AFTERSALES_SERVER_ACCESS_ACCESS_STORE_H_
#define AFTERSALES_SERVER_ACCESS_ACCESS_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/v1/access.pb.h"
#include "server/storage/database.h"
#include "server/storage/table.h"

namespace aftersales {

const Table<v1::Principal>& Principals();
const Table<v1::Token>& Tokens();

// In the order of names; of one principal where `principal` is given.
ListQuery ListingOfPrincipals();
ListQuery ListingOfTokens(const std::string& principal);

// Locks what everybody locks who changes principals, so that two changes cannot each believe in the other's admin; and
// writes it, so that they collide on a replicated database as well. It is the row of the system's own principal, made
// here when it is not there.
absl::Status LockPrincipals(Tx& tx);
// Whether any principal but the system's own exists.
bool HasPrincipals(Reader& reader);
// Whether somebody other than `name` is an enabled admin.
bool HasOtherAdmin(Reader& reader, const std::string& name);

// Whether an enabled admin holds a token other than `token` that is good at `now`.
bool HasOtherAdminToken(Reader& reader, const std::string& token, absl::Time now);

void KeepSecretHash(Tx& tx, const std::string& token, const std::string& hash);
// The token whose secret has this hash; empty where there is none.
std::string TokenOfHash(Reader& reader, const std::string& hash);

// A refused call, as it is kept.
struct RefusalRow {
  absl::Time time;
  std::string principal;
  std::string method;
  std::string reason;
  std::string peer;
};
void KeepRefusals(Tx& tx, const std::vector<RefusalRow>& rows);
// Deletes all but about the newest `keep`.
void PruneRefusals(Tx& tx, int64_t keep);
// One page, newest first.
absl::StatusOr<v1::ListRefusalsResponse> ListRefusalRows(Reader& reader, const v1::ListRefusalsRequest& request);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ACCESS_ACCESS_STORE_H_
