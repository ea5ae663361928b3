#include "server/storage/database.h"

#include <algorithm>
#include <random>
#include <thread>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/storage/database_core.h"
#include "server/storage/migrations.h"
#include "server/storage/number_block.h"

namespace aftersales {
namespace {

constexpr int kMostTries = 5;
constexpr int64_t kIdBlock = 10000;
constexpr int64_t kIdsBeforeBegin = 1000;
constexpr int64_t kNumberBlock = 20;
constexpr size_t kEventsPerInsert = 25;
// A statement goes to the database in one packet, whose size is limited (16 MiB on MariaDB).
constexpr size_t kBytesPerInsert = size_t{1} << 20;
constexpr char kIdSeries[] = "id";
// For calls without a deadline.
constexpr absl::Duration kLongestTrying = absl::Seconds(30);

// Decides whether a call is tried again, and waits before it is.
class Patience {
 public:
  explicit Patience(Call& call) : call_(call), begin_(absl::Now()) {
    allowed_ = std::min(call.deadline - begin_, kLongestTrying);
  }

  // False when it is time to give up. Once a commit's outcome is unknown, only the deadline ends the trying.
  bool Again(const Fault& fault, bool unknown) {
    const bool worth = unknown || fault.kind() == FaultKind::kDeadlock || fault.kind() == FaultKind::kLockTimeout ||
                       fault.kind() == FaultKind::kConnection || fault.kind() == FaultKind::kNoIds;
    if (!worth || call_.cancelled()) return false;
    ++tries_;
    const absl::Duration spent = absl::Now() - begin_;
    if (unknown ? spent >= allowed_ : tries_ >= kMostTries || spent >= allowed_ / 2) return false;
    if (fault.kind() != FaultKind::kNoIds) Wait(unknown);
    return true;
  }

 private:
  void Wait(bool unknown) {
    thread_local absl::InsecureBitGen random;
    const int doublings = std::min(tries_, unknown ? 7 : 5);
    const auto longest = absl::Milliseconds(5 << doublings);
    const absl::Duration wait = absl::Milliseconds(absl::Uniform(random, 1.0, absl::ToDoubleMilliseconds(longest)));
    absl::SleepFor(
        std::clamp(wait, absl::ZeroDuration(), std::max(absl::ZeroDuration(), call_.deadline - absl::Now())));
  }

  Call& call_;
  absl::Time begin_;
  absl::Duration allowed_;
  int tries_ = 0;
};

// What a call gets that ends with this fault.
absl::Status FinalStatus(Call& call, const Fault& fault, bool unknown) {
  if (unknown) {
    return Error(absl::StatusCode::kUnavailable, v1::ERROR_REASON_STORAGE_UNAVAILABLE,
                 "The connection to the database was lost while the change was being committed; whether it was made is "
                 "not "
                 "known. Repeat with the same request_id: it will be made once.")
        .RetryAfter(absl::Seconds(1));
  }
  const bool waited = fault.kind() == FaultKind::kLockTimeout || fault.kind() == FaultKind::kStatementTime ||
                      fault.kind() == FaultKind::kDeadlock;
  if (waited && absl::Now() >= call.deadline)
    return ToStatus(Fault(FaultKind::kDeadline, 0, "the deadline has passed"));
  return ToStatus(fault);
}

void InsertEvents(Tx& tx, const std::vector<std::pair<int64_t, EventRow>>& events) {
  for (size_t begin = 0, end = 0; begin < events.size(); begin = end) {
    Values values;
    size_t bytes = 0;
    for (; end < events.size() && end - begin < kEventsPerInsert && bytes < kBytesPerInsert; ++end) {
      const auto& [id, event] = events[end];
      bytes += event.body.size();
      values.insert(values.end(),
                    {id, event.root, event.root_version, event.type, event.subject, event.body, tx.now()});
    }
    tx.Execute(absl::StrCat("INSERT INTO event (id, root, root_version, type, subject, body, record_time) VALUES ",
                            absl::StrJoin(std::vector<std::string>(end - begin, "(?, ?, ?, ?, ?, ?, ?)"), ", ")),
               values);
  }
}

}  // namespace

// SQLite has one writer: the threads of this process wait for each other here. (Another process is waited for by
// SQLite.)
class Database::Core::WriterTurn {
 public:
  WriterTurn(Core& core, Call& call) : core_(core), taken_(core.address_.sqlite) {
    if (!taken_) return;
    std::unique_lock lock(core_.writer_mutex_);
    while (core_.writing_) {
      CheckCall(call);
      const absl::Duration wait = std::min(call.deadline - absl::Now(), absl::Milliseconds(50));
      core_.writer_done_.wait_for(lock, absl::ToChronoMilliseconds(wait));
    }
    core_.writing_ = true;
  }
  ~WriterTurn() {
    if (!taken_) return;
    {
      const std::lock_guard lock(core_.writer_mutex_);
      core_.writing_ = false;
    }
    core_.writer_done_.notify_one();
  }
  WriterTurn(const WriterTurn&) = delete;
  WriterTurn& operator=(const WriterTurn&) = delete;

 private:
  Core& core_;
  bool taken_;
};

Database::Core::Core(DatabaseOptions options, DatabaseAddress address, const Clock& clock)
    : options_(std::move(options)),
      address_(std::move(address)),
      clock_(clock),
      checkpointer_([this] { return Connect(); }),
      sessions_(options_.sessions,
                [this] {
                  std::unique_ptr<Session> session = Connect();
                  session->WatchLog([this](int pages) { return checkpointer_.Grown(pages); });
                  return session;
                }),
      ids_(kIdBlock, [this](Call& call, int64_t count) { return ReserveNumbers(call, kIdSeries, count); }) {}

std::unique_ptr<Session> Database::Core::Connect() const {
  return std::make_unique<Session>(address_, SessionLimits{options_.lock_wait, options_.statement_time});
}

absl::Status Database::Core::Write(Call& call, const Work& work) {
  const bool keeps = work.request != nullptr && !call.request_id.empty() && !call.validate_only;
  const std::string hash = keeps ? MessageHash(*work.request) : "";
  const absl::Time now = clock_.Now();
  Patience patience(call);
  bool unknown = false;
  int64_t ids = kIdsBeforeBegin;
  while (true) {
    if (work.needs_ids) {
      if (absl::Status stocked = ids_.Stock(call, ids); !stocked.ok() && !unknown) return stocked;
    }
    try {
      return TryWrite(call, work, hash, now, &unknown);
    } catch (const Fault& fault) {
      if (fault.kind() == FaultKind::kConnection) sessions_.DropIdle();
      if (fault.kind() == FaultKind::kNoIds) ids *= 8;
      if (!patience.Again(fault, unknown)) return FinalStatus(call, fault, unknown);
    }
  }
}

absl::Status Database::Core::TryWrite(Call& call, const Work& work, const std::string& hash, absl::Time now,
                                      bool* unknown) {
  WriterTurn turn(*this, call);
  SessionPool::Lease lease = sessions_.Take(call);
  Tx tx(*lease, call, now);
  if (work.needs_ids) tx.ids_ = &ids_;
  absl::Status result;
  try {
    result = RunTransaction(tx, work, hash, unknown);
  } catch (const Fault& fault) {
    // The session is of use again only if the transaction is known to have ended.
    if (fault.kind() != FaultKind::kConnection && fault.kind() != FaultKind::kSettings) {
      try {
        (*lease).Rollback();
        lease.Keep();
      } catch (const Fault&) {
        // Closed with its lease.
      }
    }
    throw;
  }
  lease.Keep();
  if (result.ok() && !tx.events_.empty()) TellCommit();
  return result;
}

absl::Status Database::Core::RunTransaction(Tx& tx, const Work& work, const std::string& hash, bool* unknown) {
  CheckCall(tx.call_);
  tx.session_.Expect(tx.call_.deadline - absl::Now());
  tx.session_.Begin();
  ++tx.call_.statements;
  if (!hash.empty()) {
    if (std::optional<absl::Status> answer = ClaimRequest(tx, hash, work.replay)) {
      tx.session_.Rollback();
      *unknown = false;
      tx.events_.clear();
      return *answer;
    }
  }
  const absl::Status refused = work.body(tx);
  if (!refused.ok() || tx.call_.validate_only) {
    tx.session_.Rollback();
    *unknown = false;
    tx.events_.clear();
    return refused;
  }
  InsertEvents(tx, tx.events_);
  if (!hash.empty()) KeepReply(tx, work.reply_bytes());
  Commit(tx, unknown);
  return absl::OkStatus();
}

void Database::Core::Commit(Tx& tx, bool* unknown) {
  CheckCall(tx.call_);
  ++tx.call_.statements;
  try {
    tx.session_.Commit();
    *unknown = false;
  } catch (const Fault& fault) {
    // Lost on the way there or on the way back: running the transaction again will tell.
    if (fault.kind() == FaultKind::kConnection || fault.kind() == FaultKind::kStatementTime) {
      *unknown = true;
      throw Fault(FaultKind::kConnection, fault.code(), fault.what());
    }
    throw;
  }
}

absl::Status Database::Core::Read(Call& call, absl::FunctionRef<absl::Status(Reader&)> body) {
  const absl::Time now = clock_.Now();
  Patience patience(call);
  while (true) {
    try {
      CheckCall(call);
      SessionPool::Lease lease = sessions_.Take(call);
      Reader reader(*lease, call, now);
      absl::Status result = body(reader);
      lease.Keep();
      return result;
    } catch (const Fault& fault) {
      if (fault.kind() == FaultKind::kConnection) sessions_.DropIdle();
      if (!patience.Again(fault, /*unknown=*/false)) return FinalStatus(call, fault, /*unknown=*/false);
    }
  }
}

absl::StatusOr<int64_t> Database::Core::ReserveNumbers(Call& call, const std::string& series, int64_t count) {
  int64_t first = 0;
  const auto reserve = [&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(first, TakeNumbers(tx, series, count));
    return absl::OkStatus();
  };
  // Has nothing to do with whether the call itself is a trial only.
  Call own = call;
  own.validate_only = false;
  const absl::Status status = Write(own, {.request = nullptr,
                                          .body = reserve,
                                          .reply_bytes = [] { return std::string(); },
                                          .replay = [](const std::string&) { return absl::OkStatus(); },
                                          .needs_ids = false});
  call.statements = own.statements;
  if (!status.ok()) return status;
  return first;
}

absl::StatusOr<int64_t> Database::Core::NextNumber(Call& call, const std::string& series) {
  // A trial uses up none.
  if (call.validate_only) return 0;
  NumberSeries* numbers = nullptr;
  {
    const std::lock_guard lock(series_mutex_);
    std::unique_ptr<NumberSeries>& slot = series_[series];
    if (slot == nullptr) {
      slot = std::make_unique<NumberSeries>(
          kNumberBlock, [this, series](Call& c, int64_t count) { return ReserveNumbers(c, series, count); });
    }
    numbers = slot.get();
  }
  return numbers->Take(call);
}

void Database::Core::GiveBackNumbers() {
  Call call;
  call.method = "give back numbers";
  call.deadline = absl::Now() + absl::Seconds(2);
  const auto give_back = [&](const std::string& series, const NumberSeries& numbers) {
    const auto rest = numbers.Rest();
    if (!rest.has_value()) return;
    const auto body = [&](Tx& tx) -> absl::Status {
      tx.Execute("UPDATE number_series SET next_value = ? WHERE name = ? AND next_value = ?",
                 {rest->first, series, rest->second});
      return absl::OkStatus();
    };
    // Numbers that cannot be given back are lost, which does no harm.
    Write(call, {.request = nullptr,
                 .body = body,
                 .reply_bytes = [] { return std::string(); },
                 .replay = [](const std::string&) { return absl::OkStatus(); },
                 .needs_ids = false})
        .IgnoreError();
  };
  give_back(kIdSeries, ids_);
  const std::lock_guard lock(series_mutex_);
  for (const auto& [series, numbers] : series_) give_back(series, *numbers);
}

void Database::Core::OnCommit(std::function<void()> listener) {
  const std::lock_guard lock(listener_mutex_);
  listener_ = std::move(listener);
}

void Database::Core::TellCommit() {
  const std::lock_guard lock(listener_mutex_);
  if (listener_) listener_();
}

Database::Database(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Database::~Database() { core_->GiveBackNumbers(); }

absl::StatusOr<std::unique_ptr<Database>> Database::Open(DatabaseOptions options, const Clock& clock) {
  ASSIGN_OR_RETURN(DatabaseAddress address, ParseAddress(options.address));
  if (options.sessions < 1) return FieldError("sessions", "must be 1 or more");
  return std::unique_ptr<Database>(new Database(std::make_unique<Core>(std::move(options), std::move(address), clock)));
}

absl::Status Database::RunWrite(Call& call, const google::protobuf::Message* request,
                                absl::FunctionRef<absl::Status(Tx&)> body, absl::FunctionRef<std::string()> reply_bytes,
                                absl::FunctionRef<absl::Status(const std::string&)> replay) {
  return core_->Write(call, {.request = request, .body = body, .reply_bytes = reply_bytes, .replay = replay});
}

absl::Status Database::WriteOwn(Call& call, absl::FunctionRef<absl::Status(Tx&)> body) {
  return RunWrite(
      call, nullptr, body, [] { return std::string(); }, [](const std::string&) { return absl::OkStatus(); });
}

absl::Status Database::RunRead(Call& call, absl::FunctionRef<absl::Status(Reader&)> body) {
  return core_->Read(call, body);
}

absl::StatusOr<int64_t> Database::NextNumber(Call& call, const std::string& series) {
  return core_->NextNumber(call, series);
}

absl::StatusOr<int64_t> Database::ForgetReplies(Call& call) {
  constexpr int kBatch = 500;
  int64_t total = 0;
  while (true) {
    int64_t count = 0;
    RETURN_IF_ERROR(WriteOwn(call, [&](Tx& tx) -> absl::Status {
      count = ForgetExpiredReplies(tx, kBatch);
      return absl::OkStatus();
    }));
    total += count;
    if (count < kBatch) return total;
  }
}

absl::Status Database::Migrate(Call& call) {
  return MigrateSchema(call, core_->address(), core_->options(), core_->clock(), NewestSchema());
}

absl::Status Database::CheckSchema(Call& call) {
  return RunRead(call, [&](Reader& reader) {
    return CheckSchemaVersion(reader, core_->address(), NewestSchema().back().version);
  });
}

bool Database::is_sqlite() const { return core_->address().sqlite; }
const Clock& Database::clock() const { return core_->clock(); }
void Database::OnCommit(std::function<void()> listener) { core_->OnCommit(std::move(listener)); }

absl::StatusOr<std::string> Database::Explain(Call& call, std::string_view sql, const Values& values,
                                              std::string_view) {
  return Read<std::string>(call, [&](Reader& reader) -> absl::StatusOr<std::string> {
    std::string plan;
    if (is_sqlite()) {
      for (const Row& row : reader.Select(absl::StrCat("EXPLAIN QUERY PLAN ", std::string(sql)), values, "iiit")) {
        absl::StrAppend(&plan, row.Text(3), "\n");
      }
      return plan;
    }
    const auto row = reader.SelectOne(absl::StrCat("EXPLAIN FORMAT=JSON ", std::string(sql)), values, "t");
    return row.has_value() ? row->Text(0) : plan;
  });
}

}  // namespace aftersales
