#include "server/archive/case_file.h"

#include <algorithm>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "server/archive/archive_rules.h"
#include "server/archive/archive_store.h"
#include "server/base/clock.h"
#include "server/cases/case_root.h"
#include "server/obligations/obligation_store.h"

namespace aftersales {
namespace {

// Shown in one answer; counted up to so many of each kind.
constexpr size_t kMostShown = 2000;
constexpr int kMostCounted = 10000;

}  // namespace

absl::StatusOr<FileJudgement> JudgeFile(Reader& reader, Obligations& obligations, const v1::Case& service_case) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack,
                   obligations.Version(reader, service_case.policy_version()));
  const std::vector<v1::Obligation> known = ObligationsOf(reader, service_case.name(), /*open_only=*/false);
  return FileJudgement{RequirementsOf(*pack, RootOf(service_case).facts, known), IsTimely(*pack, known, reader.now())};
}

absl::StatusOr<v1::CaseFile> ReadCaseFile(Reader& reader, Obligations& obligations, const v1::Case& service_case) {
  v1::CaseFile file;
  file.set_service_case(service_case.name());
  file.set_state(service_case.state());
  ASSIGN_OR_RETURN(const FileJudgement judged, JudgeFile(reader, obligations, service_case));
  file.set_complete(IsComplete(judged.requirements));
  file.set_timely(judged.timely);
  file.mutable_requirements()->Assign(judged.requirements.begin(), judged.requirements.end());
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack,
                   obligations.Version(reader, service_case.policy_version()));
  std::vector<v1::FileItem> items;
  for (const FileKind& kind : FileKinds()) {
    for (v1::FileItem& item : ItemsOfKind(reader, kind, service_case.name(), kMostCounted)) {
      item.set_section(kind.holds == nullptr ? SectionOfDocument(*pack, item.kind()) : SectionOf(*pack, kind.holds));
      items.push_back(std::move(item));
    }
  }
  // What belongs to no section comes last.
  std::sort(items.begin(), items.end(), [](const v1::FileItem& a, const v1::FileItem& b) {
    const auto key = [](const v1::FileItem& item) {
      return std::make_tuple(item.section().empty(), item.section(), ToMicros(FromProto(item.time())), item.resource());
    };
    return key(a) < key(b);
  });
  file.set_item_count(static_cast<int>(items.size()));
  if (items.size() > kMostShown) items.resize(kMostShown);
  file.mutable_items()->Assign(items.begin(), items.end());
  for (std::string& entry : EntriesOfCase(reader, service_case.name())) file.add_archive_entries(std::move(entry));
  return file;
}

}  // namespace aftersales
