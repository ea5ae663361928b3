// What a Database is made of: sessions, transactions with retry, number series. Private to storage/.
#ifndef AFTERSALES_SERVER_STORAGE_DATABASE_CORE_H_
#define AFTERSALES_SERVER_STORAGE_DATABASE_CORE_H_

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "server/storage/address.h"
#include "server/storage/checkpointer.h"
#include "server/storage/database.h"
#include "server/storage/number_series.h"
#include "server/storage/session_pool.h"

namespace aftersales {

// Thread-safe.
class Database::Core {
 public:
  // What a write transaction does besides its body.
  struct Work {
    const google::protobuf::Message* request = nullptr;  // null: nothing is kept for replay
    absl::FunctionRef<absl::Status(Tx&)> body;
    absl::FunctionRef<std::string()> reply_bytes;
    absl::FunctionRef<absl::Status(const std::string&)> replay;
    bool needs_ids = true;
  };

  Core(DatabaseOptions options, DatabaseAddress address, const Clock& clock);

  absl::Status Write(Call& call, const Work& work);
  absl::Status Read(Call& call, absl::FunctionRef<absl::Status(Reader&)> body);
  absl::StatusOr<int64_t> NextNumber(Call& call, const std::string& series);
  // Gives the numbers back that were reserved and not used, where nobody has reserved since.
  void GiveBackNumbers();
  void OnCommit(std::function<void()> listener);

  const DatabaseOptions& options() const { return options_; }
  const DatabaseAddress& address() const { return address_; }
  const Clock& clock() const { return clock_; }
  SessionPool& sessions() { return sessions_; }

 private:
  // One try; throws Fault. `unknown` becomes true when the commit may or may not have happened.
  absl::Status TryWrite(Call& call, const Work& work, const std::string& hash, absl::Time now, bool* unknown);
  absl::Status RunTransaction(Tx& tx, const Work& work, const std::string& hash, bool* unknown);
  void Commit(Tx& tx, bool* unknown);
  std::unique_ptr<Session> Connect() const;
  absl::StatusOr<int64_t> ReserveNumbers(Call& call, const std::string& series, int64_t count);
  void TellCommit();

  const DatabaseOptions options_;
  const DatabaseAddress address_;
  const Clock& clock_;
  Checkpointer checkpointer_;  // sessions tell it of their commits
  SessionPool sessions_;
  NumberSeries ids_;

  // SQLite's writers queue here, instead of asking the file again and again.
  std::mutex writer_mutex_;
  std::condition_variable writer_done_;
  bool writing_ = false;

  std::mutex series_mutex_;
  std::map<std::string, std::unique_ptr<NumberSeries>> series_;

  std::mutex listener_mutex_;
  std::function<void()> listener_;

  class WriterTurn;
};

// The request log, which makes a repeated request get the first one's answer. Part of the transaction `tx`.
//
// Claims the call's request id; answers nothing when the transaction should go on. Otherwise what the call gets: the
// stored reply's replay, or a refusal. Another body under the same id is INVALID_ARGUMENT: the caller made a mistake,
// and no repeat will help.
std::optional<absl::Status> ClaimRequest(Tx& tx, const std::string& hash,
                                         absl::FunctionRef<absl::Status(const std::string&)> replay);
void KeepReply(Tx& tx, const std::string& reply);
// Rows deleted; at most `limit`.
int64_t ForgetExpiredReplies(Tx& tx, int limit);

// SHA-256 of the message, the same for equal messages.
std::string MessageHash(const google::protobuf::Message& message);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_DATABASE_CORE_H_
