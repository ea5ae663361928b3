#include "server/archive/archive_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "aftersales/options/v1/options.pb.h"
#include "aftersales/v1/attachment.pb.h"
#include "aftersales/v1/dispatch.pb.h"
#include "aftersales/v1/feedback.pb.h"
#include "aftersales/v1/improvement.pb.h"
#include "aftersales/v1/parts.pb.h"
#include "aftersales/v1/policy.pb.h"
#include "aftersales/v1/settlement.pb.h"
#include "google/protobuf/descriptor.h"
#include "server/attachments/attachment_store.h"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "server/base/sha256.h"
#include "server/storage/by_names.h"

namespace aftersales {
namespace {

constexpr int kMostEntriesOfCase = 100;
constexpr size_t kRowsPerInsert = 200;
constexpr char kEvents[] = "events/";

// What may become of rows while their case stays archived.
enum class Later {
  kNothing,
  kAnything,     // what customers say of a case counts to them, and is dealt with there
  kToldChanges,  // the effect of measures is checked: a row is what the last event told of it
  kToldRows,     // something is owed for that: rows come, too, and are what was last told of them
};

// Rows that hang on a case. `never_changes` are the fields that stay even when the case is reopened; all others are
// bound as well while it stays archived, but for those that may change as they like.
struct BoundKind {
  std::string collection;
  const google::protobuf::Descriptor* type = nullptr;
  const TableCore* table = nullptr;
  std::set<std::string> never_changes;
  Later later = Later::kNothing;
};

template <typename Resource>
BoundKind Kind(std::set<std::string> never_changes, Later later = Later::kNothing) {
  const Resource& prototype = Resource::default_instance();
  never_changes.insert({"name", "service_case", "create_time"});
  return {prototype.GetDescriptor()->options().GetExtension(options::v1::resource).collection(),
          prototype.GetDescriptor(),
          new TableCore(prototype),  // as long as the program
          std::move(never_changes), later};
}

// All but the case, what is attached, what is owed, and events: found by their column service_case.
const std::vector<BoundKind>& KindsOfCase() {
  static const auto* kinds = new std::vector<BoundKind>{
      Kind<v1::Contact>({"channel", "notice_time", "taken_by"}),
      Kind<v1::Solution>({"text", "proposer"}),
      Kind<v1::Document>({"kind", "title", "text", "visit", "filed_by"}),
      Kind<v1::TelephoneAttempt>({"time", "reached", "solved", "person", "text", "called_by"}),
      Kind<v1::HelpRequest>({"department", "form", "priority", "text", "requester"}),
      Kind<v1::Dispute>({"contract", "text", "opened_by"}),
      Kind<v1::Visit>({}),
      Kind<v1::PickingList>({"visit", "source", "submitted_by"}),
      Kind<v1::DeparturePermit>({"picking_list", "destination", "product_model", "quantity", "issued_by"}),
      Kind<v1::Shipment>({"permit", "transport", "tracking_number", "sent_by"}),
      Kind<v1::Responsibility>({"text", "investigation", "shares", "proposed_by"}),
      Kind<v1::Cost>(
          {"category", "amount", "text", "visit", "incur_time", "customer_pays", "reversal_of", "submitted_by"}),
      Kind<v1::Allocation>({"responsibility", "act", "allocated_by", "lines", "totals"}),
      Kind<v1::Investigation>({"analysis", "countermeasures", "treatment_options", "analysed_by"}),
      Kind<v1::Meeting>({"subject", "departments", "meeting_time", "place", "convened_by"}),
      Kind<v1::CorrectiveAction>({"kind", "text", "owner", "set_by"}, Later::kToldChanges),
      Kind<v1::Feedback>({"kind", "customer", "visit", "person", "text", "feedback_time", "satisfied", "engineer",
                          "accused", "scores", "product", "conduct_type", "evidence", "recorded_by"},
                         Later::kAnything),
  };
  return *kinds;
}

const BoundKind& CaseKind() {
  static const auto* kind = new BoundKind(Kind<v1::Case>({"customer", "contact", "opened_by"}));
  return *kind;
}

const BoundKind& AttachmentKind() {
  static const auto* kind =
      new BoundKind(Kind<v1::Attachment>({"parent", "filename", "media_type", "size", "sha256", "uploaded_by"}));
  return *kind;
}

// What the case and its contacts owe, owed or were let off: whether the file is timely is seen from it.
const BoundKind& ObligationKind() {
  static const auto* kind = new BoundKind(Kind<v1::Obligation>({"kind", "root", "subject"}, Later::kToldRows));
  return *kind;
}

const BoundKind* KindOf(const std::string& resource) {
  const std::string collection = CollectionOf(resource);
  if (collection == CaseKind().collection) return &CaseKind();
  if (collection == AttachmentKind().collection) return &AttachmentKind();
  if (collection == ObligationKind().collection) return &ObligationKind();
  for (const BoundKind& kind : KindsOfCase()) {
    if (kind.collection == collection) return &kind;
  }
  return nullptr;
}

// The links of a case are no part of it: another case may come to have to do with it at any time. Which parts would
// have met an obligation that has ended is noted without being told.
const std::set<std::string>& UnboundFields() {
  static const auto* fields = new std::set<std::string>{"etag", "update_time", "links", "met_parts"};
  return *fields;
}

BoundItem ItemOf(const BoundKind& kind, const google::protobuf::Message& message) {
  const auto* name = message.GetDescriptor()->FindFieldByName("name");
  return {message.GetReflection()->GetString(message, name), HashOf(OnlyFieldsOf(message, kind.never_changes)),
          kind.later == Later::kAnything ? "" : HashOf(FieldsOf(message, UnboundFields()))};
}

// An event, as its columns stand; its place in the feed comes later.
constexpr char kEventColumns[] = "id,root,root_version,type,subject,body,record_time";
constexpr char kEventTypes[] = "itittti";

BoundItem EventItemOf(const Row& row) {
  HashedFields fields;
  const std::vector<std::string> columns = absl::StrSplit(kEventColumns, ',');
  for (size_t i = 0; i < columns.size(); ++i) {
    fields.emplace_back(columns[i], kEventTypes[i] == 't' ? row.Text(i) : absl::StrCat(row.Int(i)));
  }
  return {absl::StrCat(kEvents, row.Int(0)), HashOf(fields), ""};
}

std::string ThingsSql(const BoundKind& kind) {
  return absl::StrCat("SELECT name FROM ", kind.table->table(), " WHERE service_case = ? LIMIT ?");
}

const std::string& AttachedSql() {
  static const auto* sql = new std::string(ByNamesSql("SELECT name FROM attachment WHERE parent"));
  return *sql;
}

const std::string& OwedSql() {
  static const auto* sql = new std::string(ByNamesSql("SELECT name FROM obligation WHERE root"));
  return *sql;
}

const std::string& EventsOfRootsSql() {
  static const auto* sql = new std::string(ByNamesSql("SELECT id FROM event WHERE root"));
  return *sql;
}

constexpr char kEventsBefore[] = "SELECT id FROM event WHERE root = ? AND root_version < ? LIMIT ?";
constexpr char kEventsInPlace[] =
    "SELECT id, root_version FROM event WHERE root = ? AND position IS NOT NULL ORDER BY position LIMIT ?";
constexpr char kEventsOf[] =
    "SELECT id, root_version, body FROM event WHERE root = ? AND root_version >= ? AND type = ? LIMIT ?";
constexpr char kEventsAbout[] =
    "SELECT id, root_version, body FROM event WHERE root = ? AND root_version >= ? AND subject = ? LIMIT ?";

// Sorted here: asked for in the order of ids, a database might walk through all events there are.
std::vector<std::string> EventNames(std::vector<int64_t> ids) {
  std::sort(ids.begin(), ids.end());
  std::vector<std::string> names;
  for (const int64_t id : ids) names.push_back(absl::StrCat(kEvents, id));
  return names;
}

// By version, and within one by id.
std::vector<v1::Event> EventsIn(const std::vector<Row>& rows) {
  std::vector<const Row*> ordered;
  for (const Row& row : rows) ordered.push_back(&row);
  std::sort(ordered.begin(), ordered.end(), [](const Row* a, const Row* b) {
    return std::make_pair(a->Int(1), a->Int(0)) < std::make_pair(b->Int(1), b->Int(0));
  });
  std::vector<v1::Event> events;
  // What cannot be read tells of nothing.
  for (const Row* row : ordered) events.emplace_back().ParseFromString(row->Text(2));
  return events;
}

// Something that must be decided before the file is bound.
struct Matter {
  const char* kind;
  const char* sql;  // names, given case, the values and limit
  Values values;
  const char* text;  // after the name
};

constexpr int kMostMatters = 50;

const std::vector<Matter>& Matters() {
  static const auto* matters = new std::vector<Matter>{
      {"contact",
       "SELECT name FROM contact WHERE service_case = ? AND unanswered = ? ORDER BY name LIMIT ?",
       {1},
       "is not answered (AnswerContact)"},
      {"visit",
       "SELECT name FROM visit WHERE service_case = ? AND state >= ? AND state < ? ORDER BY create_time, name LIMIT ?",
       {v1::VISIT_STATE_ON_SITE, v1::VISIT_STATE_LEFT},
       "goes on: reopen the case and let the engineer check out (ReopenCase, CheckOutVisit)"},
      {"dispute",
       "SELECT name FROM dispute WHERE service_case = ? AND state = ? ORDER BY create_time, name LIMIT ?",
       {v1::DISPUTE_STATE_OPEN},
       "is not settled (ResolveDispute)"},
      {"cost",
       "SELECT name FROM cost WHERE service_case = ? AND state = ? ORDER BY create_time, name LIMIT ?",
       {v1::COST_STATE_SUBMITTED},
       "is neither vetted nor rejected (VetCost, RejectCost)"},
      {"responsibility",
       "SELECT name FROM responsibility WHERE service_case = ? AND state = ? ORDER BY create_time, name LIMIT ?",
       {v1::RESPONSIBILITY_STATE_PROPOSED},
       "is neither decided nor rejected (DecideResponsibility, RejectResponsibility)"},
      {"meeting",
       "SELECT name FROM meeting WHERE service_case = ? AND state = ? ORDER BY create_time, name LIMIT ?",
       {v1::MEETING_STATE_CONVENED},
       "is neither held nor called off (HoldMeeting, CancelMeeting)"},
      {"picking-list",
       "SELECT name FROM picking_list WHERE service_case = ? AND state >= ? AND state < ? ORDER BY create_time, name "
       "LIMIT ?",
       {v1::PICKING_LIST_STATE_SUBMITTED, v1::PICKING_LIST_STATE_ISSUED},
       "still holds its parts: reopen the case and let them be issued, or cancel it (ReopenCase, CancelPickingList)"},
      {"corrective-action",
       "SELECT name FROM corrective_action WHERE service_case = ? AND state = ? ORDER BY due_time, name LIMIT ?",
       {v1::CORRECTIVE_ACTION_STATE_OPEN},
       "is neither done nor cancelled (CompleteCorrectiveAction, CancelCorrectiveAction)"},
      {"corrective-action",
       "SELECT name FROM corrective_action WHERE service_case = ? AND state = ? ORDER BY due_time, name LIMIT ?",
       {v1::CORRECTIVE_ACTION_STATE_REOPENED},
       "was reopened and is to be checked (CheckCorrectiveAction)"},
  };
  return *matters;
}

constexpr char kPlannedVisits[] =
    "SELECT name FROM visit WHERE service_case = ? AND state < ? AND plan_end_time > ? ORDER BY create_time, name "
    "LIMIT ?";

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

int64_t CountedVolumes(Reader& reader) {
  const std::optional<Row> row = reader.SelectOne("SELECT number FROM newest_volume WHERE id = ?", {1}, "i");
  return row.has_value() ? row->Int(0) : 0;
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

std::vector<std::string> ThingsOf(Reader& reader, const std::string& service_case) {
  std::set<std::string> things;
  for (const BoundKind& kind : KindsOfCase()) {
    for (const Row& row : reader.Select(ThingsSql(kind), {service_case, kMostBound + 1}, "t")) {
      things.insert(row.Text(0));
    }
  }
  Values parents{service_case}, roots{service_case};
  for (const std::string& thing : things) {
    parents.emplace_back(thing);
    if (CollectionOf(thing) == "contacts") roots.emplace_back(thing);
  }
  const auto add = [&](const Row& row) { things.insert(row.Text(0)); };
  SelectByNames(reader, AttachedSql(), {}, parents, "t", add);
  SelectByNames(reader, OwedSql(), {}, roots, "t", add);
  return {things.begin(), things.end()};
}

bool GoesOn(const std::string& resource) {
  const BoundKind* kind = KindOf(resource);
  return kind != nullptr && kind->later == Later::kAnything;
}

bool ChangesAreTold(const std::string& resource) {
  const BoundKind* kind = KindOf(resource);
  return kind != nullptr && (kind->later == Later::kToldChanges || kind->later == Later::kToldRows);
}

bool MayComeTold(const std::string& resource) {
  const BoundKind* kind = KindOf(resource);
  return kind != nullptr && kind->later == Later::kToldRows;
}

std::vector<std::string> EventsBefore(Reader& reader, const std::string& service_case, int64_t case_version) {
  std::vector<int64_t> ids;
  for (const Row& row : reader.Select(kEventsBefore, {service_case, case_version, kMostBound + 1}, "i")) {
    ids.push_back(row.Int(0));
  }
  return EventNames(std::move(ids));
}

std::vector<std::string> EventsOfContacts(Reader& reader, const std::string& service_case) {
  Values contacts;
  for (const Row& row : reader.Select("SELECT name FROM contact WHERE service_case = ? ORDER BY name LIMIT ?",
                                      {service_case, kMostBound}, "t")) {
    contacts.emplace_back(row.Text(0));
  }
  std::vector<int64_t> ids;
  SelectByNames(reader, EventsOfRootsSql(), {}, contacts, "i", [&](const Row& row) { ids.push_back(row.Int(0)); });
  return EventNames(std::move(ids));
}

std::vector<v1::Event> EventsOf(Reader& reader, const std::string& root, int64_t from_version, v1::EventType type) {
  std::vector<v1::Event> events =
      EventsIn(reader.Select(kEventsOf, {root, from_version, Word(type, '-'), kMostBound}, "iit"));
  // A row whose body tells of something else was forged.
  events.erase(std::remove_if(events.begin(), events.end(),
                              [&](const v1::Event& event) { return event.type() != type || event.root() != root; }),
               events.end());
  return events;
}

std::optional<BoundItem> LastToldOf(Reader& reader, const std::string& root, int64_t from_version,
                                    const std::string& resource) {
  const BoundKind* kind = KindOf(resource);
  const auto* snapshot = v1::Event::descriptor()->FindOneofByName("resource");
  const std::vector<v1::Event> events =
      EventsIn(reader.Select(kEventsAbout, {root, from_version, resource, kMostBound}, "iit"));
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    const auto* reflection = event->GetReflection();
    const auto* field = reflection->GetOneofFieldDescriptor(*event, snapshot);
    if (field != nullptr && field->message_type() == kind->type) {
      return ItemOf(*kind, reflection->GetMessage(*event, field));
    }
  }
  return std::nullopt;
}

std::optional<int64_t> EventOutOfOrder(Reader& reader, const std::string& root) {
  int64_t version = 0;
  for (const Row& row : reader.Select(kEventsInPlace, {root, kMostBound}, "ii")) {
    if (row.Int(1) < version) return row.Int(0);
    version = row.Int(1);
  }
  return std::nullopt;
}

std::map<std::string, BoundItem> BoundNow(Reader& reader, const std::vector<std::string>& resources) {
  std::map<const BoundKind*, std::vector<std::string>> by_kind;
  Values ids;
  for (const std::string& resource : resources) {
    int64_t id = 0;
    if (const BoundKind* kind = KindOf(resource); kind != nullptr) {
      by_kind[kind].push_back(resource);
    } else if (absl::StartsWith(resource, kEvents) && absl::SimpleAtoi(absl::StripPrefix(resource, kEvents), &id)) {
      ids.emplace_back(id);
    }
  }
  std::map<std::string, BoundItem> now;
  const auto keep = [&](BoundItem item) { now[item.resource] = item; };
  for (const auto& [kind, names] : by_kind) {
    kind->table->SelectNamed(
        reader, names, [&, &bound = *kind](const google::protobuf::Message& message) { keep(ItemOf(bound, message)); });
  }
  static const auto* sql = new std::string(ByNamesSql(absl::StrCat("SELECT ", kEventColumns, " FROM event WHERE id")));
  SelectByNames(reader, *sql, {}, ids, kEventTypes, [&](const Row& row) { keep(EventItemOf(row)); });
  return now;
}

absl::StatusOr<std::vector<BoundItem>> ItemsToBind(Reader& reader, const v1::Case& service_case, int64_t case_version) {
  std::vector<std::string> resources = ThingsOf(reader, service_case.name());
  for (const std::vector<std::string>& events :
       {EventsBefore(reader, service_case.name(), case_version), EventsOfContacts(reader, service_case.name())}) {
    resources.insert(resources.end(), events.begin(), events.end());
  }
  if (resources.size() >= static_cast<size_t>(kMostBound)) return TooMuch(service_case.name());
  std::map<std::string, BoundItem> now = BoundNow(reader, resources);
  std::vector<BoundItem> items = {ItemOf(CaseKind(), service_case)};
  for (const std::string& resource : resources) {
    const auto item = now.find(resource);
    if (item == now.end()) return InternalError(absl::StrCat(resource, " went away while it was bound"));
    items.push_back(std::move(item->second));
  }
  return items;
}

std::vector<Violation> UnfinishedOf(Reader& reader, const std::string& service_case) {
  std::vector<Violation> unfinished;
  const auto add = [&](const char* kind, const char* sql, const Values& between, const char* text) {
    Values values{service_case};
    values.insert(values.end(), between.begin(), between.end());
    values.emplace_back(kMostMatters);
    for (const Row& row : reader.Select(sql, values, "t")) {
      unfinished.push_back({kind, row.Text(0), absl::StrCat(row.Text(0), " ", text)});
    }
  };
  for (const Matter& matter : Matters()) add(matter.kind, matter.sql, matter.values, matter.text);
  // A visit that nobody set out for is over with the time it was planned for.
  add("visit", kPlannedVisits, {v1::VISIT_STATE_ON_SITE, reader.now()},
      "is planned still: reopen the case and let it take place, or wait until its time is over (ReopenCase)");
  return unfinished;
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
      values.emplace_back(items[i].whole_sha256);
    }
    const std::string places = absl::StrJoin(std::vector<std::string>(end - begin, "(?, ?, ?, ?, ?)"), ", ");
    tx.Execute(absl::StrCat("INSERT INTO archive_item (entry, number, resource, sha256, whole_sha256) VALUES ", places),
               values);
  }
}

std::vector<BoundItem> ItemsOf(Reader& reader, const std::string& entry) {
  std::vector<BoundItem> items;
  for (const Row& row :
       reader.Select("SELECT resource, sha256, whole_sha256 FROM archive_item WHERE entry = ? ORDER BY number LIMIT ?",
                     {entry, kMostBound + 1}, "ttt")) {
    items.push_back({row.Text(0), row.Text(1), row.Text(2)});
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
       "SELECT a.name, a.filename, a.uploaded_by, a.create_time, '' FROM visit JOIN attachment a ON a.parent = "
       "visit.name WHERE visit.service_case = ? ORDER BY a.name LIMIT ?",
       v1::Visit::descriptor()},
      {"attachments", "attachment",
       "SELECT a.name, a.filename, a.uploaded_by, a.create_time, '' FROM shipment o JOIN attachment a ON a.parent = "
       "o.name WHERE o.service_case = ? ORDER BY a.name LIMIT ?"},
      {"visits", "visit",
       "SELECT name, '', engineer, create_time, '' FROM visit WHERE service_case = ? ORDER BY create_time, name LIMIT "
       "?",
       v1::Visit::descriptor()},
      {"shipments", "shipment",
       "SELECT name, tracking_number, sent_by, create_time, '' FROM shipment WHERE service_case = ? ORDER BY "
       "create_time, name LIMIT ?"},
      // What was paid for is for those who read costs, what a customer said of somebody for those who read feedback.
      {"costs", "cost",
       "SELECT name, '', submitted_by, create_time, '' FROM cost WHERE service_case = ? ORDER BY create_time, name "
       "LIMIT ?"},
      {"feedbacks", "feedback",
       "SELECT name, '', recorded_by, create_time, '' FROM feedback WHERE service_case = ? ORDER BY feedback_time, "
       "name LIMIT ?",
       v1::Feedback::descriptor()},
      {"actions", "corrective action",
       "SELECT name, SUBSTR(text, 1, 200), set_by, create_time, '' FROM corrective_action WHERE service_case = ? ORDER "
       "BY due_time, name LIMIT ?"},
  };
  return *kinds;
}

std::vector<v1::FileItem> ItemsOfKind(Reader& reader, const FileKind& kind, const std::string& service_case, int most) {
  std::vector<v1::FileItem> items;
  std::string sql = kind.sql;
  Values values{service_case};
  if (kind.seen != nullptr) sql.insert(sql.find(" ORDER BY"), AndAlso(SeenRows(reader, *kind.seen), &values));
  values.emplace_back(most);
  for (const Row& row : reader.Select(sql, values, "tttit")) {
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
  for (const BoundKind& kind : KindsOfCase()) statements.push_back(ThingsSql(kind));
  statements.emplace_back(kEventsInPlace);
  return statements;
}

std::vector<std::string> FileStatementsByNames() { return {AttachedSql(), OwedSql(), EventsOfRootsSql()}; }

}  // namespace aftersales
