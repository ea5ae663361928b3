// Reading a pack's text: where each message stands in it, the mistakes found, and the words that it may use. For
// pack.cc and its parts only.
#ifndef AFTERSALES_SERVER_POLICY_PACK_TEXT_H_
#define AFTERSALES_SERVER_POLICY_PACK_TEXT_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "server/base/names.h"
#include "server/policy/pack.h"

namespace aftersales::policy {

// What is wrong with a text; more than a hundred mistakes are not kept.
class Mistakes : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& text) override;
  void Add(int line, std::string field, std::string text);
  // No more are kept; what is read from here on need not be judged.
  bool full() const;

  std::vector<Mistake> found;
};

// A message of the pack together with where it stands in the text.
class Place {
 public:
  using Tree = google::protobuf::TextFormat::ParseInfoTree;
  Place(Mistakes& mistakes, const google::protobuf::Message& message, const Tree* tree, std::string path)
      : mistakes_(mistakes), message_(message), tree_(tree), path_(std::move(path)) {}

  // A mistake in a field of this message; `index` for repeated ones.
  void Wrong(const char* field, std::string text, int index = -1) const;
  Place In(const char* field, const google::protobuf::Message& nested, int index = -1) const;
  bool full() const { return mistakes_.full(); }

 private:
  Mistakes& mistakes_;
  const google::protobuf::Message& message_;
  const Tree* tree_;
  std::string path_;
  int line_ = -1;
};

// The words that a pack itself brings: fact -> what it may be. A fact that is not in it takes any word.
using Vocabulary = std::map<std::string, std::set<std::string>>;

// The first of these words, and how many more there are: a text for people.
std::string SomeOf(const std::set<std::string>& words);

std::vector<std::string> WordsOf(const google::protobuf::EnumDescriptor* type, char joint);
template <typename Enum>
std::vector<std::string> AllWords(char joint) {
  return WordsOf(google::protobuf::GetEnumDescriptor<Enum>(), joint);
}
// "\"case-opend\" is no event; did you mean \"case-opened\"? The events are ...". `all` are joined by `-` or `_`,
// alike.
std::string NoSuch(const std::string& word, const std::string& what, const std::string& plural,
                   const std::vector<std::string>& all);

v1::Role ReadRole(const Place& place, const char* field, const std::string& word, int index = -1);
v1::EventType ReadEvent(const Place& place, const char* field, const std::string& word, int index = -1);
std::string ReadStep(const Place& place, const char* field, const std::string& word, int index = -1);
// 1 to 50 lower-case letters, digits and hyphens.
void CheckWord(const Place& place, const char* field, const std::string& word, const char* example);
std::vector<std::string> ReadClauses(const Place& place,
                                     const google::protobuf::RepeatedPtrField<std::string>& clauses);
FactSet ReadFacts(const Place& place, const pack::v1::Facts& facts, const Vocabulary& words);

template <typename Message>
std::vector<FactSet> ReadWhere(const Place& place, const Message& message, const Vocabulary& words) {
  std::vector<FactSet> where;
  for (int i = 0; i < message.where_size() && !place.full(); ++i) {
    where.push_back(ReadFacts(place.In("where", message.where(i), i), message.where(i), words));
  }
  return where;
}

// --- The parts of a pack
// ------------------------------------------------------------------------------------------------

ObligationRule ReadObligation(const Place& place, const pack::v1::ObligationRule& rule, const Vocabulary& words);
OnlyRule ReadOnly(const Place& place, const pack::v1::OnlyRule& rule);
std::vector<CoverageRule> ReadCoverage(const Place& place, const pack::v1::Pack& pack, const Vocabulary& words);
std::vector<RemedyRule> ReadRemedies(const Place& place, const pack::v1::Pack& pack, const Vocabulary& words);
std::vector<FileSection> ReadFileSections(const Place& place, const pack::v1::Pack& pack);
std::vector<CostRule> ReadCostRules(const Place& place, const pack::v1::Pack& pack, const Vocabulary& words);
// "YYYY-MM-DD" of the years that calendars know.
bool ParseDate(const std::string& text, absl::CivilDay* day);
// Sets UTC where there is no such zone.
bool LoadZone(const Place& place, const std::string& name, absl::TimeZone* zone);
CalendarSpec ReadCalendar(const Place& place, const pack::v1::Calendar& calendar, absl::TimeZone zone);

}  // namespace aftersales::policy

#endif  // AFTERSALES_SERVER_POLICY_PACK_TEXT_H_
