#include "server/archive/archive_rules.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "server/base/clock.h"
#include "server/base/sha256.h"
#include "server/base/transitions.h"
#include "server/policy/rules.h"

namespace aftersales {
namespace {

using google::protobuf::FieldDescriptor;

std::string Truth(bool holds) { return holds ? "true" : "false"; }

// The first kind of document that meets the rule; empty where none does.
std::string DocumentOf(const policy::ObligationRule& rule) {
  for (const policy::Meeting& way : rule.met_by) {
    for (const policy::MeetingEvent& part : way) {
      for (const policy::FactSet& where : part.where) {
        const auto document = where.find("document");
        if (document != where.end() && !document->second.empty()) return document->second.front();
      }
    }
  }
  return "";
}

v1::RequirementState StateOf(const v1::Obligation& owed) {
  switch (owed.state()) {
    case v1::OBLIGATION_STATE_MET: return v1::REQUIREMENT_STATE_PRESENT;
    case v1::OBLIGATION_STATE_LATE_MET: return v1::REQUIREMENT_STATE_LATE;
    case v1::OBLIGATION_STATE_WAIVED: return v1::REQUIREMENT_STATE_WAIVED;
    default: return v1::REQUIREMENT_STATE_MISSING;
  }
}

v1::FileRequirement RequirementOf(const policy::ObligationRule& rule) {
  v1::FileRequirement requirement;
  requirement.set_state(v1::REQUIREMENT_STATE_MISSING);
  requirement.set_kind(rule.kind);
  requirement.set_title(rule.title);
  requirement.mutable_clauses()->Assign(rule.clauses.begin(), rule.clauses.end());
  requirement.set_document_kind(DocumentOf(rule));
  return requirement;
}

v1::FileRequirement RequirementOf(const policy::ObligationRule& rule, const v1::Obligation& owed) {
  v1::FileRequirement requirement = RequirementOf(rule);
  requirement.set_state(StateOf(owed));
  requirement.set_obligation(owed.name());
  if (owed.has_due_time()) *requirement.mutable_due_time() = owed.due_time();
  if (requirement.state() == v1::REQUIREMENT_STATE_MISSING) return requirement;
  if (requirement.state() == v1::REQUIREMENT_STATE_WAIVED) {
    requirement.set_note(owed.close_note());
    return requirement;
  }
  requirement.set_resource(owed.met_by());
  *requirement.mutable_met_time() = owed.close_time();
  return requirement;
}

// What a file must hold: a document, or whatever the archive asks for.
bool IsOfFile(const policy::ObligationRule& rule) {
  const auto& steps = rule.required_for;
  return std::find(steps.begin(), steps.end(), policy::kArchiveCase) != steps.end() || !DocumentOf(rule).empty();
}

std::string TextOf(const google::protobuf::Message& message, const FieldDescriptor* field, int index) {
  const auto* reflection = message.GetReflection();
  const bool many = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return many ? reflection->GetRepeatedString(message, field, index) : reflection->GetString(message, field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return Truth(many ? reflection->GetRepeatedBool(message, field, index) : reflection->GetBool(message, field));
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat(many ? reflection->GetRepeatedEnumValue(message, field, index)
                               : reflection->GetEnumValue(message, field));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(many ? reflection->GetRepeatedInt32(message, field, index)
                               : reflection->GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(many ? reflection->GetRepeatedInt64(message, field, index)
                               : reflection->GetInt64(message, field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return CanonicalText(FieldsOf(
          many ? reflection->GetRepeatedMessage(message, field, index) : reflection->GetMessage(message, field), {}));
    default:
      // A test sees to it that no resource has other kinds.
      return "";
  }
}

template <typename Wanted>
HashedFields FieldsWhere(const google::protobuf::Message& message, const Wanted& wanted) {
  std::vector<const FieldDescriptor*> set;
  message.GetReflection()->ListFields(message, &set);
  HashedFields fields;
  for (const FieldDescriptor* field : set) {
    if (!wanted(field->name())) continue;
    const auto begin = fields.size();
    const int count = field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) fields.emplace_back(field->name(), TextOf(message, field, i));
    // A map has no order of its own.
    if (field->is_map()) std::sort(fields.begin() + static_cast<std::ptrdiff_t>(begin), fields.end());
  }
  return fields;
}

bool Any(const std::vector<v1::FileRequirement>& requirements, v1::RequirementState state) {
  return std::any_of(requirements.begin(), requirements.end(),
                     [&](const v1::FileRequirement& requirement) { return requirement.state() == state; });
}

}  // namespace

std::string Participle(VolumeStep step) { return step == VolumeStep::kAdd ? "given another case" : "sealed"; }

absl::Status TakeStep(VolumeStep step, v1::Volume& volume) { return TakeStepOf(kVolumeTransitions, step, volume); }

std::vector<v1::FileRequirement> RequirementsOf(const policy::Pack& pack, const policy::Facts& facts,
                                                const std::vector<v1::Obligation>& known) {
  std::vector<v1::FileRequirement> requirements;
  for (const policy::ObligationRule& rule : pack.obligations) {
    if (!IsOfFile(rule)) continue;
    // The newest about each subject: one that was met before and is owed anew is missing again.
    std::vector<const v1::Obligation*> newest;
    for (const v1::Obligation& owed : known) {
      if (owed.kind() != rule.kind || owed.state() == v1::OBLIGATION_STATE_CANCELLED) continue;
      const auto same = std::find_if(newest.begin(), newest.end(),
                                     [&](const v1::Obligation* one) { return one->subject() == owed.subject(); });
      if (same == newest.end()) {
        newest.push_back(&owed);
      } else {
        *same = &owed;
      }
    }
    for (const v1::Obligation* owed : newest) requirements.push_back(RequirementOf(rule, *owed));
    if (newest.empty() && (policy::IsRequired(rule, policy::kCloseCase, facts) ||
                           policy::IsRequired(rule, policy::kArchiveCase, facts))) {
      requirements.push_back(RequirementOf(rule));
    }
  }
  return requirements;
}

bool IsComplete(const std::vector<v1::FileRequirement>& requirements) {
  return !Any(requirements, v1::REQUIREMENT_STATE_MISSING);
}

bool IsWhole(const std::vector<v1::FileRequirement>& requirements) {
  return IsComplete(requirements) && !Any(requirements, v1::REQUIREMENT_STATE_WAIVED);
}

bool IsTimely(const policy::Pack& pack, const std::vector<v1::Obligation>& known, absl::Time now) {
  std::set<std::string> kinds;
  for (const policy::ObligationRule& rule : pack.obligations) {
    if (IsOfFile(rule)) kinds.insert(rule.kind);
  }
  return std::none_of(known.begin(), known.end(), [&](const v1::Obligation& owed) {
    if (kinds.count(owed.kind()) == 0) return false;
    return owed.state() == v1::OBLIGATION_STATE_LATE_MET ||
           (owed.state() == v1::OBLIGATION_STATE_OPEN && owed.has_due_time() && FromProto(owed.due_time()) <= now);
  });
}

std::string SectionOfDocument(const policy::Pack& pack, const std::string& kind) {
  for (const policy::FileSection& section : pack.file_sections) {
    const auto& kinds = section.documents;
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) return section.name;
  }
  return "";
}

std::string SectionOf(const policy::Pack& pack, const std::string& holds) {
  for (const policy::FileSection& section : pack.file_sections) {
    if (std::find(section.holds.begin(), section.holds.end(), holds) != section.holds.end()) return section.name;
  }
  return "";
}

std::string CanonicalText(const HashedFields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) absl::StrAppend(&text, name, "=", value.size(), ":", value, "\n");
  return text;
}

std::string HashOf(const HashedFields& fields) {
  Sha256Stream digest;
  digest.Add(CanonicalText(fields));
  return digest.Hex();
}

std::string NoHash() { return std::string(64, '0'); }

HashedFields FieldsOf(const google::protobuf::Message& message, const std::set<std::string>& left_out) {
  return FieldsWhere(message, [&](const std::string& name) { return left_out.count(name) == 0; });
}

HashedFields OnlyFieldsOf(const google::protobuf::Message& message, const std::set<std::string>& fields) {
  return FieldsWhere(message, [&](const std::string& name) { return fields.count(name) != 0; });
}

std::string ContentHash(const v1::ArchiveEntry& entry, const std::vector<BoundItem>& items) {
  // The hashes are made of this; the rest the database sets as it likes.
  HashedFields fields =
      FieldsOf(entry, {"etag", "content_hash", "previous_hash", "hash", "create_time", "update_time"});
  for (const BoundItem& item : items) {
    fields.emplace_back(item.resource, CanonicalText({{"sha256", item.sha256}, {"whole_sha256", item.whole_sha256}}));
  }
  return HashOf(fields);
}

std::string ChainHash(const std::string& previous_hash, const std::string& content_hash) {
  Sha256Stream digest;
  digest.Add(previous_hash);
  digest.Add(content_hash);
  return digest.Hex();
}

std::string SealHash(const v1::Volume& volume) {
  return HashOf(FieldsOf(volume, {"etag", "seal_hash", "update_time"}));
}

HashedFields OpenedFields(const v1::Volume& volume) {
  return OnlyFieldsOf(volume, {"name", "title", "number", "first_hash", "opened_by"});
}

std::string GoneText(const std::string& collection, int64_t first, int64_t last) {
  if (first == last) return absl::StrCat(collection, "/", first, " is gone");
  return absl::StrCat(collection, "/", first, " to ", collection, "/", last, " are gone");
}

}  // namespace aftersales
