#include "server/archive/archive_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/sha256.h"
#include "server/base/transitions.h"
#include "server/policy/rules.h"

namespace aftersales {
namespace {

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
    const auto& steps = rule.required_for;
    const bool archive = std::find(steps.begin(), steps.end(), policy::kArchiveCase) != steps.end();
    if (!archive && DocumentOf(rule).empty()) continue;
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

bool IsTimely(const std::vector<v1::FileRequirement>& requirements, absl::Time now) {
  return std::none_of(requirements.begin(), requirements.end(), [&](const v1::FileRequirement& requirement) {
    return requirement.state() == v1::REQUIREMENT_STATE_LATE ||
           (requirement.state() == v1::REQUIREMENT_STATE_MISSING && requirement.has_due_time() &&
            FromProto(requirement.due_time()) <= now);
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

std::string ContentHash(const v1::ArchiveEntry& entry, const std::vector<BoundItem>& items) {
  const auto truth = [](bool holds) { return std::string(holds ? "true" : "false"); };
  HashedFields fields = {{"volume", entry.volume()},
                         {"number", absl::StrCat(entry.number())},
                         {"service_case", entry.service_case()},
                         {"supplement", truth(entry.supplement())},
                         {"complete", truth(entry.complete())},
                         {"timely", truth(entry.timely())},
                         {"case_version", absl::StrCat(entry.case_version())},
                         {"archived_by", entry.archived_by()},
                         {"archive_time", absl::StrCat(ToMicros(FromProto(entry.archive_time())))},
                         {"items", absl::StrCat(entry.items())}};
  for (const BoundItem& item : items) fields.emplace_back(item.resource, item.sha256);
  return HashOf(fields);
}

std::string ChainHash(const std::string& previous_hash, const std::string& content_hash) {
  Sha256Stream digest;
  digest.Add(previous_hash);
  digest.Add(content_hash);
  return digest.Hex();
}

std::string SealHash(const v1::Volume& volume) {
  return HashOf({{"volume", volume.name()},
                 {"number", absl::StrCat(volume.number())},
                 {"title", volume.title()},
                 {"entries", absl::StrCat(volume.entries())},
                 {"last_hash", volume.last_hash()}});
}

}  // namespace aftersales
