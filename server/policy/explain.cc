// Why something is owed and how its due time came about: each stretch of time that was counted or left out, with its
// cause.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "server/policy/clock.h"
#include "server/policy/rules.h"
#include "server/policy/texts.h"

namespace aftersales::policy {
namespace {

// More than anybody reads; the rest is summed up in the last.
constexpr int kMostSegments = 200;

// "document file-summary, complete true": each fact with the values that it may have.
std::string FactsText(const std::vector<FactSet>& where) {
  return absl::StrJoin(where, " or ", [](std::string* out, const FactSet& facts) {
    absl::StrAppend(out, absl::StrJoin(facts, ", ", [](std::string* fact, const FactSet::value_type& entry) {
                      absl::StrAppend(fact, entry.first, " ", absl::StrJoin(entry.second, " or "));
                    }));
  });
}

// "document-filed with document file-summary; or cost-vetted by finance and costs-allocated": what must happen.
std::string MeetingsText(const std::vector<Meeting>& meetings) {
  return absl::StrJoin(meetings, "; or ", [](std::string* out, const Meeting& meeting) {
    absl::StrAppend(out, absl::StrJoin(meeting, " and ", [](std::string* text, const MeetingEvent& event) {
                      absl::StrAppend(text, Word(event.event, '-'));
                      if (event.role != v1::ROLE_UNSPECIFIED) {
                        absl::StrAppend(text, " by ", Word(event.role), event.head ? " (head)" : "");
                      }
                      if (!event.where.empty()) absl::StrAppend(text, " with ", FactsText(event.where));
                    }));
  });
}

class Explainer {
 public:
  Explainer(const v1::Obligation& owed, const Book& book, absl::Time now) : owed_(owed), book_(book), now_(now) {
    for (const ObligationRule& rule : book.pack->obligations) {
      if (rule.kind == owed.kind()) rule_ = &rule;
    }
    if (rule_ != nullptr && owed.limit_index() > 0 && owed.limit_index() <= static_cast<int>(rule_->within.size())) {
      limit_ = &rule_->within[owed.limit_index() - 1];
    }
  }

  v1::Explanation Explain() {
    *explanation_.mutable_obligation() = owed_;
    explanation_.set_time_zone(book_.pack->time_zone.name());
    Origin();
    Due();
    Pauses();
    Told();
    Now();
    return std::move(explanation_);
  }

 private:
  std::string Local(absl::Time time) const {
    // By its offset: "CST" is said of several zones.
    return absl::FormatTime("%Y-%m-%d %H:%M:%S %Ez", time, book_.pack->time_zone);
  }
  std::string Local(const google::protobuf::Timestamp& time) const { return Local(FromProto(time)); }
  template <typename... Parts>
  void Line(const Parts&... parts) {
    explanation_.add_lines(absl::StrCat(parts...));
  }

  void Origin() {
    const std::vector<std::string> clauses(owed_.clauses().begin(), owed_.clauses().end());
    Line("What: \"", owed_.title(), "\" for ", owed_.subject(), ", owed by ",
         OwnerText(owed_.owner(), owed_.owner_head()), ".");
    Line("Why: rule \"", owed_.kind(), "\" of ", book_.pack->title, " (", owed_.policy_version(), "), clauses ",
         absl::StrJoin(clauses, ", "), "; it arose with ", owed_.cause_event(), ".");
    Line("Since: ", Local(owed_.since_time()),
         rule_ != nullptr && rule_->from_notice ? ", when the customer's notice reached us, whenever it was entered."
                                                : ", when that happened.");
  }

  void Due() {
    if (!owed_.has_due_time()) {
      Line("Due: no time is set; it is owed until it is met or waived.");
      return;
    }
    Line("Due: ", Local(owed_.due_time()), ", ", limit_ == nullptr ? "as its rule said then" : LimitText(*limit_),
         owed_.calendar_version().empty() ? "" : absl::StrCat(" (", owed_.calendar_version(), ")"),
         owed_.stated() ? "; the procedure states it." : "; the procedure gives no figure, this one is assumed.");
    std::shared_ptr<const Calendar> calendar;
    if (limit_ != nullptr) calendar = CalendarOf(book_, *limit_, owed_);
    absl::Time at = FromProto(owed_.since_time());
    const absl::Time due = FromProto(owed_.due_time());
    for (const v1::ObligationPause& pause : owed_.pauses()) {
      const absl::Time start = std::clamp(FromProto(pause.start_time()), at, std::max(at, due));
      const absl::Time end = std::clamp(FromProto(pause.end_time()), at, std::max(at, due));
      Running(calendar.get(), at, start);
      if (start < end) Segment(start, end, false, absl::StrCat("paused: ", pause.cause(), ", ", pause.reason()));
      at = std::max(at, end);
    }
    Running(calendar.get(), at, due);
  }

  void Running(const Calendar* calendar, absl::Time start, absl::Time end) {
    if (start >= end) return;
    if (calendar == nullptr) {
      Segment(start, end, true, "elapsed time, day and night");
      return;
    }
    const std::vector<TimeSegment> segments =
        calendar->Segments(start, end, std::max(1, kMostSegments - explanation_.segments_size()));
    for (const TimeSegment& segment : segments) Segment(segment.start, segment.end, segment.counted, segment.cause);
  }

  void Segment(absl::Time start, absl::Time end, bool counted, std::string cause) {
    v1::ExplanationSegment* segment = explanation_.add_segments();
    *segment->mutable_start_time() = ToProto(start);
    *segment->mutable_end_time() = ToProto(end);
    segment->set_counted(counted);
    segment->set_cause(std::move(cause));
  }

  void Pauses() {
    for (const v1::ObligationPause& pause : owed_.pauses()) {
      Line("Paused: from ", Local(pause.start_time()), " until ", pause.lasting() ? "at most " : "",
           Local(pause.end_time()), " (", pause.cause(), "): ", pause.reason(), ".");
    }
  }

  void Told() {
    if (owed_.has_warned_time()) Line("Warned: ", Local(owed_.warned_time()), ".");
    if (owed_.has_breached_time()) Line("Announced as late: ", Local(owed_.breached_time()), ".");
    for (const v1::ObligationEscalation& level : owed_.escalations()) {
      if (level.has_fired_time()) Line("Brought before ", Word(level.to()), ": ", Local(level.fired_time()), ".");
    }
  }

  void Now() {
    if (owed_.state() != v1::OBLIGATION_STATE_OPEN) {
      Line("Now: ", owed_.state() == v1::OBLIGATION_STATE_LATE_MET ? "" : absl::StrCat(Word(owed_.state(), ' '), ", "),
           owed_.close_note(), " at ", Local(owed_.close_time()),
           owed_.state() != v1::OBLIGATION_STATE_LATE_MET
               ? ""
               : absl::StrCat(", late by ", SpanText(FromProto(owed_.close_time()) - FromProto(owed_.due_time()))),
           ".");
      return;
    }
    const bool late = owed_.has_due_time() && now_ > FromProto(owed_.due_time());
    Line(owed_.paused() ? "Now: paused" : "Now: open",
         late ? absl::StrCat(" and late by ", SpanText(now_ - FromProto(owed_.due_time()))) : "", ".");
    if (rule_ != nullptr && !rule_->met_by.empty()) Line("Met by: ", MeetingsText(rule_->met_by), ".");
    std::vector<std::string> shut(owed_.required_for().begin(), owed_.required_for().end());
    shut.insert(shut.end(), owed_.blocks().begin(), owed_.blocks().end());
    if (!shut.empty()) Line("Until then refused: ", absl::StrJoin(shut, ", "), ".");
    std::vector<std::string> roles;
    for (const int role : owed_.waivable_by()) roles.push_back(Word(static_cast<v1::Role>(role)));
    if (!roles.empty()) Line("May be waived by: ", absl::StrJoin(roles, ", "), ".");
  }

  const v1::Obligation& owed_;
  const Book& book_;
  const absl::Time now_;
  const ObligationRule* rule_ = nullptr;
  const Limit* limit_ = nullptr;
  v1::Explanation explanation_;
};

}  // namespace

v1::Explanation Explain(const v1::Obligation& obligation, const Book& book, absl::Time now) {
  return Explainer(obligation, book, now).Explain();
}

}  // namespace aftersales::policy
