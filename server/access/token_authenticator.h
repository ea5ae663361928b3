// Tells who holds a bearer token. Answers of the database are kept in memory for at most five seconds, so that other
// servers' revocations take effect that soon; this server's own take effect at once.
#ifndef AFTERSALES_SERVER_ACCESS_TOKEN_AUTHENTICATOR_H_
#define AFTERSALES_SERVER_ACCESS_TOKEN_AUTHENTICATOR_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/access/refusal_log.h"
#include "server/base/call.h"
#include "server/rpc/authenticator.h"
#include "server/storage/database.h"

namespace aftersales {

// Thread-safe. The database must outlive it.
class TokenAuthenticator : public rpc::Authenticator {
 public:
  explicit TokenAuthenticator(Database& db, absl::Duration kept = absl::Seconds(5))
      : db_(db), kept_(absl::ToChronoMilliseconds(kept)), refusals_(db) {}

  absl::StatusOr<Caller> Authenticate(Call& call, std::string_view token) override;
  bool Grants(const Caller& caller, std::string_view permission) const override;
  std::vector<std::string> RolesGranting(std::string_view permission) const override;
  void AuditRefusal(Call& call, const std::string& reason) override;

  // Every next token is looked up anew. To be called after each change of a principal or token, also after one whose
  // outcome is not known.
  void Forget();

  RefusalLog& refusals() { return refusals_; }

 private:
  struct Known {
    Caller caller;
    absl::Time expiry;  // of the token, by the server's clock
    std::chrono::steady_clock::time_point looked_up;
  };
  absl::StatusOr<Known> LookUp(Call& call, const std::string& hash);

  Database& db_;
  const std::chrono::milliseconds kept_;
  RefusalLog refusals_;
  absl::Mutex mutex_;
  // By the hash of the secret: secrets themselves stay in no memory longer than their call. Valid tokens only.
  absl::flat_hash_map<std::string, Known> known_ ABSL_GUARDED_BY(mutex_);
  // Counts Forget, so that a look-up begun before one is not kept after it.
  int64_t forgotten_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ACCESS_TOKEN_AUTHENTICATOR_H_
