#include "server/archive/archive_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "aftersales/v1/settlement.pb.h"
#include "server/attachments/attachment_store.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/sha256.h"
#include "server/storage/by_names.h"

namespace aftersales {
namespace {

constexpr int kMostEntriesOfCase = 100;
constexpr size_t kRowsPerInsert = 250;
constexpr char kEvents[] = "events/";

// What must never change in rows of a table, and how those of a case are found. "i" and "t" as in Reader::Select.
struct BoundKind {
  std::string collection;
  std::string table;
  std::string columns;
  std::string types;
  std::vector<const char*> of_case;
};

// States, approvals and what else may change after the binding (when the case is reopened) are no part: events tell.
const std::vector<BoundKind>& BoundKinds() {
  static const auto* kinds = new std::vector<BoundKind>{
      {"contacts",
       "contact",
       "name,channel,notice_time,taken_by,create_time",
       "tiiti",
       {"SELECT name FROM contact WHERE service_case = ? ORDER BY name LIMIT ?"}},
      {"cases/*/documents",
       "document",
       "name,service_case,kind,title,text,visit,filed_by,create_time",
       "ttttttti",
       {"SELECT name FROM document WHERE service_case = ? AND void_time IS NULL ORDER BY create_time, name LIMIT ?"}},
      {"attachments",
       "attachment",
       "name,parent,filename,media_type,size,sha256,uploaded_by,create_time",
       "ttttitti",
       {"SELECT name FROM attachment WHERE parent = ? ORDER BY create_time, name LIMIT ?",
        "SELECT a.name FROM contact o JOIN attachment a ON a.parent = o.name WHERE o.service_case = ? ORDER BY a.name "
        "LIMIT ?",
        "SELECT a.name FROM document o JOIN attachment a ON a.parent = o.name WHERE o.service_case = ? ORDER BY a.name "
        "LIMIT ?",
        "SELECT a.name FROM visit o JOIN attachment a ON a.parent = o.name WHERE o.service_case = ? ORDER BY a.name "
        "LIMIT ?",
        "SELECT a.name FROM shipment o JOIN attachment a ON a.parent = o.name WHERE o.service_case = ? ORDER BY a.name "
        "LIMIT ?"}},
      {"shipments",
       "shipment",
       "name,service_case,permit,transport,tracking_number,sent_by,create_time",
       "tttitti",
       {"SELECT name FROM shipment WHERE service_case = ? ORDER BY create_time, name LIMIT ?"}},
      {"cases/*/costs",
       "cost",
       "name,service_case,category,text,visit,incur_time,reversal_of,submitted_by,create_time,nested",
       "ttittittit",
       {"SELECT name FROM cost WHERE service_case = ? ORDER BY create_time, name LIMIT ?"}},
      {"cases/*/allocations",
       "allocation",
       "name,service_case,responsibility,allocated_by,create_time,nested",
       "ttttit",
       {"SELECT name FROM allocation WHERE service_case = ? ORDER BY create_time, name LIMIT ?"}},
      {"events", "event", "id,root,root_version,type,subject,body", "ititttt", {}},
  };
  return *kinds;
}

const BoundKind* KindOf(const std::string& resource) {
  const std::string collection = CollectionOf(resource);
  for (const BoundKind& kind : BoundKinds()) {
    if (kind.collection == collection) return &kind;
  }
  return nullptr;
}

// What of a cost's nested fields never changes: the amount.
std::string AmountText(const std::string& nested) {
  v1::Cost cost;
  if (!cost.ParseFromString(nested)) return absl::StrCat("unreadable: ", nested);
  return absl::StrCat(cost.amount().minor_units(), " ", cost.amount().currency_code());
}

BoundItem ItemOf(const BoundKind& kind, const std::vector<std::string>& columns, const Row& row) {
  HashedFields fields;
  for (size_t i = 0; i < columns.size(); ++i) {
    std::string value = kind.types[i] == 't' ? row.Text(i) : row.IsNull(i) ? "" : absl::StrCat(row.Int(i));
    if (kind.table == "cost" && columns[i] == "nested") value = AmountText(value);
    fields.emplace_back(columns[i], std::move(value));
  }
  return {kind.table == "event" ? absl::StrCat(kEvents, row.Int(0)) : row.Text(0), HashOf(fields)};
}

absl::Status TooMuch(const std::string& service_case) {
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
               absl::StrCat(service_case, " has more than ", kMostBound,
                            " things and events, which is the most that one entry binds; it stays closed."))
      .With("resource", service_case);
}

}  // namespace

const Table<v1::Volume>& Volumes() {
  static const auto* table = new Table<v1::Volume>;
  return *table;
}

const Table<v1::ArchiveEntry>& ArchiveEntries() {
  static const auto* table = new Table<v1::ArchiveEntry>;
  return *table;
}

std::string VolumeName(int64_t number) { return absl::StrCat("volumes/", number); }
std::string EntryName(const std::string& volume, int64_t number) { return absl::StrCat(volume, "/entries/", number); }

ListQuery VolumeQuery(const v1::VolumeFilter& filter) {
  ListQuery query;
  if (filter.state() != 0) query.where.push_back({"state", "=", static_cast<int>(filter.state())});
  query.order.push_back({"number", /*descending=*/true});
  return query;
}

ListQuery EntryQuery(const std::string& volume) {
  ListQuery query;
  query.where.push_back({"volume", "=", volume});
  query.order.push_back({"number"});
  return query;
}

int64_t LockNewestVolume(Tx& tx) {
  const std::string sql = absl::StrCat("SELECT number FROM newest_volume WHERE id = ?", std::string(tx.ForUpdate()));
  const std::optional<Row> row = tx.SelectOne(sql, {1}, "i");
  return row.has_value() ? row->Int(0) : 0;
}

void SetNewestVolume(Tx& tx, int64_t number) {
  tx.Execute("UPDATE newest_volume SET number = ? WHERE id = ?", {number, 1});
}

int64_t NewestVolume(Reader& reader) {
  // Both are asked, since whoever audits does not take the counter's word for what there is.
  const std::optional<Row> counted = reader.SelectOne("SELECT number FROM newest_volume WHERE id = ?", {1}, "i");
  const std::optional<Row> last = reader.SelectOne("SELECT number FROM volume ORDER BY number DESC LIMIT ?", {1}, "i");
  return std::max(counted.has_value() ? counted->Int(0) : 0, last.has_value() ? last->Int(0) : 0);
}

std::vector<std::string> EntriesOfCase(Reader& reader, const std::string& service_case) {
  std::vector<std::string> names;
  for (const Row& row :
       reader.Select("SELECT name FROM archive_entry WHERE service_case = ? ORDER BY create_time, name LIMIT ?",
                     {service_case, kMostEntriesOfCase}, "t")) {
    names.push_back(row.Text(0));
  }
  return names;
}

std::vector<std::string> EventsBefore(Reader& reader, const std::string& service_case, int64_t case_version) {
  std::vector<int64_t> ids;
  // Sorted here: asked for in the order of ids, a database might walk through all events there are.
  for (const Row& row : reader.Select("SELECT id FROM event WHERE root = ? AND root_version < ? LIMIT ?",
                                      {service_case, case_version, kMostBound + 1}, "i")) {
    ids.push_back(row.Int(0));
  }
  std::sort(ids.begin(), ids.end());
  std::vector<std::string> names;
  for (const int64_t id : ids) names.push_back(absl::StrCat(kEvents, id));
  return names;
}

std::map<std::string, std::string> HashesNow(Reader& reader, const std::vector<std::string>& resources) {
  std::map<const BoundKind*, Values> by_kind;
  for (const std::string& resource : resources) {
    const BoundKind* kind = KindOf(resource);
    if (kind == nullptr) continue;
    Values& keys = by_kind[kind];
    int64_t id = 0;
    if (kind->table != "event") {
      keys.emplace_back(resource);
    } else if (absl::SimpleAtoi(absl::StripPrefix(resource, kEvents), &id)) {
      keys.emplace_back(id);
    }
  }
  std::map<std::string, std::string> hashes;
  for (const auto& [kind, keys] : by_kind) {
    const std::vector<std::string> columns = absl::StrSplit(kind->columns, ',');
    const std::string sql =
        ByNamesSql(absl::StrCat("SELECT ", absl::StrJoin(columns, ", "), " FROM ", kind->table, " WHERE ", columns[0]));
    SelectByNames(reader, sql, {}, keys, kind->types, [&, &bound = *kind](const Row& row) {
      BoundItem item = ItemOf(bound, columns, row);
      hashes[std::move(item.resource)] = std::move(item.sha256);
    });
  }
  return hashes;
}

absl::StatusOr<std::vector<BoundItem>> ItemsToBind(Reader& reader, const std::string& service_case,
                                                   int64_t case_version) {
  std::vector<std::string> resources;
  for (const BoundKind& kind : BoundKinds()) {
    for (const char* sql : kind.of_case) {
      for (const Row& row : reader.Select(sql, {service_case, kMostBound + 1}, "t")) resources.push_back(row.Text(0));
      if (resources.size() > static_cast<size_t>(kMostBound)) return TooMuch(service_case);
    }
  }
  for (std::string& event : EventsBefore(reader, service_case, case_version)) resources.push_back(std::move(event));
  if (resources.size() > static_cast<size_t>(kMostBound)) return TooMuch(service_case);
  std::map<std::string, std::string> hashes = HashesNow(reader, resources);
  std::vector<BoundItem> items;
  for (std::string& resource : resources) {
    const auto hash = hashes.find(resource);
    if (hash == hashes.end()) return InternalError(absl::StrCat(resource, " went away while it was bound"));
    items.push_back({std::move(resource), hash->second});
  }
  return items;
}

void KeepItems(Tx& tx, const std::string& entry, const std::vector<BoundItem>& items) {
  for (size_t begin = 0; begin < items.size(); begin += kRowsPerInsert) {
    const size_t end = std::min(items.size(), begin + kRowsPerInsert);
    Values values;
    for (size_t i = begin; i < end; ++i) {
      values.emplace_back(entry);
      values.emplace_back(static_cast<int64_t>(i) + 1);
      values.emplace_back(items[i].resource);
      values.emplace_back(items[i].sha256);
    }
    const std::string places = absl::StrJoin(std::vector<std::string>(end - begin, "(?, ?, ?, ?)"), ", ");
    tx.Execute(absl::StrCat("INSERT INTO archive_item (entry, number, resource, sha256) VALUES ", places), values);
  }
}

std::vector<BoundItem> ItemsOf(Reader& reader, const std::string& entry) {
  std::vector<BoundItem> items;
  for (const Row& row :
       reader.Select("SELECT resource, sha256 FROM archive_item WHERE entry = ? ORDER BY number LIMIT ?",
                     {entry, kMostBound + 1}, "tt")) {
    items.push_back({row.Text(0), row.Text(1)});
  }
  return items;
}

KeptBytes BytesOf(Reader& reader, const std::string& attachment) {
  Sha256Stream digest;
  KeptBytes kept;
  for (int64_t piece = 0;; ++piece) {
    // The end of the pieces: one is missing that never was, or was taken out. The size and the hash tell which.
    const absl::StatusOr<std::string> bytes = ReadPiece(reader, attachment, piece);
    if (!bytes.ok()) break;
    digest.Add(*bytes);
    kept.size += static_cast<int64_t>(bytes->size());
  }
  kept.sha256 = digest.Hex();
  return kept;
}

const std::vector<FileKind>& FileKinds() {
  static const auto* kinds = new std::vector<FileKind>{
      {"contacts", "contact",
       "SELECT name, company, taken_by, notice_time, '' FROM contact WHERE service_case = ? ORDER BY name LIMIT ?"},
      {nullptr, "document",
       "SELECT name, title, filed_by, create_time, kind FROM document WHERE service_case = ? AND void_time IS NULL "
       "ORDER "
       "BY create_time, name LIMIT ?"},
      {"attachments", "attachment",
       "SELECT name, filename, uploaded_by, create_time, '' FROM attachment WHERE parent = ? ORDER BY create_time, "
       "name "
       "LIMIT ?"},
      {"attachments", "attachment",
       "SELECT a.name, a.filename, a.uploaded_by, a.create_time, '' FROM contact o JOIN attachment a ON a.parent = "
       "o.name "
       "WHERE o.service_case = ? ORDER BY a.name LIMIT ?"},
      {"attachments", "attachment",
       "SELECT a.name, a.filename, a.uploaded_by, a.create_time, '' FROM document o JOIN attachment a ON a.parent = "
       "o.name WHERE o.service_case = ? ORDER BY a.name LIMIT ?"},
      {"attachments", "attachment",
       "SELECT a.name, a.filename, a.uploaded_by, a.create_time, '' FROM visit o JOIN attachment a ON a.parent = "
       "o.name "
       "WHERE o.service_case = ? ORDER BY a.name LIMIT ?"},
      {"attachments", "attachment",
       "SELECT a.name, a.filename, a.uploaded_by, a.create_time, '' FROM shipment o JOIN attachment a ON a.parent = "
       "o.name WHERE o.service_case = ? ORDER BY a.name LIMIT ?"},
      {"visits", "visit",
       "SELECT name, '', engineer, create_time, '' FROM visit WHERE service_case = ? ORDER BY create_time, name LIMIT "
       "?"},
      {"shipments", "shipment",
       "SELECT name, tracking_number, sent_by, create_time, '' FROM shipment WHERE service_case = ? ORDER BY "
       "create_time, name LIMIT ?"},
      {"costs", "cost",
       "SELECT name, SUBSTR(text, 1, 200), submitted_by, create_time, '' FROM cost WHERE service_case = ? ORDER BY "
       "create_time, name LIMIT ?"},
      // What a customer said of somebody is for those who read feedback.
      {"feedbacks", "feedback",
       "SELECT name, '', recorded_by, create_time, '' FROM feedback WHERE service_case = ? ORDER BY feedback_time, "
       "name "
       "LIMIT ?"},
      {"actions", "corrective action",
       "SELECT name, SUBSTR(text, 1, 200), set_by, create_time, '' FROM corrective_action WHERE service_case = ? ORDER "
       "BY due_time, name LIMIT ?"},
  };
  return *kinds;
}

std::vector<v1::FileItem> ItemsOfKind(Reader& reader, const FileKind& kind, const std::string& service_case, int most) {
  std::vector<v1::FileItem> items;
  for (const Row& row : reader.Select(kind.sql, {service_case, most}, "tttit")) {
    v1::FileItem& item = items.emplace_back();
    item.set_resource(row.Text(0));
    item.set_kind(kind.holds == nullptr ? row.Text(4) : kind.kind);
    item.set_title(row.Text(1));
    item.set_filed_by(row.Text(2));
    *item.mutable_time() = ToProto(row.Time(3));
  }
  return items;
}

std::vector<std::string> FileStatements() {
  std::vector<std::string> statements;
  for (const FileKind& kind : FileKinds()) statements.emplace_back(kind.sql);
  for (const BoundKind& kind : BoundKinds())
    statements.insert(statements.end(), kind.of_case.begin(), kind.of_case.end());
  return statements;
}

}  // namespace aftersales
