#include "server/directory/import_batch.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/util/message_differencer.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/directory/customer_root.h"
#include "server/directory/directory_rules.h"
#include "server/storage/number_block.h"

namespace aftersales {
namespace {

using google::protobuf::Message;

constexpr size_t kKeysAtOnce = 500;
constexpr size_t kSmallestWave = 8;

// Rows of `columns` (all text) whose `column` is one of `keys`.
std::vector<Row> SelectByKeys(Reader& reader, const EntryKind& kind, const std::string& columns,
                              const std::string& column, const std::set<std::string>& keys) {
  std::vector<Row> found;
  const std::string types(std::count(columns.begin(), columns.end(), ',') + 1, 't');
  Values values;
  const auto select = [&] {
    const std::string places = absl::StrJoin(std::vector<std::string>(values.size(), "?"), ", ");
    values.push_back(static_cast<int64_t>(values.size()));
    for (Row& row : reader.Select(absl::StrCat("SELECT ", columns, " FROM ", kind.table->table(), " WHERE ", column,
                                               " IN (", places, ") LIMIT ?"),
                                  values, types)) {
      found.push_back(std::move(row));
    }
    values.clear();
  };
  for (const std::string& key : keys) {
    values.push_back(key);
    if (values.size() == kKeysAtOnce) select();
  }
  if (!values.empty()) select();
  return found;
}

const EntryKind& KindIn(const std::string& collection) {
  const auto& kinds = EntryKinds();
  return *std::find_if(kinds.begin(), kinds.end(),
                       [&](const EntryKind& kind) { return kind.collection == collection; });
}

absl::Status LeadsNowhere(const EntryKind& target, const std::string& field, const std::string& text) {
  std::string external_id;
  if (!ReadExternalReference(text, &external_id)) {
    return ReferenceError(field, text, absl::StrCat(text, " does not exist. Check the name, or create it first."));
  }
  return ReferenceError(field, text,
                        absl::StrCat("there is no ", target.word, " with the external id \"", external_id,
                                     "\". Import it in an earlier row, or correct the id."));
}

// Rows give no reasons. Whoever looks for one learns where it came from.
std::string ReasonOfImport(Tx& tx) { return absl::StrCat("imported by ", tx.call().caller.principal); }

}  // namespace

absl::Status EntryNumbers::Stock(Database& db, Call& call, const std::vector<ImportRow>& rows) {
  std::map<const EntryKind*, std::map<std::string, std::set<std::string>>> keys;  // by kind and key field
  for (const ImportRow& row : rows) {
    if (!row.mistake.ok()) continue;
    const Message& entry = *EntryIn(row.row);
    const EntryKind& kind = KindOf(entry);
    const std::string field = KeyField(kind, entry);
    keys[&kind][field].insert(kind.Text(entry, field));
  }
  using Missing = std::map<std::string, size_t>;  // by series
  ASSIGN_OR_RETURN(const Missing missing, db.Read<Missing>(call, [&](Reader& reader) -> absl::StatusOr<Missing> {
    Missing counted;
    for (const auto& [kind, fields] : keys) {
      for (const auto& [field, values] : fields) {
        counted[kind->word] += values.size() - SelectByKeys(reader, *kind, field, field, values).size();
      }
    }
    return counted;
  }));
  for (const auto& [series, wanted] : missing) {
    Stocked& stocked = series_[series];
    if (stocked.numbers.size() >= wanted) continue;
    const auto count = static_cast<int64_t>(wanted - stocked.numbers.size());
    ASSIGN_OR_RETURN(const int64_t first, ReserveNumbers(db, call, series, count));
    for (int64_t i = 0; i < count; ++i) stocked.numbers.push_back(first + i);
  }
  return absl::OkStatus();
}

std::optional<int64_t> EntryNumbers::Take(const std::string& series) {
  Stocked& stocked = series_[series];
  if (stocked.taken == stocked.numbers.size()) return std::nullopt;
  return stocked.numbers[stocked.taken++];
}

void EntryNumbers::Rewind() {
  for (auto& [series, stocked] : series_) stocked.taken = 0;
}

void EntryNumbers::Keep() {
  for (auto& [series, stocked] : series_) {
    stocked.numbers.erase(stocked.numbers.begin(), stocked.numbers.begin() + static_cast<long>(stocked.taken));
    stocked.taken = 0;
  }
}

void EntryNumbers::Drop() { series_.clear(); }

absl::StatusOr<std::vector<v1::RowReport>> ImportBatch::Apply(const std::vector<ImportRow>& rows) {
  std::vector<v1::RowReport> reports(rows.size());
  std::map<const EntryKind*, std::vector<Item>> by_kind;
  for (size_t i = 0; i < rows.size(); ++i) {
    reports[i].set_row(rows[i].number);
    reports[i].set_external_id(ExternalIdIn(rows[i].row));
    if (!rows[i].mistake.ok()) {
      FillFailure(rows[i].mistake, reports[i]);
      continue;
    }
    const Message& entry = *EntryIn(rows[i].row);
    std::unique_ptr<Message> copy(entry.New());
    copy->CopyFrom(entry);
    MakeComparable(*copy);
    by_kind[&KindOf(entry)].push_back({rows[i].number, &reports[i], std::move(copy), nullptr});
  }
  // No kind points at itself or at one after it, so this order comes to the same as that of the rows.
  for (const EntryKind& kind : EntryKinds()) {
    std::vector<Item>& items = by_kind[&kind];
    Resolve(kind, items);
    RETURN_IF_ERROR(Write(kind, items));
  }
  if (numbers_ != nullptr) RETURN_IF_ERROR(installations_.Record(tx_, ReasonOfImport(tx_)));
  return reports;
}

void ImportBatch::FindTargets(const EntryKind& target, const std::set<std::string>& texts) {
  std::set<std::string> names;
  std::set<std::string> external_ids;
  for (const std::string& text : texts) {
    if (targets_.count({target.collection, text}) > 0) continue;
    std::string external_id;
    if (ReadExternalReference(text, &external_id)) {
      external_ids.insert(external_id);
    } else {
      names.insert(text);
    }
  }
  const bool has_customer = target.prototype->GetDescriptor()->FindFieldByName("customer") != nullptr;
  const std::string columns = has_customer ? ", customer" : "";
  const auto add = [&](const std::string& text, const Row& row) {
    targets_[{target.collection, text}] = {row.Text(1), has_customer ? row.Text(2) : ""};
  };
  for (const Row& row : SelectByKeys(tx_, target, "name, name" + columns, "name", names)) add(row.Text(0), row);
  for (const Row& row : SelectByKeys(tx_, target, "external_id, name" + columns, "external_id", external_ids)) {
    add("ext:" + row.Text(0), row);
  }
}

void ImportBatch::Resolve(const EntryKind& kind, std::vector<Item>& items) {
  for (const EntryReference& reference : kind.references) {
    std::set<std::string> texts;
    for (const Item& item : items) {
      const std::string text = kind.Text(*item.entry, reference.field->name());
      if (!text.empty()) texts.insert(text);
    }
    FindTargets(KindIn(reference.collection), texts);
  }
  const auto fails = [&](Item& item) {
    const absl::Status resolved = ResolveItem(kind, item);
    if (!resolved.ok()) FillFailure(resolved, *item.report);
    return !resolved.ok();
  };
  items.erase(std::remove_if(items.begin(), items.end(), fails), items.end());
}

absl::Status ImportBatch::ResolveItem(const EntryKind& kind, Item& item) const {
  std::vector<std::pair<const EntryReference*, const Target*>> found;
  for (const EntryReference& reference : kind.references) {
    const std::string text = kind.Text(*item.entry, reference.field->name());
    if (text.empty()) continue;
    const auto target = targets_.find({reference.collection, text});
    const std::string field = absl::StrCat(kind.word, ".", reference.field->name());
    if (target == targets_.end()) return LeadsNowhere(KindIn(reference.collection), field, text);
    const auto created = created_.find(target->second.name);
    if (created != created_.end() && created->second > item.number) {
      return LeadsNowhere(KindIn(reference.collection), field, text);
    }
    item.entry->GetReflection()->SetString(item.entry.get(), reference.field, target->second.name);
    found.emplace_back(&reference, &target->second);
  }
  const std::string customer = kind.Text(*item.entry, "customer");
  for (const auto& [reference, target] : found) {
    if (target->customer.empty()) continue;
    RETURN_IF_ERROR(CheckSameCustomer(absl::StrCat(kind.word, ".", reference->field->name()), target->name,
                                      target->customer, customer));
  }
  return absl::OkStatus();
}

absl::Status ImportBatch::Write(const EntryKind& kind, std::vector<Item>& items) {
  size_t length = kKeysAtOnce;
  for (size_t at = 0; at < items.size();) {
    const size_t end = std::min(items.size(), at + length);
    Holders holders;
    for (const std::string& field : kind.unique) {
      std::set<std::string> values;
      for (size_t i = at; i < end; ++i) {
        if (const std::string value = kind.Text(*items[i].entry, field); !value.empty()) values.insert(value);
      }
      for (const Row& row : SelectByKeys(tx_, kind, field + ", name", field, values)) {
        holders[{field, row.Text(0)}] = row.Text(1);
      }
    }
    Wave wave;
    const size_t begin = at;
    while (at < end) {
      ASSIGN_OR_RETURN(const bool decided, Decide(kind, holders, items[at], wave));
      if (!decided) break;
      ++at;
    }
    RETURN_IF_ERROR(Flush(kind, wave));
    // Rows about the same entry over and over make short waves; then looking far ahead is a waste.
    length = std::clamp(2 * (at - begin), kSmallestWave, kKeysAtOnce);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ImportBatch::Decide(const EntryKind& kind, const Holders& holders, Item& item, Wave& wave) {
  std::vector<std::pair<std::string, std::string>> keys;
  for (const std::string& field : kind.unique) {
    if (std::string value = kind.Text(*item.entry, field); !value.empty()) keys.emplace_back(field, std::move(value));
  }
  for (const auto& key : keys) {
    if (wave.keys.count(key) > 0) return false;
  }
  const std::string key_field = KeyField(kind, *item.entry);
  const auto own = holders.find({key_field, kind.Text(*item.entry, key_field)});
  const std::string name = own == holders.end() ? "" : own->second;
  for (const auto& [field, value] : keys) {
    const auto holder = holders.find({field, value});
    if (holder == holders.end() || holder->second == name) continue;
    FillFailure(TakenError(absl::StrCat(kind.word, ".", field), value, holder->second), *item.report);
    return true;
  }
  if (!name.empty()) {
    RETURN_IF_ERROR(DecideUpdate(kind, name, item, wave));
    return true;
  }
  wave.keys.insert(keys.begin(), keys.end());
  wave.created.push_back(&item);
  item.report->set_result(v1::ROW_RESULT_CREATED);
  return true;
}

absl::Status ImportBatch::DecideUpdate(const EntryKind& kind, const std::string& name, Item& item, Wave& wave) {
  std::unique_ptr<Message> current(kind.prototype->New());
  // Most rows of a repeated import change nothing: those are read without locking anybody out.
  for (const bool lock : {false, true}) {
    RETURN_IF_ERROR(kind.table->Get(tx_, name, current.get(), lock));
    KeepServersFields(*current, *item.entry);
    if (kind.Text(*item.entry, "external_id").empty()) {
      const auto* external_id = kind.prototype->GetDescriptor()->FindFieldByName("external_id");
      item.entry->GetReflection()->SetString(item.entry.get(), external_id, kind.Text(*current, "external_id"));
    }
    item.report->set_name(name);
    if (google::protobuf::util::MessageDifferencer::Equals(*current, *item.entry)) {
      item.report->set_result(v1::ROW_RESULT_UNCHANGED);
      installations_.Note(*item.entry);  // what was to come may have come
      return absl::OkStatus();
    }
    if (absl::Status moved = CheckStaysWithCustomer(*current, *item.entry); !moved.ok()) {
      FillFailure(moved, *item.report);
      return absl::OkStatus();
    }
  }
  for (const std::string& field : kind.unique) {
    for (const Message* state : {current.get(), item.entry.get()}) {
      if (std::string value = kind.Text(*state, field); !value.empty()) wave.keys.emplace(field, std::move(value));
    }
  }
  item.before = std::move(current);
  wave.updated.push_back(&item);
  item.report->set_result(v1::ROW_RESULT_UPDATED);
  return absl::OkStatus();
}

absl::Status ImportBatch::Flush(const EntryKind& kind, const Wave& wave) {
  RETURN_IF_ERROR(GiveNames(kind, wave.created));
  std::vector<Message*> added;
  for (const Item* item : wave.created) added.push_back(item->entry.get());
  if (!added.empty()) RETURN_IF_ERROR(kind.table->InsertMany(tx_, added));
  for (const Item* item : wave.updated) RETURN_IF_ERROR(kind.table->Update(tx_, *item->entry));
  if (numbers_ == nullptr) return absl::OkStatus();  // of what is not kept there is nothing to tell
  for (const std::vector<Item*>* items : {&wave.created, &wave.updated}) {
    for (const Item* item : *items) RETURN_IF_ERROR(Tell(*item));
  }
  return absl::OkStatus();
}

absl::Status ImportBatch::Tell(const Item& item) {
  installations_.Note(*item.entry);
  if (item.before != nullptr) installations_.Note(*item.before);
  const auto* customer = dynamic_cast<const v1::Customer*>(item.entry.get());
  const auto* before = dynamic_cast<const v1::Customer*>(item.before.get());
  if (customer != nullptr && before != nullptr) {
    return RecordCustomerChange(tx_, obligations_, *before, *customer, ReasonOfImport(tx_));
  }
  RecordChange(tx_, *item.entry);
  return absl::OkStatus();
}

absl::Status ImportBatch::GiveNames(const EntryKind& kind, const std::vector<Item*>& created) {
  const auto* field = kind.prototype->GetDescriptor()->FindFieldByName("name");
  for (Item* item : created) {
    std::string name = absl::StrCat(kind.collection, "/row-", item->number);
    if (numbers_ != nullptr) {
      const std::optional<int64_t> number = numbers_->Take(kind.word);
      if (!number.has_value()) return absl::AbortedError("the numbers that were reserved are used up");
      name = absl::StrCat(kind.collection, "/", *number);
      item->report->set_name(name);
    }
    created_[name] = item->number;
    item->entry->GetReflection()->SetString(item->entry.get(), field, name);
  }
  return absl::OkStatus();
}

}  // namespace aftersales
