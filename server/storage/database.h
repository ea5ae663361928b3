// The database: sessions, transactions with retry, idempotent replay, events and number series, on MySQL's protocol and
// on SQLite. Knows no resource and no gRPC. This is the only place with BEGIN and COMMIT.
//
// A body given to Write may run several times (deadlock, lost connection), so it does nothing but use its Tx and values
// that it makes anew. What goes wrong in the database is thrown inside the body and caught in Write: a body deals with
// the refusals of its own rules only.
#ifndef AFTERSALES_SERVER_STORAGE_DATABASE_H_
#define AFTERSALES_SERVER_STORAGE_DATABASE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "server/base/call.h"
#include "server/base/clock.h"
#include "server/base/status_macros.h"

namespace aftersales {

// A value bound to a statement: a whole number, text or bytes, or NULL. (SOCI binds nothing else safely.)
class Value {
 public:
  Value(int64_t number) : number_(number) {}                           // NOLINT: implicit on purpose
  Value(int number) : number_(number) {}                               // NOLINT
  Value(bool flag) : number_(flag ? 1 : 0) {}                          // NOLINT
  Value(std::string text) : is_text_(true), text_(std::move(text)) {}  // NOLINT
  Value(const char* text) : is_text_(true), text_(text) {}             // NOLINT
  Value(absl::Time time) : number_(ToMicros(time)) {}                  // NOLINT
  static Value Null() {
    Value v(0);
    v.is_null_ = true;
    return v;
  }

  bool is_null() const { return is_null_; }
  bool is_text() const { return is_text_; }
  int64_t number() const { return number_; }
  const std::string& text() const { return text_; }

 private:
  bool is_null_ = false;
  bool is_text_ = false;
  int64_t number_ = 0;
  std::string text_;
};
using Values = std::vector<Value>;

// One row of an answer. Columns by position; NULL reads as 0 or "".
class Row {
 public:
  explicit Row(std::vector<Value> columns) : columns_(std::move(columns)) {}
  int64_t Int(size_t column) const { return columns_[column].number(); }
  const std::string& Text(size_t column) const { return columns_[column].text(); }
  bool IsNull(size_t column) const { return columns_[column].is_null(); }
  absl::Time Time(size_t column) const { return FromMicros(Int(column)); }

 private:
  std::vector<Value> columns_;
};

class Session;       // one connection; session.h
class NumberSeries;  // number_series.h

// Reads on one session. Each statement sees what was committed before it.
class Reader {
 public:
  Reader(Session& session, Call& call, absl::Time now) : session_(session), call_(call), now_(now) {}

  // `sql` has a `?` for each value. `types` says what each selected column is: 'i' whole number, 't' text or bytes.
  // Always bound a select: LIMIT, or a key.
  std::vector<Row> Select(std::string_view sql, const Values& values, std::string_view types);
  std::optional<Row> SelectOne(std::string_view sql, const Values& values, std::string_view types);
  // " FOR UPDATE" on MySQL, nothing on SQLite (whose write transactions exclude each other).
  std::string_view ForUpdate() const;

  Call& call() { return call_; }
  // The time of this call; the same in all of a transaction, and again when it is retried.
  absl::Time now() const { return now_; }

 protected:
  Session& session_;
  Call& call_;
  absl::Time now_;
};

// An event to be appended to the feed; its body is whatever the feed's readers parse.
struct EventRow {
  std::string root;
  int64_t root_version = 0;
  std::string type;
  std::string subject;
  std::string body;
};

// A write transaction.
class Tx : public Reader {
 public:
  using Reader::Reader;

  // Rows matched by the statement.
  int64_t Execute(std::string_view sql, const Values& values);
  // As Execute, for an INSERT; false when a unique key is taken already (the transaction goes on).
  bool Insert(std::string_view sql, const Values& values);
  // A number that no other caller on this database gets, growing over time within one server, never reused.
  int64_t NewId();
  // Appends to the feed when the transaction commits: all rows of a transaction go in one statement, last. Returns the
  // event's id.
  int64_t Append(EventRow event);

 private:
  friend class Database;
  std::vector<std::pair<int64_t, EventRow>> events_;
  NumberSeries* ids_ = nullptr;  // null in the transactions that reserve ids
};

struct DatabaseOptions {
  // "sqlite:PATH" or "mysql:socket=PATH,user=U,database=D" (also host=, port=, password_file=, tls_ca=).
  std::string address;
  int sessions = 12;  // most sessions at once
  absl::Duration lock_wait = absl::Seconds(5);
  absl::Duration statement_time = absl::Seconds(20);
};

// Thread-safe.
class Database {
 public:
  // Does not need the database to be there yet; a wrong address is an error.
  static absl::StatusOr<std::unique_ptr<Database>> Open(DatabaseOptions options, const Clock& clock);
  ~Database();

  // Runs `body` in a transaction and keeps its reply under the call's request id: a repeat of the same request gets the
  // stored reply, another body under the same id is refused. With validate_only everything is rolled back.
  template <typename Reply>
  absl::StatusOr<Reply> Write(Call& call, const google::protobuf::Message& request,
                              absl::FunctionRef<absl::StatusOr<Reply>(Tx&)> body);
  // As Write, for the server's own work: nothing to replay. When the connection is lost at the very end, the body runs
  // again though it may have been committed: it must be of no harm twice.
  absl::Status WriteOwn(Call& call, absl::FunctionRef<absl::Status(Tx&)> body);

  template <typename Reply>
  absl::StatusOr<Reply> Read(Call& call, absl::FunctionRef<absl::StatusOr<Reply>(Reader&)> body);

  // The next number of a series such as "case-2026", from 1. Call it before Write, never in a body: blocks are reserved
  // in a transaction of their own. Numbers reserved and not used are lost when the server stops. 0, which is nobody's,
  // for a call that only validates.
  absl::StatusOr<int64_t> NextNumber(Call& call, const std::string& series);

  // Brings the schema to the newest version, one server at a time.
  absl::Status Migrate(Call& call);
  // OK when the schema is the newest; otherwise says what to do. Also the readiness check: asks the database each time.
  absl::Status CheckSchema(Call& call);

  // Deletes the kept replies that have expired; the feed's lease holder calls it now and then. Answers how many.
  absl::StatusOr<int64_t> ForgetReplies(Call& call);

  bool is_sqlite() const;
  const Clock& clock() const;
  // Called after each commit of this server that appended events, on the committing thread: must be quick. One at a
  // time; an empty function ends it, and when this returns the one before is not called any more.
  void OnCommit(std::function<void()> listener);
  // "EXPLAIN" of a select as text, for tests: mentions the index used.
  absl::StatusOr<std::string> Explain(Call& call, std::string_view sql, const Values& values, std::string_view types);

 private:
  class Core;
  explicit Database(std::unique_ptr<Core> core);
  absl::Status RunWrite(Call& call, const google::protobuf::Message* request, absl::FunctionRef<absl::Status(Tx&)> body,
                        absl::FunctionRef<std::string()> reply_bytes,
                        absl::FunctionRef<absl::Status(const std::string&)> replay);
  absl::Status RunRead(Call& call, absl::FunctionRef<absl::Status(Reader&)> body);

  std::unique_ptr<Core> core_;
};

template <typename Reply>
absl::StatusOr<Reply> Database::Write(Call& call, const google::protobuf::Message& request,
                                      absl::FunctionRef<absl::StatusOr<Reply>(Tx&)> body) {
  Reply reply;
  RETURN_IF_ERROR(RunWrite(
      call, &request,
      [&](Tx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(reply, body(tx));
        return absl::OkStatus();
      },
      [&] { return reply.SerializeAsString(); },
      [&](const std::string& bytes) {
        return reply.ParseFromString(bytes) ? absl::OkStatus() : absl::DataLossError("stored reply is damaged");
      }));
  return reply;
}

template <typename Reply>
absl::StatusOr<Reply> Database::Read(Call& call, absl::FunctionRef<absl::StatusOr<Reply>(Reader&)> body) {
  Reply reply;
  RETURN_IF_ERROR(RunRead(call, [&](Reader& reader) -> absl::Status {
    ASSIGN_OR_RETURN(reply, body(reader));
    return absl::OkStatus();
  }));
  return reply;
}

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_DATABASE_H_
