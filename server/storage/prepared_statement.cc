#include "server/storage/prepared_statement.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/storage/dialect.h"

namespace aftersales {
namespace {

constexpr size_t kLongText = 4096;
constexpr size_t kManyRows = 64;

}  // namespace

PreparedStatement::PreparedStatement(soci::session& sql, std::string_view text, const Values& values,
                                     std::string_view types)
    : types_(types),
      buffers_answer_(sql.get_backend_name() == "mysql"),
      inputs_(values.size()),
      outputs_(types.size()),
      statement_(std::make_unique<soci::statement>(sql)) {
  size_t parameters = 0;
  const std::string named = WithNames(text, &parameters);
  if (parameters != values.size()) {
    throw Fault(FaultKind::kDefect, 0,
                absl::StrCat(values.size(), " values for ", parameters, " places in: ", std::string(text)));
  }
  statement_->alloc();
  statement_->prepare(named);
  for (size_t i = 0; i < outputs_.size(); ++i) {
    Slot& slot = outputs_[i];
    slot.is_text = types[i] == 't';
    if (slot.is_text) {
      statement_->exchange(soci::into(slot.text, slot.indicator));
    } else {
      statement_->exchange(soci::into(slot.number, slot.indicator));
    }
  }
  for (size_t i = 0; i < inputs_.size(); ++i) {
    Slot& slot = inputs_[i];
    slot.is_text = values[i].is_text();
    if (slot.is_text) {
      statement_->exchange(soci::use(slot.text, slot.indicator));
    } else {
      statement_->exchange(soci::use(slot.number, slot.indicator));
    }
  }
  statement_->define_and_bind();
}

bool PreparedStatement::Fits(const Values& values, std::string_view types) const {
  if (values.size() != inputs_.size() || types != types_) return false;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i].is_null() && values[i].is_text() != inputs_[i].is_text) return false;
  }
  return true;
}

void PreparedStatement::Fill(const Values& values) {
  for (size_t i = 0; i < values.size(); ++i) {
    Slot& slot = inputs_[i];
    slot.indicator = values[i].is_null() ? soci::i_null : soci::i_ok;
    if (values[i].is_null()) continue;
    if (slot.is_text) {
      slot.text = values[i].text();
    } else {
      slot.number = values[i].number();
    }
  }
}

void PreparedStatement::Forget() {
  for (std::vector<Slot>* slots : {&inputs_, &outputs_}) {
    for (Slot& slot : *slots) {
      if (slot.text.capacity() > kLongText) std::string().swap(slot.text);
    }
  }
}

std::vector<Row> PreparedStatement::Select(const Values& values) {
  Fill(values);
  std::vector<Row> rows;
  for (bool more = statement_->execute(true); more; more = statement_->fetch()) {
    std::vector<Value> columns;
    columns.reserve(outputs_.size());
    for (Slot& slot : outputs_) {
      // SOCI leaves the value of the row before where a column is NULL.
      if (slot.indicator == soci::i_null) {
        columns.push_back(Value::Null());
      } else if (slot.is_text) {
        columns.emplace_back(slot.text);
      } else {
        columns.emplace_back(static_cast<int64_t>(slot.number));
      }
    }
    rows.emplace_back(std::move(columns));
  }
  Forget();
  // The MySQL backend would hold the whole answer until the next execution. SQLite is finished by reading to the end;
  // its clean_up would throw the statement away.
  if (buffers_answer_ && rows.size() > kManyRows) statement_->get_backend()->clean_up();
  return rows;
}

int64_t PreparedStatement::Execute(const Values& values) {
  Fill(values);
  statement_->execute(true);
  Forget();
  return statement_->get_affected_rows();
}

}  // namespace aftersales
