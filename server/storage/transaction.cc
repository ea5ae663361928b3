// What bodies do with a session: Reader and Tx.
#include "absl/strings/str_cat.h"
#include "server/storage/database_core.h"
#include "server/storage/session.h"

namespace aftersales {
namespace {

// Before every statement: an answer that nobody waits for is not worth asking for.
void BeforeStatement(Session& session, Call& call) {
  CheckCall(call);
  session.Expect(call.deadline - absl::Now());
  ++call.statements;
}

}  // namespace

std::vector<Row> Reader::Select(std::string_view sql, const Values& values, std::string_view types) {
  BeforeStatement(session_, call_);
  return session_.Select(sql, values, types);
}

std::optional<Row> Reader::SelectOne(std::string_view sql, const Values& values, std::string_view types) {
  std::vector<Row> rows = Select(sql, values, types);
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

std::string_view Reader::ForUpdate() const { return LockClause(session_.engine()); }

int64_t Tx::Execute(std::string_view sql, const Values& values) {
  BeforeStatement(session_, call_);
  return session_.Execute(sql, values);
}

bool Tx::Insert(std::string_view sql, const Values& values) {
  try {
    Execute(sql, values);
    return true;
  } catch (const Fault& fault) {
    if (fault.kind() == FaultKind::kDuplicate) return false;
    throw;
  }
}

int64_t Tx::NewId() {
  if (ids_ != nullptr) {
    if (std::optional<int64_t> id = ids_->TryTake()) return *id;
  }
  throw Fault(FaultKind::kNoIds, 0, "the reserved ids are used up");
}

int64_t Tx::Append(EventRow event) {
  const int64_t id = NewId();
  events_.emplace_back(id, std::move(event));
  return id;
}

}  // namespace aftersales
