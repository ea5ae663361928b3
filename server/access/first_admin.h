// The way into a new installation: the first start makes an administrator and puts its token into a file.
#ifndef AFTERSALES_SERVER_ACCESS_FIRST_ADMIN_H_
#define AFTERSALES_SERVER_ACCESS_FIRST_ADMIN_H_

#include <string>

#include "absl/status/status.h"
#include "server/base/call.h"
#include "server/storage/database.h"

namespace aftersales {

// Where nobody can sign in yet: makes principals/admin with a token, and writes the token to `token_file` (mode 0600,
// never over an existing file). Otherwise does nothing. Servers that start together make one administrator; a server
// killed anywhere in between leaves nothing that the next start does not finish or take back. The token lives for 366
// days.
//
// The token waits in TOKEN_FILE.pending while it is being registered, so that it can neither be registered without
// being delivered nor be delivered without being good.
absl::Status EnsureFirstAdmin(Database& db, Call& call, const std::string& token_file);

// The way back for an installation whose last admin token is lost, revoked or expired: puts principals/admin back in
// office and writes a new token for it to `token_file`, as above. Whoever can write to the database can do this.
absl::Status IssueAdminToken(Database& db, Call& call, const std::string& token_file);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ACCESS_FIRST_ADMIN_H_
