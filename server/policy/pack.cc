#include "server/policy/pack.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aftersales/v1/archive.pb.h"
#include "aftersales/v1/attachment.pb.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/dispatch.pb.h"
#include "aftersales/v1/feedback.pb.h"
#include "aftersales/v1/improvement.pb.h"
#include "aftersales/v1/parts.pb.h"
#include "aftersales/v1/report.pb.h"
#include "aftersales/v1/settlement.pb.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/text_format.h"
#include "server/base/names.h"
#include "server/base/text.h"
#include "server/policy/pack_text.h"

namespace aftersales::policy {
namespace {

namespace pb = google::protobuf;
using pb::TextFormat;

constexpr size_t kMostRules = 2000;
constexpr int kMostWords = 300;  // classes, types, outcomes, region tiers: of each
constexpr int kMostCalendars = 20;

// A list of words that the pack brings; `fact` is what rules ask for them by.
template <typename Proto>
std::vector<Named> ReadNamed(const Place& place, const char* field, const char* fact,
                             const pb::RepeatedPtrField<Proto>& items, bool words_only, Vocabulary* words) {
  std::vector<Named> read;
  if (items.size() > kMostWords) place.Wrong(field, absl::StrCat("a pack has at most ", kMostWords, " of these"));
  for (int i = 0; i < items.size() && i < kMostWords && !place.full(); ++i) {
    const Place at = place.In(field, items[i], i);
    if (words_only) CheckWord(at, "name", items[i].name(), "complaint");
    if (items[i].name().empty() || items[i].name().size() > 50) at.Wrong("name", "must have 1 to 50 bytes");
    if (!(*words)[fact].insert(items[i].name()).second) at.Wrong("name", "stands in the pack already");
    read.push_back({items[i].name(), items[i].title(), ReadClauses(at, items[i].clauses())});
  }
  return read;
}

std::vector<RegionTier> ReadTiers(const Place& place, const pack::v1::Pack& pack, Vocabulary* words) {
  std::vector<RegionTier> read;
  std::set<std::string> regions;
  bool rest = false;
  (*words)["tier"];
  if (pack.region_tier_size() > kMostWords) {
    place.Wrong("region_tier", absl::StrCat("a pack has at most ", kMostWords, " of these"));
  }
  for (int i = 0; i < pack.region_tier_size() && i < kMostWords && !place.full(); ++i) {
    const pack::v1::RegionTier& tier = pack.region_tier(i);
    const Place at = place.In("region_tier", tier, i);
    CheckWord(at, "name", tier.name(), "near");
    if (!(*words)["tier"].insert(tier.name()).second) at.Wrong("name", "stands in the pack already");
    if (tier.regions().empty() && rest)
      at.Wrong("regions", "another tier takes the regions that no tier names already");
    rest = rest || tier.regions().empty();
    for (int r = 0; r < tier.regions_size(); ++r) {
      if (!regions.insert(tier.regions(r)).second) at.Wrong("regions", "belongs to a tier already", r);
    }
    read.push_back(
        {tier.name(), tier.title(), {tier.regions().begin(), tier.regions().end()}, ReadClauses(at, tier.clauses())});
  }
  return read;
}

size_t RuleCount(const Pack& pack) {
  return pack.obligations.size() + pack.only.size() + pack.coverage.size() + pack.remedies.size() +
         pack.cost_rules.size() + pack.file_sections.size();
}

Pack ReadPack(Mistakes& mistakes, const pack::v1::Pack& proto, const TextFormat::ParseInfoTree* tree) {
  const Place place(mistakes, proto, tree, "");
  Pack read;
  CheckWord(place, "name", proto.name(), "hongxing");
  read.name = proto.name();
  read.title = proto.title();
  if (proto.title().empty() || proto.title().size() > 200) place.Wrong("title", "must have 1 to 200 bytes");
  absl::CivilDay effective;
  if (!ParseDate(proto.effective_from(), &effective))
    place.Wrong("effective_from", "must be a day, such as \"2011-03-25\"");
  LoadZone(place, proto.time_zone(), &read.time_zone);
  read.owner = ReadRole(place, "owner", proto.owner());
  if (!proto.issued_by().empty()) read.issued_by = ReadRole(place, "issued_by", proto.issued_by());
  if (read.issued_by == v1::ROLE_CUSTOMER) place.Wrong("issued_by", "nobody can sign in as the customer");
  Vocabulary words;
  words["classification"];
  words["outcome"];
  words["calendar"];
  read.classes = ReadNamed(place, "class", "classification", proto.class_(), /*words_only=*/false, &words);
  read.types = ReadNamed(place, "type", "type", proto.type(), /*words_only=*/true, &words);
  read.outcomes = ReadNamed(place, "outcome", "outcome", proto.outcome(), /*words_only=*/true, &words);
  // Like the types of cases, those of conduct may be any where the pack lists none.
  if (proto.conduct_size() > 0) {
    read.conducts = ReadNamed(place, "conduct", "conduct", proto.conduct(), /*words_only=*/true, &words);
  }
  read.tiers = ReadTiers(place, proto, &words);
  if (proto.calendar_size() > kMostCalendars) {
    place.Wrong("calendar", absl::StrCat("a pack has at most ", kMostCalendars, " calendars"));
  }
  for (int i = 0; i < proto.calendar_size() && i < kMostCalendars; ++i) {
    const Place at = place.In("calendar", proto.calendar(i), i);
    if (!words["calendar"].insert(proto.calendar(i).name()).second) at.Wrong("name", "stands in the pack already");
    read.calendars[proto.calendar(i).name()] = ReadCalendar(at, proto.calendar(i), read.time_zone);
  }
  std::set<std::string> kinds;
  for (int i = 0; i < proto.obligation_size() && !mistakes.full(); ++i) {
    const Place at = place.In("obligation", proto.obligation(i), i);
    read.obligations.push_back(ReadObligation(at, proto.obligation(i), words));
    if (!kinds.insert(proto.obligation(i).kind()).second) at.Wrong("kind", "stands for another obligation already");
  }
  for (int i = 0; i < proto.only_size() && !mistakes.full(); ++i) {
    read.only.push_back(ReadOnly(place.In("only", proto.only(i), i), proto.only(i)));
  }
  read.coverage = ReadCoverage(place, proto, words);
  read.remedies = ReadRemedies(place, proto, words);
  read.cost_rules = ReadCostRules(place, proto, words);
  read.file_sections = ReadFileSections(place, proto);
  if (RuleCount(read) > kMostRules) {
    place.Wrong("obligation", absl::StrCat("a pack has at most ", kMostRules, " rules"));
  }
  return read;
}

}  // namespace

std::set<std::string> DocumentKinds(const Pack& pack) {
  std::set<std::string> kinds;
  const auto add = [&](const std::vector<FactSet>& where) {
    for (const FactSet& set : where) {
      if (const auto document = set.find("document"); document != set.end()) {
        kinds.insert(document->second.begin(), document->second.end());
      }
    }
  };
  for (const ObligationRule& rule : pack.obligations) {
    add(rule.where);
    for (const Limit& limit : rule.within) add(limit.where);
    for (const Meeting& meeting : rule.met_by) {
      for (const MeetingEvent& part : meeting) add(part.where);
    }
  }
  for (const FileSection& section : pack.file_sections) {
    kinds.insert(section.documents.begin(), section.documents.end());
  }
  return kinds;
}

const std::vector<std::string>& Steps() {
  // These keep directories and stock: nothing is owed for them, so no pack can hold them up.
  static const std::set<std::string> kOfNoCase = {"create-engineer", "update-engineer", "create-part",
                                                  "create-warehouse", "receive-stock"};
  static const auto* steps = [] {
    auto* all = new std::vector<std::string>;
    for (const pb::FileDescriptor* file :
         {v1::Case::descriptor()->file(), v1::Visit::descriptor()->file(), v1::Part::descriptor()->file(),
          v1::Attachment::descriptor()->file(), v1::Cost::descriptor()->file(),
          v1::CorrectiveAction::descriptor()->file(), v1::Feedback::descriptor()->file(),
          v1::Volume::descriptor()->file(), v1::ManagementReport::descriptor()->file()}) {
      for (int s = 0; s < file->service_count(); ++s) {
        for (int m = 0; m < file->service(s)->method_count(); ++m) {
          const pb::MethodDescriptor* method = file->service(s)->method(m);
          const std::string step = StepName(method->name());
          if (method->options().idempotency_level() != pb::MethodOptions::NO_SIDE_EFFECTS && !kOfNoCase.count(step)) {
            all->push_back(step);
          }
        }
      }
    }
    std::sort(all->begin(), all->end());
    return all;
  }();
  return *steps;
}

ParsedPack ParsePack(const std::string& text) {
  Mistakes mistakes;
  pack::v1::Pack proto;
  TextFormat::ParseInfoTree tree;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&mistakes);
  parser.WriteLocationsTo(&tree);
  parser.SetRecursionLimit(20);
  pb::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
  ParsedPack parsed;
  if (parser.Parse(&input, &proto)) {
    // Escapes in a text can make what no text of a request may have.
    std::string texts;
    TextFormat::Printer printer;
    printer.SetUseUtf8StringEscaping(true);
    printer.PrintToString(proto, &texts);
    if (HasDeceivingCharacter(texts)) {
      mistakes.Add(0, "",
                   "a text has a character that makes it look other than it is (U+0080 to U+009F, U+2028 to U+202E, "
                   "U+2066 to U+2069), perhaps by an escape; leave it out");
    }
    auto pack = std::make_shared<Pack>(ReadPack(mistakes, proto, &tree));
    parsed.rules = static_cast<int>(RuleCount(*pack));
    if (mistakes.found.empty()) parsed.pack = std::move(pack);
  } else if (mistakes.found.empty()) {
    mistakes.Add(0, "", "this is not the text of a pack");
  }
  parsed.mistakes = std::move(mistakes.found);
  return parsed;
}

}  // namespace aftersales::policy
