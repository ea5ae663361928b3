#include "tests/scenario/rule_deletion.h"

#include <algorithm>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "aftersales/pack/v1/pack.pb.h"
#include "google/protobuf/text_format.h"
#include "tests/scenario/company.h"

namespace aftersales::testing {
namespace {

namespace pb = google::protobuf;
using pack::v1::Pack;

std::string TextOf(const Pack& pack) {
  std::string text;
  pb::TextFormat::PrintToString(pack, &text);
  return text;
}

// Takes a word out of a conjunction of facts. False when it can never hold any more.
bool WithoutWord(const std::string& fact, const std::string& word, pack::v1::Facts* facts) {
  const pb::FieldDescriptor* field = pack::v1::Facts::descriptor()->FindFieldByName(fact);
  const pb::Reflection& reflection = *facts->GetReflection();
  if (reflection.FieldSize(*facts, field) == 0) return true;
  std::vector<std::string> left;
  for (int i = 0; i < reflection.FieldSize(*facts, field); ++i) {
    const std::string value = reflection.GetRepeatedString(*facts, field, i);
    if (value != word) left.push_back(value);
  }
  reflection.ClearField(facts, field);
  for (const std::string& value : left) reflection.AddString(facts, field, value);
  return !left.empty();
}

// The same for everything that has a `where`: what could never hold goes with the word it asks for.
template <typename Item>
bool CanHold(const std::string& fact, const std::string& word, Item* item) {
  if (item->where().empty()) return true;
  auto& where = *item->mutable_where();
  for (int i = where.size() - 1; i >= 0; --i) {
    if (!WithoutWord(fact, word, &where[i])) where.DeleteSubrange(i, 1);
  }
  return !where.empty();
}

template <typename Item>
void KeepWhatCanHold(const std::string& fact, const std::string& word, pb::RepeatedPtrField<Item>* items) {
  for (int i = items->size() - 1; i >= 0; --i) {
    if (!CanHold(fact, word, &(*items)[i])) items->DeleteSubrange(i, 1);
  }
}

// A pack may not ask for a word that it does not have, so what asks for a deleted one goes with it.
void ForgetWord(const std::string& fact, const std::string& word, Pack* pack) {
  KeepWhatCanHold(fact, word, pack->mutable_obligation());
  KeepWhatCanHold(fact, word, pack->mutable_coverage());
  KeepWhatCanHold(fact, word, pack->mutable_remedy());
  KeepWhatCanHold(fact, word, pack->mutable_cost_rule());
  for (pack::v1::ObligationRule& rule : *pack->mutable_obligation()) {
    KeepWhatCanHold(fact, word, rule.mutable_within());
    KeepWhatCanHold(fact, word, rule.mutable_met_by());
    if (rule.within().empty()) rule.clear_escalate();
  }
}

std::set<std::string> SetOf(const pb::RepeatedPtrField<std::string>& clauses) {
  return {clauses.begin(), clauses.end()};
}

// For each item of a list, the pack without it; `fact` is what rules ask for the list's words by, if they do.
template <typename Item, typename Name>
void DeleteEach(const Pack& pack, const std::string& kind, pb::RepeatedPtrField<Item>* (Pack::*list)(), Name name,
                const char* fact, std::vector<PackWithoutRule>* packs) {
  Pack whole = pack;  // the accessors of lists are of a pack that may change
  for (int i = 0; i < (whole.*list)()->size(); ++i) {
    const Item item = (*(whole.*list)())[i];
    Pack without = pack;
    (without.*list)()->DeleteSubrange(i, 1);
    if (fact != nullptr) ForgetWord(fact, name(item), &without);
    packs->push_back({absl::StrCat(kind, " ", name(item)), SetOf(item.clauses()), TextOf(without)});
  }
}

void DeleteEscalations(const Pack& pack, std::vector<PackWithoutRule>* packs) {
  for (int i = 0; i < pack.obligation_size(); ++i) {
    for (int level = 0; level < pack.obligation(i).escalate_size(); ++level) {
      Pack without = pack;
      without.mutable_obligation(i)->mutable_escalate()->DeleteSubrange(level, 1);
      packs->push_back(
          {absl::StrCat("escalation of ", pack.obligation(i).kind(), " to ", pack.obligation(i).escalate(level).to()),
           SetOf(pack.obligation(i).clauses()), TextOf(without)});
    }
  }
}

// Without a calendar, what counted in it counts elapsed time; its clauses are those of the rules that do.
void DeleteCalendars(const Pack& pack, std::vector<PackWithoutRule>* packs) {
  for (int i = 0; i < pack.calendar_size(); ++i) {
    const std::string& name = pack.calendar(i).name();
    Pack without = pack;
    without.mutable_calendar()->DeleteSubrange(i, 1);
    std::set<std::string> clauses;
    for (pack::v1::ObligationRule& rule : *without.mutable_obligation()) {
      for (pack::v1::Limit& limit : *rule.mutable_within()) {
        if (limit.calendar() != name) continue;
        limit.clear_calendar();
        clauses.insert(rule.clauses().begin(), rule.clauses().end());
      }
    }
    packs->push_back({absl::StrCat("calendar ", name), clauses, TextOf(without)});
  }
}

}  // namespace

std::vector<PackWithoutRule> PacksWithoutEachRule(const std::string& text) {
  Pack pack;
  if (!pb::TextFormat::ParseFromString(text, &pack)) throw std::runtime_error("not a pack");
  const auto name = [](const auto& item) { return item.name(); };
  std::vector<PackWithoutRule> packs;
  DeleteEach(pack, "class", &Pack::mutable_class_, name, "classification", &packs);
  DeleteEach(pack, "type", &Pack::mutable_type, name, "type", &packs);
  DeleteEach(pack, "outcome", &Pack::mutable_outcome, name, "outcome", &packs);
  DeleteEach(pack, "conduct", &Pack::mutable_conduct, name, "conduct", &packs);
  DeleteEach(pack, "region tier", &Pack::mutable_region_tier, name, "tier", &packs);
  DeleteEach(
      pack, "obligation", &Pack::mutable_obligation, [](const auto& rule) { return rule.kind(); }, nullptr, &packs);
  DeleteEach(
      pack, "only", &Pack::mutable_only, [](const auto& rule) { return rule.action(); }, nullptr, &packs);
  DeleteEach(pack, "coverage", &Pack::mutable_coverage, name, nullptr, &packs);
  DeleteEach(
      pack, "remedy", &Pack::mutable_remedy, [](const auto& rule) { return rule.title(); }, nullptr, &packs);
  DeleteEach(pack, "cost rule", &Pack::mutable_cost_rule, name, nullptr, &packs);
  DeleteEach(pack, "file section", &Pack::mutable_file_section, name, nullptr, &packs);
  DeleteEscalations(pack, &packs);
  DeleteCalendars(pack, &packs);
  return packs;
}

void Trial::Record(const std::string& clause, const std::string&, const std::string& proof, bool ok,
                   const std::string& what) {
  if (ok || clauses_.count(clause) == 0) return;
  failure_ = absl::StrCat(clause, " ", proof, ": ", what);
  throw WalkEnds(failure_);
}

}  // namespace aftersales::testing
