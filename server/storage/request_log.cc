// The request log: table request_log, one row per request id that has changed something.
#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "server/base/error.h"
#include "server/base/random.h"
#include "server/storage/database_core.h"

namespace aftersales {
namespace {

constexpr absl::Duration kKeep = absl::Hours(7 * 24);
constexpr size_t kLongestId = 64;

absl::Status Reused(const std::string& request_id) {
  const std::string text =
      absl::StrCat("request_id ", request_id, " was used before with another body. Use a new one.");
  return Error(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_REQUEST_ID_REUSED, text)
      .Field("request_id", text)
      .With("request_id", request_id);
}

absl::Status NotKept(const std::string& request_id) {
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_REPLY_NOT_KEPT,
               absl::StrCat(
                   "Request ", request_id,
                   " was carried out before; its answer held a secret and was not kept. Revoke what it made, and "
                   "ask anew with a new request_id."))
      .With("request_id", request_id);
}

}  // namespace

std::string MessageHash(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializePartialToCodedStream(&coded);
  }
  return ToHex(Sha256(bytes));
}

std::optional<absl::Status> ClaimRequest(Tx& tx, const std::string& hash,
                                         absl::FunctionRef<absl::Status(const std::string&)> replay) {
  const Call& call = tx.call();
  if (call.request_id.size() > kLongestId) {
    return FieldError("request_id", absl::StrCat("has more than ", kLongestId, " characters; send a UUID"));
  }
  const int64_t expires = ToMicros(tx.now() + kKeep);
  if (tx.Insert("INSERT INTO request_log (request_id, principal, method, body_hash, reply, reply_kept, expire_time) "
                "VALUES (?, ?, ?, ?, '', 0, ?)",
                {call.request_id, call.caller.principal, call.method, hash, expires})) {
    return std::nullopt;
  }
  // Without a lock: two repeats that wait for the same first request hold the row shared and would block each other.
  const std::optional<Row> row = tx.SelectOne(
      "SELECT body_hash, reply, reply_kept, expire_time FROM request_log WHERE request_id = ? AND principal = ? AND "
      "method = ?",
      {call.request_id, call.caller.principal, call.method}, "ttii");
  if (!row.has_value()) throw Fault(FaultKind::kDeadlock, 0, "the request log's row went away");
  if (row->Time(3) <= tx.now()) {
    const bool mine = tx.Execute(
                          "UPDATE request_log SET body_hash = ?, reply = '', reply_kept = 0, expire_time = ? WHERE "
                          "request_id = ? AND principal = ? AND method = ? AND expire_time = ?",
                          {hash, expires, call.request_id, call.caller.principal, call.method, row->Int(3)}) == 1;
    if (!mine) throw Fault(FaultKind::kDeadlock, 0, "another repeat was quicker");
    return std::nullopt;
  }
  if (row->Text(0) != hash) return Reused(call.request_id);
  if (row->Int(2) == 0) return NotKept(call.request_id);
  return replay(row->Text(1));
}

void KeepReply(Tx& tx, const std::string& reply) {
  const Call& call = tx.call();
  if (call.issues_secret) return;
  tx.Execute("UPDATE request_log SET reply = ?, reply_kept = 1 WHERE request_id = ? AND principal = ? AND method = ?",
             {reply, call.request_id, call.caller.principal, call.method});
}

int64_t ForgetExpiredReplies(Tx& tx, int limit) {
  const std::vector<Row> rows = tx.Select(
      "SELECT request_id, principal, method FROM request_log WHERE expire_time < ? ORDER BY expire_time LIMIT ?",
      {tx.now(), limit}, "ttt");
  int64_t count = 0;
  for (const Row& row : rows) {
    count +=
        tx.Execute("DELETE FROM request_log WHERE request_id = ? AND principal = ? AND method = ? AND expire_time < ?",
                   {row.Text(0), row.Text(1), row.Text(2), tx.now()});
  }
  return count;
}

}  // namespace aftersales
