#include "server/directory/import_rows.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/rpc/error_details.pb.h"
#include "server/base/error.h"
#include "server/directory/directory_rules.h"
#include "server/rpc/validate.h"

namespace aftersales {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;

constexpr char kExternal[] = "ext:";

// The field rules of rows, worked out once.
class RowRules {
 public:
  RowRules()
      : row_(validation_.PlanFor(v1::DirectoryRow::descriptor())),
        external_id_(validation_.PlanFor(v1::CustomerFilter::descriptor())) {}

  absl::Status Check(const v1::DirectoryRow& row) const {
    if (!row_.ok()) return row_.status();
    std::vector<FieldMistake> mistakes = rpc::FindMistakes(**row_, row);
    return mistakes.empty() ? absl::OkStatus() : rpc::MistakesError(std::move(mistakes));
  }

  // External ids are looked for as they are found by filters.
  absl::Status CheckExternalId(const std::string& field, const std::string& external_id) const {
    if (!external_id_.ok()) return external_id_.status();
    if (external_id.empty())
      return FieldError(field, "\"ext:\" is followed by no external id; name one, as in ext:K-100");
    v1::CustomerFilter filter;
    filter.set_external_id(external_id);
    const std::vector<FieldMistake> mistakes = rpc::FindMistakes(**external_id_, filter);
    return mistakes.empty() ? absl::OkStatus() : FieldError(field, "the external id " + mistakes[0].text);
  }

 private:
  rpc::Validation validation_;
  absl::StatusOr<const rpc::MessagePlan*> row_;
  absl::StatusOr<const rpc::MessagePlan*> external_id_;
};

const RowRules& Rules() {
  static const auto& rules = *new RowRules;
  return rules;
}

Message* MutableEntryIn(v1::DirectoryRow& row) {
  const auto* field = row.GetReflection()->GetOneofFieldDescriptor(row, row.GetDescriptor()->FindOneofByName("entry"));
  return row.GetReflection()->MutableMessage(&row, field);
}

// The field rules, with a name that is well formed in the place of each external reference.
absl::Status CheckFields(const v1::DirectoryRow& row, const EntryKind& kind, const Message& entry) {
  v1::DirectoryRow stand_in;
  Message* changed = nullptr;
  for (const EntryReference& reference : kind.references) {
    std::string external_id;
    if (!ReadExternalReference(kind.Text(entry, reference.field->name()), &external_id)) continue;
    RETURN_IF_ERROR(Rules().CheckExternalId(absl::StrCat(kind.word, ".", reference.field->name()), external_id));
    if (changed == nullptr) {
      stand_in = row;
      changed = MutableEntryIn(stand_in);
    }
    changed->GetReflection()->SetString(changed, reference.field, reference.collection + "/0");
  }
  return Rules().Check(changed == nullptr ? row : stand_in);
}

}  // namespace

const Message* EntryIn(const v1::DirectoryRow& row) {
  const auto* reflection = row.GetReflection();
  const auto* field = reflection->GetOneofFieldDescriptor(row, row.GetDescriptor()->FindOneofByName("entry"));
  return field == nullptr ? nullptr : &reflection->GetMessage(row, field);
}

std::string ExternalIdIn(const v1::DirectoryRow& row) {
  const Message* entry = EntryIn(row);
  return entry == nullptr ? "" : KindOf(*entry).Text(*entry, "external_id");
}

std::string KeyField(const EntryKind& kind, const Message& entry) {
  const bool by_serial_number = kind.Text(entry, "external_id").empty() && !kind.Text(entry, "serial_number").empty();
  return by_serial_number ? "serial_number" : "external_id";
}

bool ReadExternalReference(const std::string& text, std::string* external_id) {
  if (text.rfind(kExternal, 0) != 0) return false;
  *external_id = text.substr(sizeof(kExternal) - 1);
  return true;
}

absl::Status CheckRow(const v1::DirectoryRow& row) {
  const Message* entry = EntryIn(row);
  if (entry == nullptr) {
    std::string kinds;
    for (const EntryKind& kind : EntryKinds()) absl::StrAppend(&kinds, kinds.empty() ? "" : ", ", kind.word);
    return FieldError("entry", absl::StrCat("is required: a row holds one of ", kinds));
  }
  const EntryKind& kind = KindOf(*entry);
  RETURN_IF_ERROR(CheckFields(row, kind, *entry));
  if (kind.Text(*entry, KeyField(kind, *entry)).empty()) {
    return FieldError(kind.word + ".external_id", "is required in an import, which finds the entry again by it");
  }
  return CheckEntry(*entry);
}

void FillFailure(const absl::Status& mistake, v1::RowReport& report) {
  report.set_result(v1::ROW_RESULT_FAILED);
  report.clear_name();
  report.set_reason(ReasonOf(mistake));
  report.set_error(std::string(mistake.message()));
  const google::rpc::Status wire = ToRpcStatus(mistake);
  for (const auto& detail : wire.details()) {
    google::rpc::BadRequest fields;
    if (!detail.UnpackTo(&fields) || fields.field_violations().empty()) continue;
    report.set_field(fields.field_violations(0).field());
    // With several, the message names them all.
    if (fields.field_violations_size() == 1) report.set_error(fields.field_violations(0).description());
  }
}

void MakeComparable(Message& entry) {
  entry.DiscardUnknownFields();
  const auto* reflection = entry.GetReflection();
  std::vector<const FieldDescriptor*> set;
  reflection->ListFields(entry, &set);
  for (const FieldDescriptor* field : set) {
    if (field->is_repeated() || field->message_type() != Timestamp::descriptor()) continue;
    auto* time = static_cast<Timestamp*>(reflection->MutableMessage(&entry, field));
    time->set_nanos(time->nanos() / 1000 * 1000);
  }
}

}  // namespace aftersales
