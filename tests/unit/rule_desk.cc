#include "tests/unit/rule_desk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "server/policy/clock.h"

namespace aftersales::policy {

std::shared_ptr<const Pack> Parsed(const std::string& text) {
  const ParsedPack parsed = ParsePack(text);
  for (const Mistake& mistake : parsed.mistakes) ADD_FAILURE() << mistake.field << ": " << mistake.text << "\n" << text;
  return parsed.pack;
}

Book BookOf(const Pack& pack) {
  Book book{.pack = &pack, .policy_version = "policyVersions/1", .calendars = {}};
  auto compiled = std::make_shared<std::map<std::string, std::shared_ptr<const Calendar>>>();
  for (const auto& [name, spec] : pack.calendars) (*compiled)[name] = std::make_shared<const Calendar>(spec);
  book.calendars = [compiled](const std::string& name, const std::string&) {
    return CalendarInForce{"", compiled->at(name)};
  };
  return book;
}

v1::Event EventAt(v1::EventType type, absl::Time time) {
  v1::Event event;
  event.set_type(type);
  event.set_root("cases/1");
  event.set_subject("cases/1");
  *event.mutable_time() = ToProto(time);
  *event.mutable_record_time() = ToProto(time);
  return event;
}

std::string Difference(std::vector<v1::Obligation> one, std::vector<v1::Obligation> other) {
  if (one.size() != other.size()) return absl::StrCat(one.size(), " obligations and ", other.size());
  for (size_t i = 0; i < one.size(); ++i) {
    one[i].clear_name();
    other[i].clear_name();
    google::protobuf::util::MessageDifferencer differencer;
    std::string report;
    differencer.ReportDifferencesToString(&report);
    if (!differencer.Compare(one[i], other[i]))
      return absl::StrCat(one[i].kind(), " of ", one[i].subject(), ": ", report);
  }
  return "";
}

void Desk::Take(const v1::Event& event) {
  recorded_.push_back(event);
  const Happening happening = HappeningOf(event);
  if (happening.pause.has_value()) pause_ = happening.pause;
  if (event.type() == v1::EVENT_TYPE_CASE_RESUMED) pause_.reset();
  std::vector<v1::Obligation> known;
  for (const v1::Obligation& owed : owed_) {
    if (NeedsHistory(*book_.pack, event.type()) || owed.state() == v1::OBLIGATION_STATE_OPEN) known.push_back(owed);
  }
  Keep(Apply(book_, known, happening, pause_));
  CheckBook();
}

void Desk::Scan(absl::Time now) {
  for (v1::Obligation& owed : owed_) {
    v1::Obligation early = owed;
    if (!owed.has_fire_time() || FromProto(owed.fire_time()) > now) {
      EXPECT_TRUE(Fire(early, now).empty()) << "fired without being due: " << owed.ShortDebugString();
      EXPECT_EQ(Difference({early}, {owed}), "");
      continue;
    }
    EXPECT_TRUE(Fire(early, FromProto(owed.fire_time()) - absl::Microseconds(1)).empty()) << owed.ShortDebugString();
    const std::vector<Firing> fired = Fire(owed, now);
    EXPECT_FALSE(fired.empty()) << "it was to fire: " << owed.ShortDebugString();
    for (const Firing& firing : fired) {
      EXPECT_LE(firing.time, now) << owed.ShortDebugString();
      Announce(firing.type, owed);
    }
    EXPECT_TRUE(Fire(owed, now).empty()) << "fired twice: " << owed.ShortDebugString();
    if (owed.has_fire_time()) EXPECT_GT(FromProto(owed.fire_time()), now);
  }
}

void Desk::Waive(absl::Time now) {
  const auto open = std::find_if(owed_.begin(), owed_.end(),
                                 [](const v1::Obligation& owed) { return owed.state() == v1::OBLIGATION_STATE_OPEN; });
  if (open == owed_.end()) return;
  EndPause(now, &*open);
  open->set_state(v1::OBLIGATION_STATE_WAIVED);
  open->set_ended_by(v1::OBLIGATION_END_WAIVED);
  open->set_close_note("waived");
  *open->mutable_close_time() = ToProto(now);
  SetFireTime(&*open);
  RecordOf(v1::EVENT_TYPE_OBLIGATION_ENDED, *open);
}

void Desk::Keep(Outcome outcome) {
  std::set<std::string> touched;
  for (const std::vector<v1::Obligation>* group : {&outcome.ended, &outcome.changed}) {
    for (const v1::Obligation& after : *group) {
      EXPECT_TRUE(touched.insert(after.name()).second) << "changed twice by one event: " << after.ShortDebugString();
      EXPECT_EQ(after.state() == v1::OBLIGATION_STATE_OPEN, group == &outcome.changed) << after.ShortDebugString();
      Replace(after);
    }
  }
  for (const v1::Obligation& noted : outcome.noted) {
    EXPECT_TRUE(touched.insert(noted.name()).second) << "changed twice by one event: " << noted.ShortDebugString();
    EXPECT_EQ(noted.ended_by(), v1::OBLIGATION_END_FACTS_CHANGED) << noted.ShortDebugString();
    for (v1::Obligation& owed : owed_) {
      if (owed.name() == noted.name()) owed = noted;
    }
  }
  for (const v1::Obligation& ended : outcome.ended) RecordOf(v1::EVENT_TYPE_OBLIGATION_ENDED, ended);
  for (const v1::Obligation& changed : outcome.changed) RecordOf(v1::EVENT_TYPE_OBLIGATION_CHANGED, changed);
  for (v1::Obligation& opened : outcome.opened) {
    opened.set_name(absl::StrCat("obligations/", owed_.size()));
    owed_.push_back(opened);
    RecordOf(v1::EVENT_TYPE_OBLIGATION_OPENED, opened);
  }
  for (const Announcement& told : outcome.announcements) {
    v1::Obligation about = told.obligation;
    for (const v1::Obligation& opened : outcome.opened) {
      const bool same = opened.kind() == about.kind() && opened.subject() == about.subject();
      if (about.name().empty() && same) about.set_name(opened.name());
    }
    if (told.type == v1::EVENT_TYPE_OBLIGATION_BREACHED) {
      Announce(told.type, about);
    } else {
      RecordOf(told.type, about);
      // What is not late after all may come to be late anew, and is announced then.
      for (const v1::EventType type : {v1::EVENT_TYPE_OBLIGATION_WARNED, v1::EVENT_TYPE_OBLIGATION_BREACHED,
                                       v1::EVENT_TYPE_OBLIGATION_ESCALATED}) {
        announced_.erase(absl::StrCat(Word(type), " of ", about.name()));
      }
    }
  }
}

void Desk::Replace(const v1::Obligation& after) {
  const auto found =
      std::find_if(owed_.begin(), owed_.end(), [&](const v1::Obligation& owed) { return owed.name() == after.name(); });
  ASSERT_NE(found, owed_.end()) << after.ShortDebugString();
  EXPECT_EQ(found->state(), v1::OBLIGATION_STATE_OPEN) << "what has ended stays as it is: " << after.ShortDebugString();
  *found = after;
}

void Desk::Announce(v1::EventType type, const v1::Obligation& owed) {
  const int times = ++announced_[absl::StrCat(Word(type), " of ", owed.name())];
  EXPECT_LE(times, type == v1::EVENT_TYPE_OBLIGATION_ESCALATED ? owed.escalations_size() : 1)
      << owed.ShortDebugString();
  RecordOf(type, owed);
}

void Desk::RecordOf(v1::EventType type, const v1::Obligation& obligation) {
  v1::Event event;
  event.set_type(type);
  event.set_root("cases/1");
  event.set_subject(obligation.name());
  *event.mutable_obligation() = obligation;
  recorded_.push_back(std::move(event));
}

void Desk::CheckBook() const {
  std::set<std::string> open;
  for (const v1::Obligation& owed : owed_) {
    if (owed.state() == v1::OBLIGATION_STATE_OPEN) {
      // What is owed in every period is owed once for each.
      const auto period = owed.facts().find(kPeriod);
      const std::string matter =
          absl::StrCat(owed.kind(), " ", owed.subject(), " ", period == owed.facts().end() ? "" : period->second);
      EXPECT_TRUE(open.insert(matter).second) << "owed twice: " << owed.ShortDebugString();
    }
    EXPECT_EQ(owed.has_close_time(), owed.state() != v1::OBLIGATION_STATE_OPEN) << owed.ShortDebugString();
    EXPECT_EQ(owed.has_due_time(), owed.has_warn_time()) << owed.ShortDebugString();
    if (owed.has_due_time())
      EXPECT_LE(FromProto(owed.warn_time()), FromProto(owed.due_time())) << owed.ShortDebugString();
    CheckPauses(owed);
  }
}

void Desk::CheckPauses(const v1::Obligation& owed) const {
  absl::Time last = FromProto(owed.since_time());
  absl::Duration paused;
  for (const v1::ObligationPause& pause : owed.pauses()) {
    EXPECT_GE(FromProto(pause.start_time()), last) << owed.ShortDebugString();
    EXPECT_GE(FromProto(pause.end_time()), FromProto(pause.start_time())) << owed.ShortDebugString();
    last = FromProto(pause.end_time());
    if (pause.cause() != kEnded) paused += last - FromProto(pause.start_time());
    EXPECT_EQ(pause.lasting(), owed.paused() && &pause == &owed.pauses(owed.pauses_size() - 1))
        << owed.ShortDebugString();
  }
  for (const ObligationRule& rule : book_.pack->obligations) {
    if (rule.kind == owed.kind()) EXPECT_LE(paused, rule.pause_at_most) << owed.ShortDebugString();
  }
}

}  // namespace aftersales::policy
