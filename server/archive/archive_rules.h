// Pure decisions of the archive: what a file must hold, and the hashes that show every later change of what was bound.
//
// A volume is a chain: each entry's hash is made of the hash before it and of what the entry binds; a volume starts
// with the seal of the one before. Hashes are SHA-256 in hexadecimal. What is hashed is text: a line
// "name=length:value" for each field, in the order given, so that no two contents have the same text.
#ifndef AFTERSALES_SERVER_ARCHIVE_ARCHIVE_RULES_H_
#define AFTERSALES_SERVER_ARCHIVE_ARCHIVE_RULES_H_

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "aftersales/v1/archive.pb.h"
#include "aftersales/v1/policy.pb.h"
#include "google/protobuf/message.h"
#include "server/policy/pack.h"

namespace aftersales {

enum class VolumeStep { kAdd, kSeal };

inline constexpr VolumeStep kVolumeSteps[] = {VolumeStep::kAdd, VolumeStep::kSeal};

struct VolumeTransition {
  v1::VolumeState from;
  VolumeStep step;
  v1::VolumeState to;
};

// Every step that is possible; all others are refused.
inline constexpr VolumeTransition kVolumeTransitions[] = {
    {v1::VOLUME_STATE_OPEN, VolumeStep::kAdd, v1::VOLUME_STATE_OPEN},
    {v1::VOLUME_STATE_OPEN, VolumeStep::kSeal, v1::VOLUME_STATE_SEALED},
};

// Takes the step: sets the state, or says in which states it is possible.
absl::Status TakeStep(VolumeStep step, v1::Volume& volume);
// What a volume cannot be when the step is refused: "sealed".
std::string Participle(VolumeStep step);

// --- What a file must hold
// -----------------------------------------------------------------------------------------------

// Every duty of the pack that a document meets, or that the archive asks for: those that came up, and those that the
// facts call for and that have not. `known` are the case's obligations in every state, oldest first. In the order of
// the pack.
std::vector<v1::FileRequirement> RequirementsOf(const policy::Pack& pack, const policy::Facts& facts,
                                                const std::vector<v1::Obligation>& known);
// Nothing is missing.
bool IsComplete(const std::vector<v1::FileRequirement>& requirements);
// Nothing was waived either.
bool IsWhole(const std::vector<v1::FileRequirement>& requirements);
// Nothing of what RequirementsOf looks at came late, now or before the case was reopened, and nothing that is open is
// late.
bool IsTimely(const policy::Pack& pack, const std::vector<v1::Obligation>& known, absl::Time now);

// The section of the file that documents of a kind belong to, or what else it holds ("contacts"); empty for none.
std::string SectionOfDocument(const policy::Pack& pack, const std::string& kind);
std::string SectionOf(const policy::Pack& pack, const std::string& holds);

// --- Hashes
// --------------------------------------------------------------------------------------------------------------

using HashedFields = std::vector<std::pair<std::string, std::string>>;

std::string CanonicalText(const HashedFields& fields);
std::string HashOf(const HashedFields& fields);

// The fields of a message that are set, in the order of their numbers, by name: what a later version of the program
// adds changes no hash until it is set, and is bound by itself from then on. A message in it is its text.
HashedFields FieldsOf(const google::protobuf::Message& message, const std::set<std::string>& left_out);
// Of these fields only.
HashedFields OnlyFieldsOf(const google::protobuf::Message& message, const std::set<std::string>& fields);

// Something that is bound with an entry: the hash of what never changes in it, even when the case is reopened, and that
// of all that it says while the case stays archived (empty where it may go on changing, or never changes at all).
struct BoundItem {
  std::string resource;
  std::string sha256;
  std::string whole_sha256;
};

// More things than the file of one case has, its events among them.
inline constexpr int kMostBound = 50000;

// Before the first volume.
std::string NoHash();
std::string ContentHash(const v1::ArchiveEntry& entry, const std::vector<BoundItem>& items);
std::string ChainHash(const std::string& previous_hash, const std::string& content_hash);
// Of all that a sealed volume says, who sealed it and when among it.
std::string SealHash(const v1::Volume& volume);
// What a volume is from its opening on.
HashedFields OpenedFields(const v1::Volume& volume);

// --- Names
// ---------------------------------------------------------------------------------------------------------------

// "volumes/1/entries/3 is gone", or "... to volumes/1/entries/9 are gone": one text, however many are missing.
std::string GoneText(const std::string& collection, int64_t first, int64_t last);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ARCHIVE_ARCHIVE_RULES_H_
