#include "server/directory/entry.h"

#include "absl/strings/numbers.h"
#include "aftersales/options/v1/options.pb.h"
#include "aftersales/v1/event.pb.h"
#include "server/base/error.h"
#include "server/directory/customer_search.h"
#include "server/obligations/obligations.h"

namespace aftersales {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

template <typename Entry>
EntryKind MakeKind() {
  const auto* type = Entry::descriptor();
  const auto& resource = type->options().GetExtension(options::v1::resource);
  EntryKind kind{&Entry::default_instance(), &TableOf<Entry>().core(), resource.table(), resource.collection(), {}, {}};
  for (const char* unique : {"external_id", "serial_number", "principal"}) {
    if (type->FindFieldByName(unique) != nullptr) kind.unique.push_back(unique);
  }
  for (int i = 0; i < type->field_count(); ++i) {
    const auto& rule = type->field(i)->options().GetExtension(options::v1::field);
    // Principals are no entries of the directory.
    if (rule.reference_size() != 1 || rule.reference(0) == "principals") continue;
    kind.references.push_back({type->field(i), rule.reference(0)});
  }
  return kind;
}

// Names the resource field of an event that holds this type.
const FieldDescriptor* PlaceInEvent(const Message& entry) {
  const auto* resource = v1::Event::descriptor()->FindOneofByName("resource");
  for (int i = 0; i < resource->field_count(); ++i) {
    if (resource->field(i)->message_type() == entry.GetDescriptor()) return resource->field(i);
  }
  return nullptr;
}

}  // namespace

std::string EntryKind::Text(const Message& entry, const std::string& field) const {
  const auto* descriptor = entry.GetDescriptor()->FindFieldByName(field);
  return descriptor == nullptr ? "" : entry.GetReflection()->GetString(entry, descriptor);
}

const std::vector<EntryKind>& EntryKinds() {
  static const auto& kinds = *new std::vector<EntryKind>{
      MakeKind<v1::Customer>(), MakeKind<v1::Product>(),     MakeKind<v1::Department>(), MakeKind<v1::Site>(),
      MakeKind<v1::Contract>(), MakeKind<v1::StaffMember>(), MakeKind<v1::Equipment>()};
  return kinds;
}

const EntryKind& KindOf(const Message& entry) {
  for (const EntryKind& kind : EntryKinds()) {
    if (kind.prototype->GetDescriptor() == entry.GetDescriptor()) return kind;
  }
  return EntryKinds().front();  // not reached: every type that is passed here has a kind
}

v1::Event ChangeEvent(const Message& entry) {
  const EntryKind& kind = KindOf(entry);
  v1::Event event;
  event.set_type(v1::EVENT_TYPE_DIRECTORY_CHANGED);
  // An entry of the directory is its own root.
  event.set_root(kind.Text(entry, "name"));
  event.set_subject(event.root());
  int64_t version = 1;
  if (absl::SimpleAtoi(kind.Text(entry, "etag"), &version)) event.set_root_version(version);
  event.GetReflection()->MutableMessage(&event, PlaceInEvent(entry))->CopyFrom(entry);
  return event;
}

void RecordChange(Tx& tx, const Message& entry) {
  if (const auto* customer = dynamic_cast<const v1::Customer*>(&entry)) KeepSearchTerms(tx, *customer);
  Obligations::RecordPlain(tx, ChangeEvent(entry));
}

absl::Status TakenError(const std::string& field, const std::string& key, const std::string& holder) {
  return Error(absl::StatusCode::kAlreadyExists, v1::ERROR_REASON_RESOURCE_EXISTS,
               absl::StrCat(field, ": \"", key, "\" belongs to ", holder, " already. Use that one, or another value."))
      .With("resource", holder)
      .Field(field, absl::StrCat("\"", key, "\" belongs to ", holder, " already; use that one, or another value"));
}

absl::Status ExplainTaken(absl::Status status, Reader& reader, const Message& entry) {
  if (!absl::IsAlreadyExists(status)) return status;
  const EntryKind& kind = KindOf(entry);
  for (const std::string& unique : kind.unique) {
    const std::string key = kind.Text(entry, unique);
    if (key.empty()) continue;
    const auto row =
        reader.SelectOne(absl::StrCat("SELECT name FROM ", kind.table->table(), " WHERE ", unique, " = ?"), {key}, "t");
    if (row.has_value() && row->Text(0) != kind.Text(entry, "name")) {
      return TakenError(absl::StrCat(kind.word, ".", unique), key, row->Text(0));
    }
  }
  return status;
}

}  // namespace aftersales
