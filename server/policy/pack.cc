#include "server/policy/pack.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/dispatch.pb.h"
#include "aftersales/v1/parts.pb.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/text_format.h"
#include "server/base/names.h"

namespace aftersales::policy {
namespace {

namespace pb = google::protobuf;
using pb::FieldDescriptor;
using pb::TextFormat;

constexpr size_t kMostMistakes = 100;
constexpr size_t kMostRules = 2000;

class Mistakes : public pb::io::ErrorCollector {
 public:
  void AddError(int line, pb::io::ColumnNumber column, const std::string& text) override {
    Add(line + 1, "", absl::StrCat("column ", column + 1, ": ", text));
  }
  void Add(int line, std::string field, std::string text) {
    if (found.size() < kMostMistakes) found.push_back({line, std::move(field), std::move(text)});
  }
  std::vector<Mistake> found;
};

// A message of the pack together with where it stands in the text.
class Place {
 public:
  Place(Mistakes& mistakes, const pb::Message& message, const TextFormat::ParseInfoTree* tree, std::string path)
      : mistakes_(mistakes), message_(message), tree_(tree), path_(std::move(path)) {}

  // A mistake in a field of this message; `index` for repeated ones.
  void Wrong(const char* field, std::string text, int index = -1) const {
    const FieldDescriptor* descriptor = message_.GetDescriptor()->FindFieldByName(field);
    // A list as a whole stands nowhere; what is missing stands where the message around it begins.
    const bool stands = tree_ != nullptr && descriptor != nullptr && descriptor->is_repeated() == (index >= 0);
    int line = stands ? tree_->GetLocation(descriptor, index).line : -1;
    if (line < 0) line = line_;
    std::string where = path_.empty() ? field : absl::StrCat(path_, ".", field);
    if (index >= 0) absl::StrAppend(&where, "[", index, "]");
    mistakes_.Add(line + 1, where, std::move(text));
  }

  Place In(const char* field, const pb::Message& nested, int index = -1) const {
    const FieldDescriptor* descriptor = message_.GetDescriptor()->FindFieldByName(field);
    // ParseInfoTree's tree of a nested message is not declared const, though reading it changes nothing.
    const TextFormat::ParseInfoTree* tree = tree_ == nullptr ? nullptr : tree_->GetTreeForNested(descriptor, index);
    std::string path = path_.empty() ? field : absl::StrCat(path_, ".", field);
    if (index >= 0) absl::StrAppend(&path, "[", index, "]");
    Place place(mistakes_, nested, tree, path);
    place.line_ = tree_ == nullptr ? -1 : tree_->GetLocation(descriptor, index).line;
    return place;
  }

 private:
  Mistakes& mistakes_;
  const pb::Message& message_;
  const TextFormat::ParseInfoTree* tree_;
  std::string path_;
  int line_ = -1;
};

// The word itself with '-' and '_' made one, so that packs may write either.
std::string Normal(std::string word) {
  std::replace(word.begin(), word.end(), '-', '_');
  return word;
}

template <typename Enum>
std::string AllWords(char joint) {
  std::vector<std::string> words;
  const pb::EnumDescriptor* type = pb::GetEnumDescriptor<Enum>();
  for (int i = 1; i < type->value_count(); ++i) words.push_back(EnumWord(type->value(i), joint));
  return absl::StrJoin(words, ", ");
}

v1::Role ReadRole(const Place& place, const char* field, const std::string& word, int index = -1) {
  v1::Role role = v1::ROLE_UNSPECIFIED;
  if (!ParseWord(word, &role)) {
    place.Wrong(field, absl::StrCat("\"", word, "\" is no role; the roles are ", AllWords<v1::Role>('_')), index);
  }
  return role;
}

v1::EventType ReadEvent(const Place& place, const char* field, const std::string& word, int index = -1) {
  v1::EventType event = v1::EVENT_TYPE_UNSPECIFIED;
  if (!ParseWord(word, &event)) {
    place.Wrong(field, absl::StrCat("\"", word, "\" is no event; the events are ", AllWords<v1::EventType>('-')), index);
  }
  return event;
}

std::string ReadStep(const Place& place, const char* field, const std::string& word, int index = -1) {
  if (std::find(Steps().begin(), Steps().end(), word) == Steps().end()) {
    place.Wrong(field, absl::StrCat("\"", word, "\" is no step; the steps are ", absl::StrJoin(Steps(), ", ")), index);
  }
  return word;
}

void CheckWord(const Place& place, const char* field, const std::string& word, const char* example) {
  const bool sound = !word.empty() && word.size() <= 50 && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!sound) {
    place.Wrong(field, absl::StrCat("must be 1 to 50 lower-case letters, digits and hyphens, such as \"", example, "\""));
  }
}

std::vector<std::string> ReadClauses(const Place& place, const pb::RepeatedPtrField<std::string>& clauses) {
  if (clauses.empty()) place.Wrong("clauses", "at least one clause must be named, such as \"HX-5.1a\"");
  for (int i = 0; i < clauses.size(); ++i) {
    if (clauses[i].empty() || clauses[i].size() > 40) place.Wrong("clauses", "must have 1 to 40 characters", i);
  }
  return {clauses.begin(), clauses.end()};
}

// The enum whose words a fact can have; null for free words.
const pb::EnumDescriptor* EnumOfFact(const std::string& fact) {
  if (fact == "channel") return v1::Channel_descriptor();
  if (fact == "service_mode") return v1::ServiceMode_descriptor();
  if (fact == "subject") return v1::CaseSubject_descriptor();
  if (fact == "source") return v1::PickingSource_descriptor();
  if (fact == "transport") return v1::Transport_descriptor();
  return nullptr;
}

FactSet ReadFacts(const Place& place, const pack::v1::Facts& facts, const std::set<std::string>& classes) {
  FactSet set;
  const pb::Reflection* reflection = facts.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(facts, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string& name = field->name();
    for (int i = 0; i < reflection->FieldSize(facts, field); ++i) {
      const std::string value = reflection->GetRepeatedString(facts, field, i);
      int number = 0;
      const pb::EnumDescriptor* type = EnumOfFact(name);
      if (type != nullptr && !ParseEnumWord(type, value, &number)) {
        place.Wrong(name.c_str(), absl::StrCat("\"", value, "\" is none of the words of ", type->name()), i);
      } else if ((name == "emergency" || name == "satisfied") && value != "true" && value != "false") {
        place.Wrong(name.c_str(), "must be \"true\" or \"false\"", i);
      } else if (name == "classification" && classes.count(value) == 0) {
        place.Wrong(name.c_str(), absl::StrCat("the pack has no class \"", value, "\""), i);
      }
      set[name].push_back(type == nullptr ? value : Normal(value));
    }
  }
  if (set.empty()) place.Wrong("channel", "a where without facts always holds; leave it out");
  return set;
}

template <typename Message>
std::vector<FactSet> ReadWhere(const Place& place, const Message& message, const std::set<std::string>& classes) {
  std::vector<FactSet> where;
  for (int i = 0; i < message.where_size(); ++i) {
    where.push_back(ReadFacts(place.In("where", message.where(i), i), message.where(i), classes));
  }
  return where;
}

Limit ReadLimit(const Place& place, const pack::v1::Limit& limit) {
  if (limit.hours() < 0 || limit.minutes() < 0 || limit.days() < 0 || limit.hours() > 24 * 3660 ||
      limit.minutes() > 60 * 24 * 3660 || limit.days() > 3660) {
    place.Wrong("hours", "a limit must lie between nothing and ten years");
    return {};
  }
  Limit read;
  read.customer_deadline = limit.customer_deadline();
  const absl::Duration time =
      absl::Hours(limit.hours()) + absl::Minutes(limit.minutes()) + absl::Hours(24) * limit.days();
  if (time > absl::ZeroDuration()) read.time = time;
  if (time <= absl::ZeroDuration() && !limit.customer_deadline()) {
    place.Wrong("hours", "a limit needs hours, minutes, days or customer_deadline");
  }
  return read;
}

Meeting ReadMeeting(const Place& place, const pack::v1::Meeting& meeting, const std::set<std::string>& classes) {
  Meeting read;
  read.event = ReadEvent(place, "event", meeting.event());
  if (!meeting.role().empty()) read.role = ReadRole(place, "role", meeting.role());
  read.head = meeting.head();
  if (meeting.head() && meeting.role().empty()) place.Wrong("head", "names no role to be held as head; set role");
  read.where = ReadWhere(place, meeting, classes);
  if (!meeting.document().empty()) {
    if (read.event != v1::EVENT_TYPE_DOCUMENT_FILED) {
      place.Wrong("document", "goes with the event document-filed only");
    }
    CheckWord(place, "document", meeting.document(), "verification-list");
    if (read.where.empty()) read.where.emplace_back();
    for (FactSet& set : read.where) set["document"] = {meeting.document()};
  }
  return read;
}

ObligationRule ReadObligation(const Place& place, const pack::v1::ObligationRule& rule,
                              const std::set<std::string>& classes) {
  ObligationRule read;
  CheckWord(place, "kind", rule.kind(), "first-reply");
  read.kind = rule.kind();
  read.title = rule.title();
  if (read.title.empty()) {
    read.title = rule.kind();
    std::replace(read.title.begin(), read.title.end(), '-', ' ');
  }
  if (read.title.size() > 200) place.Wrong("title", "must have at most 200 bytes");
  read.clauses = ReadClauses(place, rule.clauses());
  read.on = ReadEvent(place, "on", rule.on());
  read.where = ReadWhere(place, rule, classes);
  read.by = ReadRole(place, "by", rule.by());
  read.head = rule.head();
  read.from_notice = rule.from() == pack::v1::NOTICE_TIME;
  if (rule.has_within()) read.within = ReadLimit(place.In("within", rule.within()), rule.within());
  read.stated = rule.stated();
  if (rule.met_by().empty()) place.Wrong("met_by", "nothing ever meets it; name the event that does");
  for (int i = 0; i < rule.met_by_size(); ++i) {
    read.met_by.push_back(ReadMeeting(place.In("met_by", rule.met_by(i), i), rule.met_by(i), classes));
  }
  for (int i = 0; i < rule.required_for_size(); ++i) {
    read.required_for.push_back(ReadStep(place, "required_for", rule.required_for(i), i));
  }
  for (int i = 0; i < rule.blocks_size(); ++i) read.blocks.push_back(ReadStep(place, "blocks", rule.blocks(i), i));
  for (int i = 0; i < rule.waivable_by_size(); ++i) {
    read.waivable_by.push_back(ReadRole(place, "waivable_by", rule.waivable_by(i), i));
  }
  for (int i = 0; i < rule.superseded_on_size(); ++i) {
    read.superseded_on.push_back(ReadEvent(place, "superseded_on", rule.superseded_on(i), i));
  }
  read.survives_close = rule.survives_close();
  if (rule.warn_percent() < 0 || rule.warn_percent() > 99) place.Wrong("warn_percent", "must lie between 1 and 99");
  if (rule.warn_percent() > 0) read.warn_percent = rule.warn_percent();
  return read;
}

OnlyRule ReadOnly(const Place& place, const pack::v1::OnlyRule& rule) {
  OnlyRule read;
  read.action = ReadStep(place, "action", rule.action());
  if (rule.roles().empty()) place.Wrong("roles", "names nobody; nobody could ever take the step");
  for (int i = 0; i < rule.roles_size(); ++i) read.roles.push_back(ReadRole(place, "roles", rule.roles(i), i));
  read.head = rule.head();
  read.clauses = ReadClauses(place, rule.clauses());
  return read;
}

bool IsDate(const std::string& text) {
  absl::CivilDay day;
  return text.size() == 10 && absl::ParseCivilTime(text, &day);
}

Pack ReadPack(Mistakes& mistakes, const pack::v1::Pack& proto, const TextFormat::ParseInfoTree* tree) {
  const Place place(mistakes, proto, tree, "");
  Pack read;
  CheckWord(place, "name", proto.name(), "hongxing");
  read.name = proto.name();
  read.title = proto.title();
  if (proto.title().empty() || proto.title().size() > 200) place.Wrong("title", "must have 1 to 200 bytes");
  if (!IsDate(proto.effective_from())) place.Wrong("effective_from", "must be a day, such as \"2011-03-25\"");
  if (!absl::LoadTimeZone(proto.time_zone(), &read.time_zone) || proto.time_zone().empty()) {
    place.Wrong("time_zone", absl::StrCat("\"", proto.time_zone(), "\" is no IANA time zone that this server knows, such as \"Asia/Shanghai\" (its machine needs tzdata)"));
    read.time_zone = absl::UTCTimeZone();
  }
  read.owner = ReadRole(place, "owner", proto.owner());
  if (!proto.issued_by().empty()) read.issued_by = ReadRole(place, "issued_by", proto.issued_by());
  if (read.issued_by == v1::ROLE_CUSTOMER) place.Wrong("issued_by", "nobody can sign in as the customer");
  std::set<std::string> classes;
  for (int i = 0; i < proto.class__size(); ++i) {
    const Place at = place.In("class", proto.class_(i), i);
    if (proto.class_(i).name().empty() || proto.class_(i).name().size() > 50) at.Wrong("name", "must have 1 to 50 bytes");
    if (!classes.insert(proto.class_(i).name()).second) at.Wrong("name", "stands for another class already");
    ReadClauses(at, proto.class_(i).clauses());
    read.classes.push_back(proto.class_(i).name());
  }
  std::set<std::string> kinds;
  for (int i = 0; i < proto.obligation_size(); ++i) {
    const Place at = place.In("obligation", proto.obligation(i), i);
    read.obligations.push_back(ReadObligation(at, proto.obligation(i), classes));
    if (!kinds.insert(proto.obligation(i).kind()).second) at.Wrong("kind", "stands for another obligation already");
  }
  for (int i = 0; i < proto.only_size(); ++i) {
    read.only.push_back(ReadOnly(place.In("only", proto.only(i), i), proto.only(i)));
  }
  if (read.obligations.size() + read.only.size() > kMostRules) {
    place.Wrong("obligation", absl::StrCat("a pack has at most ", kMostRules, " rules"));
  }
  return read;
}

}  // namespace

const std::vector<std::string>& Steps() {
  // These keep directories and stock: nothing is owed for them, so no pack can hold them up.
  static const std::set<std::string> kOfNoCase = {"create-engineer", "update-engineer", "create-part", "create-warehouse",
                                                  "receive-stock"};
  static const auto* steps = [] {
    auto* all = new std::vector<std::string>;
    for (const pb::FileDescriptor* file :
         {v1::Case::descriptor()->file(), v1::Visit::descriptor()->file(), v1::Part::descriptor()->file()}) {
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
    auto pack = std::make_shared<Pack>(ReadPack(mistakes, proto, &tree));
    parsed.rules = static_cast<int>(pack->obligations.size() + pack->only.size());
    if (mistakes.found.empty()) parsed.pack = std::move(pack);
  } else if (mistakes.found.empty()) {
    mistakes.Add(0, "", "this is not the text of a pack");
  }
  parsed.mistakes = std::move(mistakes.found);
  return parsed;
}

}  // namespace aftersales::policy
