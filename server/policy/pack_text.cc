#include "server/policy/pack_text.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/dispatch.pb.h"
#include "aftersales/v1/parts.pb.h"
#include "server/base/text.h"

namespace aftersales::policy {
namespace {

namespace pb = google::protobuf;
using pb::FieldDescriptor;

constexpr size_t kMostMistakes = 100;

// The word itself with '-' and '_' made one, so that packs may write either.
std::string Normal(std::string word) {
  std::replace(word.begin(), word.end(), '-', '_');
  return word;
}

// As DidYouMean, for words that may be joined either way.
std::string DidYouMeanEither(std::string word, const std::vector<std::string>& known) {
  const bool hyphens = absl::StrContains(absl::StrJoin(known, " "), '-');
  std::replace(word.begin(), word.end(), hyphens ? '_' : '-', hyphens ? '-' : '_');
  return DidYouMean(word, known);
}

// The enum whose words a fact can have; null for free words.
const pb::EnumDescriptor* EnumOfFact(const std::string& fact) {
  if (fact == "channel") return v1::Channel_descriptor();
  if (fact == "service_mode") return v1::ServiceMode_descriptor();
  if (fact == "subject") return v1::CaseSubject_descriptor();
  if (fact == "source") return v1::PickingSource_descriptor();
  if (fact == "transport") return v1::Transport_descriptor();
  if (fact == "severity") return v1::Severity_descriptor();
  if (fact == "cause") return v1::Cause_descriptor();
  if (fact == "remedy") return v1::Remedy_descriptor();
  if (fact == "priority") return v1::Priority_descriptor();
  if (fact == "form") return v1::HelpForm_descriptor();
  if (fact == "pause_cause") return v1::PauseCause_descriptor();
  if (fact == "addressee") return v1::Role_descriptor();
  return nullptr;
}

// Facts that are true or false.
bool IsTruth(const std::string& fact) {
  static const std::set<std::string> kTruths = {
      "emergency",  "satisfied",    "key_product",      "large_scale", "equipment_known",
      "covered",    "commissioned", "endangers_safety", "irreparable", "not_as_contract",
      "large_loss", "charged",      "reached",          "solved",      "accepted"};
  return kTruths.count(fact) > 0;
}

// What is wrong with a fact's value; empty where nothing is.
std::string WrongFact(const std::string& fact, const std::string& value, const Vocabulary& words) {
  int number = 0;
  const pb::EnumDescriptor* type = EnumOfFact(fact);
  if (type != nullptr && !ParseEnumWord(type, value, &number)) {
    const std::vector<std::string> all = WordsOf(type, '_');
    return absl::StrCat("\"", value, "\" is none of the words of ", type->name(), " (", absl::StrJoin(all, ", "), ")",
                        DidYouMeanEither(value, all));
  }
  if (IsTruth(fact) && value != "true" && value != "false") return "must be \"true\" or \"false\"";
  if (fact == "in_warranty" && value != "true" && value != "false" && value != "unknown") {
    return "must be \"true\", \"false\" or \"unknown\"";
  }
  const auto own = words.find(fact);
  if (own != words.end() && own->second.count(value) == 0) {
    return absl::StrCat("the pack has no ", fact, " \"", value, "\"; it has ", SomeOf(own->second),
                        DidYouMean(value, {own->second.begin(), own->second.end()}));
  }
  return "";
}

}  // namespace

bool Mistakes::full() const { return found.size() >= kMostMistakes; }

std::string SomeOf(const std::set<std::string>& words) {
  constexpr int kMostNamed = 20;
  if (words.empty()) return "none";
  std::vector<std::string> named;
  for (const std::string& word : words) {
    if (named.size() == kMostNamed) break;
    named.push_back(word);
  }
  const size_t more = words.size() - named.size();
  return absl::StrCat(absl::StrJoin(named, ", "), more == 0 ? "" : absl::StrCat(" and ", more, " more"));
}

std::vector<std::string> WordsOf(const pb::EnumDescriptor* type, char joint) {
  std::vector<std::string> words;
  for (int i = 1; i < type->value_count(); ++i) words.push_back(EnumWord(type->value(i), joint));
  return words;
}

std::string NoSuch(const std::string& word, const std::string& what, const std::string& plural,
                   const std::vector<std::string>& all) {
  const std::string near = DidYouMeanEither(word, all);
  return absl::StrCat("\"", word, "\" is no ", what, near.empty() ? "; the " : absl::StrCat(near, " The "), plural,
                      " are ", absl::StrJoin(all, ", "));
}

void Mistakes::AddError(int line, pb::io::ColumnNumber column, const std::string& text) {
  Add(line + 1, "", absl::StrCat("column ", column + 1, ": ", text));
}

void Mistakes::Add(int line, std::string field, std::string text) {
  if (found.size() < kMostMistakes) found.push_back({line, std::move(field), std::move(text)});
}

void Place::Wrong(const char* field, std::string text, int index) const {
  const FieldDescriptor* descriptor = message_.GetDescriptor()->FindFieldByName(field);
  // A list as a whole stands nowhere; what is missing stands where the message around it begins.
  const bool stands = tree_ != nullptr && descriptor != nullptr && descriptor->is_repeated() == (index >= 0);
  int line = stands ? tree_->GetLocation(descriptor, index).line : -1;
  if (line < 0) line = line_;
  std::string where = path_.empty() ? field : absl::StrCat(path_, ".", field);
  if (index >= 0) absl::StrAppend(&where, "[", index, "]");
  mistakes_.Add(line + 1, where, std::move(text));
}

Place Place::In(const char* field, const pb::Message& nested, int index) const {
  const FieldDescriptor* descriptor = message_.GetDescriptor()->FindFieldByName(field);
  // ParseInfoTree's tree of a nested message is not declared const, though reading it changes nothing.
  const Tree* tree = tree_ == nullptr ? nullptr : tree_->GetTreeForNested(descriptor, index);
  std::string path = path_.empty() ? field : absl::StrCat(path_, ".", field);
  if (index >= 0) absl::StrAppend(&path, "[", index, "]");
  Place place(mistakes_, nested, tree, path);
  place.line_ = tree_ == nullptr ? -1 : tree_->GetLocation(descriptor, index).line;
  return place;
}

v1::Role ReadRole(const Place& place, const char* field, const std::string& word, int index) {
  v1::Role role = v1::ROLE_UNSPECIFIED;
  if (!ParseWord(word, &role)) {
    place.Wrong(field, NoSuch(word, "role", "roles", AllWords<v1::Role>('_')), index);
  }
  return role;
}

v1::EventType ReadEvent(const Place& place, const char* field, const std::string& word, int index) {
  v1::EventType event = v1::EVENT_TYPE_UNSPECIFIED;
  if (!ParseWord(word, &event)) {
    place.Wrong(field, NoSuch(word, "event", "events", AllWords<v1::EventType>('-')), index);
  }
  return event;
}

std::string ReadStep(const Place& place, const char* field, const std::string& word, int index) {
  if (std::find(Steps().begin(), Steps().end(), word) == Steps().end()) {
    place.Wrong(field, NoSuch(word, "step", "steps", Steps()), index);
  }
  return word;
}

void CheckWord(const Place& place, const char* field, const std::string& word, const char* example) {
  const bool sound = !word.empty() && word.size() <= 50 && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!sound) {
    place.Wrong(field,
                absl::StrCat("must be 1 to 50 lower-case letters, digits and hyphens, such as \"", example, "\""));
  }
}

std::vector<std::string> ReadClauses(const Place& place, const pb::RepeatedPtrField<std::string>& clauses) {
  if (clauses.empty()) place.Wrong("clauses", "at least one clause must be named, such as \"HX-5.1a\"");
  for (int i = 0; i < clauses.size() && !place.full(); ++i) {
    if (clauses[i].empty() || clauses[i].size() > 40) place.Wrong("clauses", "must have 1 to 40 characters", i);
  }
  return {clauses.begin(), clauses.end()};
}

FactSet ReadFacts(const Place& place, const pack::v1::Facts& facts, const Vocabulary& words) {
  FactSet set;
  const pb::Reflection* reflection = facts.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(facts, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string& name = field->name();
    for (int i = 0; i < reflection->FieldSize(facts, field) && !place.full(); ++i) {
      const std::string value = reflection->GetRepeatedString(facts, field, i);
      const std::string wrong = WrongFact(name, value, words);
      if (!wrong.empty()) place.Wrong(name.c_str(), wrong, i);
      set[name].push_back(EnumOfFact(name) == nullptr ? value : Normal(value));
    }
  }
  if (set.empty()) place.Wrong("channel", "a where without facts always holds; leave it out");
  return set;
}

}  // namespace aftersales::policy
