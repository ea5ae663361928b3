#include "server/obligations/policy_changes.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/util/message_differencer.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/status_macros.h"
#include "server/policy/clock.h"

namespace aftersales {
namespace {

using Owed = v1::Obligation;
using google::protobuf::util::MessageDifferencer;

bool IsOpen(const Owed& owed) { return owed.state() == v1::OBLIGATION_STATE_OPEN; }
bool IsSettled(const Owed& owed) {
  return owed.state() == v1::OBLIGATION_STATE_MET || owed.state() == v1::OBLIGATION_STATE_LATE_MET ||
         owed.state() == v1::OBLIGATION_STATE_WAIVED;
}

// Those of one kind about one subject that did not fall away: as they stand, and as they would.
struct Matter {
  std::vector<const Owed*> stand;
  std::vector<const Owed*> would;
};

struct Pair {
  const Owed* stands;  // either may be null, not both
  const Owed* would;
};

bool AroseTogether(const Owed& one, const Owed& other) {
  return MessageDifferencer::Equals(one.arise_time(), other.arise_time());
}

// What was settled before the other came up does not settle it.
bool Answers(const Owed& stands, const Owed& would) {
  return IsOpen(stands) || FromProto(would.arise_time()) <= FromProto(stands.close_time());
}

std::vector<Pair> PairUp(const Matter& matter) {
  std::vector<Pair> pairs;
  std::vector<const Owed*> left = matter.would;
  std::vector<const Owed*> alone;
  const auto take = [&](const Owed* stands, const auto& fits) {
    const auto found = std::find_if(left.begin(), left.end(), [&](const Owed* would) { return fits(*stands, *would); });
    if (found == left.end()) return false;
    pairs.push_back({stands, *found});
    left.erase(found);
    return true;
  };
  for (const Owed* stands : matter.stand) {
    if (!take(stands, AroseTogether)) alone.push_back(stands);
  }
  for (const Owed* stands : alone) {
    if (!take(stands, Answers)) pairs.push_back({stands, nullptr});
  }
  for (const Owed* would : left) pairs.push_back({nullptr, would});
  return pairs;
}

std::string DueInWords(const Owed& owed) {
  return owed.has_due_time() ? absl::StrCat("due ", ForPeople(FromProto(owed.due_time()))) : "without a due time";
}

std::string OwnerInWords(const Owed& owed) {
  return absl::StrCat(Word(owed.owner()), owed.owner_head() ? " (head)" : "");
}

bool SameDue(const Owed& one, const Owed& other) {
  return one.has_due_time() == other.has_due_time() && MessageDifferencer::Equals(one.due_time(), other.due_time());
}

template <typename List>
bool SameList(const List& one, const List& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end());
}

bool SameLevels(const Owed& one, const Owed& other) {
  return std::equal(one.escalations().begin(), one.escalations().end(), other.escalations().begin(),
                    other.escalations().end(),
                    [](const v1::ObligationEscalation& a, const v1::ObligationEscalation& b) {
                      return a.to() == b.to() && a.overdue_minutes() == b.overdue_minutes();
                    });
}

// What else than its due time differs, in words; empty where nothing does.
std::string TermsInWords(const Owed& before, const Owed& after) {
  std::vector<std::string> texts;
  if (before.owner() != after.owner() || before.owner_head() != after.owner_head()) {
    texts.push_back(absl::StrCat("owed by ", OwnerInWords(after), " instead of ", OwnerInWords(before)));
  }
  if (before.title() != after.title()) texts.push_back(absl::StrCat("called \"", after.title(), "\""));
  const auto list = [&](const auto& one, const auto& other, const char* what) {
    if (!SameList(one, other)) {
      texts.push_back(absl::StrCat(what, " ", other.empty() ? "nothing" : absl::StrJoin(other, ", "), " instead of ",
                                   one.empty() ? "nothing" : absl::StrJoin(one, ", ")));
    }
  };
  list(before.clauses(), after.clauses(), "follows from");
  list(before.required_for(), after.required_for(), "required for");
  list(before.blocks(), after.blocks(), "blocks");
  if (!SameList(before.waivable_by(), after.waivable_by())) texts.push_back("other roles may waive it");
  if (before.survives_close() != after.survives_close()) {
    texts.push_back(after.survives_close() ? "survives the case's close" : "holds up the case's close");
  }
  if (before.stated() != after.stated()) {
    texts.push_back(after.stated() ? "its time is stated by the procedure" : "its time is assumed");
  }
  if (SameDue(before, after) && !MessageDifferencer::Equals(before.warn_time(), after.warn_time())) {
    texts.push_back(absl::StrCat("warned ", ForPeople(FromProto(after.warn_time()))));
  }
  if (!SameLevels(before, after)) texts.push_back("other roles are told when it is late");
  return absl::StrJoin(texts, "; ");
}

// The counterpart as it goes on under its new terms: its name and its marks stay, since nothing is announced twice.
Owed GoOn(const Owed& before, const Owed& would) {
  Owed after = would;
  after.set_name(before.name());
  after.set_etag(before.etag());
  *after.mutable_create_time() = before.create_time();
  policy::KeepMarks(before, &after);
  return after;
}

class Comparison {
 public:
  Comparison(const std::string& service_case, const std::string& follows, const std::string& version, absl::Time now)
      : service_case_(service_case), follows_(follows), version_(version), now_(now) {}

  void Add(const Pair& pair) {
    if (pair.stands == nullptr) {
      Open(*pair.would);
    } else if (!IsOpen(*pair.stands)) {
      return;
    } else if (pair.would == nullptr) {
      Cancel(*pair.stands);
    } else if (IsSettled(*pair.would)) {
      Settle(*pair.stands, *pair.would);
    } else {
      Change(*pair.stands, *pair.would);
    }
  }

  PolicyChanges result;

 private:
  v1::CaseChange& Tell(v1::ObligationChange change, const Owed& about, std::string text) {
    v1::CaseChange& told = result.changes.emplace_back();
    told.set_service_case(service_case_);
    told.set_policy_version(follows_);
    told.set_kind(about.kind());
    told.set_change(change);
    told.set_text(std::move(text));
    return told;
  }

  v1::CaseChange& TellOfOne(v1::ObligationChange change, const Owed& stands, std::string text) {
    v1::CaseChange& told = Tell(change, stands, std::move(text));
    told.set_obligation(stands.name());
    if (stands.has_due_time()) *told.mutable_due_time() = stands.due_time();
    return told;
  }

  void Open(const Owed& would) {
    Owed opened = would;
    opened.clear_name();
    opened.clear_etag();
    const std::string text =
        IsOpen(would)
            ? absl::StrCat("\"", would.title(), "\" comes to be owed by ", OwnerInWords(would), ", ", DueInWords(would))
            : absl::StrCat("\"", would.title(), "\" comes up as settled: ", would.close_note());
    v1::CaseChange& told = Tell(v1::OBLIGATION_CHANGE_ADDED, would, text);
    if (would.has_due_time()) *told.mutable_new_due_time() = would.due_time();
    result.outcome.opened.push_back(std::move(opened));
  }

  void Cancel(const Owed& stands) {
    Owed ended = stands;
    ended.set_state(v1::OBLIGATION_STATE_CANCELLED);
    *ended.mutable_close_time() = ToProto(now_);
    ended.set_ended_by(v1::OBLIGATION_END_POLICY_CHANGED);
    ended.set_close_note(absl::StrCat("not owed under ", version_));
    policy::SetFireTime(&ended);
    TellOfOne(v1::OBLIGATION_CHANGE_REMOVED, stands, absl::StrCat("\"", stands.title(), "\" is not owed any more"));
    result.outcome.ended.push_back(std::move(ended));
  }

  void Settle(const Owed& stands, const Owed& would) {
    Owed ended = GoOn(stands, would);
    TellOfOne(v1::OBLIGATION_CHANGE_REMOVED, stands,
              absl::StrCat("\"", stands.title(), "\" counts as settled: ", would.close_note()));
    result.outcome.ended.push_back(std::move(ended));
  }

  void Change(const Owed& stands, const Owed& would) {
    Owed after = GoOn(stands, would);
    const bool same_due = SameDue(stands, after);
    const std::string terms = TermsInWords(stands, after);
    if (!same_due) {
      v1::CaseChange& told =
          TellOfOne(v1::OBLIGATION_CHANGE_DUE, stands,
                    absl::StrCat("\"", after.title(), "\" is ", DueInWords(after), " instead of ", DueInWords(stands)));
      if (after.has_due_time()) *told.mutable_new_due_time() = after.due_time();
    }
    if (!terms.empty()) {
      v1::CaseChange& told =
          TellOfOne(v1::OBLIGATION_CHANGE_TERMS, stands, absl::StrCat("\"", after.title(), "\": ", terms));
      if (after.has_due_time()) *told.mutable_new_due_time() = after.due_time();
    }
    if (same_due && terms.empty()) {
      result.kept.push_back(std::move(after));
      return;
    }
    const bool late = after.has_due_time() && FromProto(after.due_time()) <= now_;
    if (stands.has_breached_time() && !late) {
      policy::ForgetMarks(&after);
      result.outcome.announcements.push_back({v1::EVENT_TYPE_OBLIGATION_CORRECTED, after.owner(), now_, after});
    }
    result.outcome.changed.push_back(std::move(after));
  }

  const std::string& service_case_;
  const std::string& follows_;
  const std::string& version_;
  const absl::Time now_;
};

}  // namespace

absl::Status CheckKnown(const policy::Pack& pack, const std::string& version, const std::string& service_case,
                        const std::string& type, const std::string& classification) {
  const auto check = [&](const std::vector<policy::Named>& words, const std::string& what, const std::string& word) {
    if (word.empty() || words.empty() || policy::FindNamed(words, word) != nullptr) return absl::OkStatus();
    const std::string names =
        absl::StrJoin(words, ", ", [](std::string* out, const policy::Named& named) { out->append(named.name); });
    return ReferenceError(
        "service_cases", service_case,
        absl::StrCat(service_case, " is of the ", what, " \"", word, "\", which ", version, " does not know; it has ",
                     names, ". Give the case one that both have, leave it ",
                     "under its version, or load a version that has it"));
  };
  RETURN_IF_ERROR(check(pack.types, "type", type));
  return check(pack.classes, "class", classification);
}

PolicyChanges ChangesOf(const std::string& service_case, const std::string& follows, const std::string& version,
                        const std::vector<v1::Obligation>& owed, const std::vector<v1::Obligation>& replayed,
                        absl::Time now) {
  std::map<std::pair<std::string, std::string>, Matter> matters;
  for (const Owed& stands : owed) {
    if (IsOpen(stands) || IsSettled(stands)) matters[{stands.kind(), stands.subject()}].stand.push_back(&stands);
  }
  for (const Owed& would : replayed) {
    if (IsOpen(would) || IsSettled(would)) matters[{would.kind(), would.subject()}].would.push_back(&would);
  }
  Comparison comparison(service_case, follows, version, now);
  for (const auto& [key, matter] : matters) {
    for (const Pair& pair : PairUp(matter)) comparison.Add(pair);
  }
  return std::move(comparison.result);
}

}  // namespace aftersales
