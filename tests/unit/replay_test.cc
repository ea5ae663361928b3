// What rules make of random histories: step by step, replayed, cut in two, and as a clerk would have kept the book by
// hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/names.h"
#include "server/policy/clock.h"
#include "server/policy/pack.h"
#include "server/policy/rules.h"
#include "tests/unit/naive_clerk.h"
#include "tests/unit/random_history.h"
#include "tests/unit/rule_desk.h"

namespace aftersales::policy {
namespace {

constexpr unsigned kHistories = 100;
constexpr int kEvents = 40;

struct Drawn {
  std::vector<DrawnRule> rules;
  std::string text;
  std::shared_ptr<const Pack> pack;
  Book book;
  std::vector<v1::Event> events;
};

Drawn Draw(Random& random) {
  Drawn drawn;
  drawn.rules = DrawRules(random);
  drawn.text = PackText(drawn.rules);
  drawn.pack = Parsed(drawn.text);
  if (drawn.pack == nullptr) return drawn;
  drawn.book = BookOf(*drawn.pack);
  drawn.events = DrawEvents(random, kEvents);
  return drawn;
}

std::string Described(unsigned seed, const Drawn& drawn, size_t event) {
  std::string text = absl::StrCat("seed ", seed, ", after event ", event, "\n", drawn.text);
  for (size_t i = 0; i <= event && i < drawn.events.size(); ++i) {
    absl::StrAppend(&text, i, ": ", drawn.events[i].ShortDebugString(), "\n");
  }
  return text;
}

bool Failed() { return ::testing::Test::HasFailure(); }

TEST(HistoryTest, ReplayedEventsGiveWhatWasOwedStepByStep) {
  for (unsigned seed = 1; seed <= kHistories; ++seed) {
    Random random(seed);
    const Drawn drawn = Draw(random);
    ASSERT_FALSE(Failed()) << "seed " << seed;
    Desk desk(drawn.book);
    absl::Time now = absl::InfinitePast();
    for (size_t i = 0; i < drawn.events.size(); ++i) {
      const absl::Time next = FromProto(drawn.events[i].record_time());
      if (i > 0 && Chance(random, 50)) desk.Scan(now + (next - now) * Pick(random, 0, 100) / 100);
      if (i > 0 && Chance(random, 5)) desk.Waive(now);
      now = next;
      desk.Take(drawn.events[i]);
      ASSERT_EQ(Difference(Replay(drawn.book, "cases/1", desk.recorded()), desk.owed()), "")
          << Described(seed, drawn, i);
      ASSERT_FALSE(Failed()) << Described(seed, drawn, i);
    }
    desk.Scan(now + absl::Hours(24 * 1000));
    ASSERT_FALSE(Failed()) << Described(seed, drawn, drawn.events.size());
  }
}

TEST(HistoryTest, WhatWasReplayedGoesOnAsIfNeverCut) {
  for (unsigned seed = 1; seed <= kHistories; ++seed) {
    Random random(seed);
    const Drawn drawn = Draw(random);
    const size_t cut = static_cast<size_t>(Pick(random, 1, kEvents - 1));
    Desk whole(drawn.book);
    for (size_t i = 0; i < cut; ++i) whole.Take(drawn.events[i]);
    Desk rest(drawn.book, Replay(drawn.book, "cases/1", whole.recorded()), whole.pause());
    for (size_t i = cut; i < drawn.events.size(); ++i) {
      whole.Take(drawn.events[i]);
      rest.Take(drawn.events[i]);
    }
    ASSERT_EQ(Difference(rest.owed(), whole.owed()), "")
        << "cut before " << cut << " of " << Described(seed, drawn, kEvents);
    ASSERT_FALSE(Failed()) << Described(seed, drawn, kEvents);
  }
}

// A dry run of another pack: what the scan announced under the one changes nothing that would be owed under the other.
TEST(HistoryTest, WhatWasAnnouncedUnderOnePackChangesNothingThatAnotherWouldOwe) {
  const auto without_marks = [](std::vector<v1::Obligation> owed) {
    for (v1::Obligation& one : owed) {
      one.clear_warned_time();
      one.clear_breached_time();
      for (v1::ObligationEscalation& level : *one.mutable_escalations()) level.clear_fired_time();
      SetFireTime(&one);
    }
    return owed;
  };
  for (unsigned seed = 1; seed <= kHistories; ++seed) {
    Random random(seed);
    const Drawn drawn = Draw(random);
    const Drawn other = Draw(random);
    Desk desk(drawn.book);
    Desk expected(other.book);
    for (const v1::Event& event : drawn.events) {
      desk.Scan(FromProto(event.record_time()));
      desk.Take(event);
      expected.Take(event);
    }
    ASSERT_FALSE(Failed()) << Described(seed, drawn, kEvents);
    ASSERT_EQ(Difference(without_marks(Replay(other.book, "cases/1", desk.recorded())), without_marks(expected.owed())),
              "")
        << "other pack: " << other.text << Described(seed, drawn, kEvents);
  }
}

TEST(HistoryTest, EventsOfOtherRootsChangeNothing) {
  Random random(7);
  const Drawn drawn = Draw(random);
  std::vector<v1::Event> mixed;
  for (const v1::Event& event : drawn.events) {
    mixed.push_back(event);
    mixed.push_back(event);
    mixed.back().set_root("cases/2");
  }
  EXPECT_EQ(Difference(Replay(drawn.book, "cases/1", mixed), Replay(drawn.book, "cases/1", drawn.events)), "");
}

Minutes MinuteOf(const google::protobuf::Timestamp& time) { return absl::ToUnixSeconds(FromProto(time)) / 60; }

// What the clerk has against an obligation; empty where nothing.
std::string Objection(const NaiveClerk::Duty& duty, const v1::Obligation& owed) {
  if (duty.rule->kind != owed.kind() || duty.subject != owed.subject()) {
    return absl::StrCat(duty.rule->kind, " of ", duty.subject, " is owed");
  }
  if (duty.state != owed.state()) return absl::StrCat("is ", Word(duty.state));
  if (MinuteOf(owed.since_time()) != duty.since) return absl::StrCat("since ", duty.since);
  if (owed.has_due_time() != duty.due.has_value()) return absl::StrCat("due ", duty.due.value_or(0));
  if (duty.due.has_value() && MinuteOf(owed.due_time()) != *duty.due) {
    return absl::StrCat("due ", *duty.due, " instead of ", MinuteOf(owed.due_time()));
  }
  if (duty.warn.has_value() && MinuteOf(owed.warn_time()) != *duty.warn) {
    return absl::StrCat("warned of at ", *duty.warn, " instead of ", MinuteOf(owed.warn_time()));
  }
  if (owed.pauses_size() != static_cast<int>(duty.stops.size())) return absl::StrCat(duty.stops.size(), " pauses");
  for (int i = 0; i < owed.pauses_size(); ++i) {
    const NaiveClerk::Stop& stop = duty.stops[static_cast<size_t>(i)];
    const v1::ObligationPause& pause = owed.pauses(i);
    if (MinuteOf(pause.start_time()) != stop.from || MinuteOf(pause.end_time()) != stop.to ||
        pause.lasting() != stop.lasting) {
      return absl::StrCat("pause ", i, " from ", stop.from, " to ", stop.to);
    }
  }
  return "";
}

TEST(HistoryTest, AClerkWhoWalksEveryMinuteComesToTheSame) {
  for (unsigned seed = 1; seed <= kHistories; ++seed) {
    Random random(seed);
    const Drawn drawn = Draw(random);
    Desk desk(drawn.book);
    NaiveClerk clerk(drawn.rules);
    for (size_t i = 0; i < drawn.events.size(); ++i) {
      desk.Take(drawn.events[i]);
      clerk.Take(drawn.events[i]);
      ASSERT_EQ(desk.owed().size(), clerk.duties().size()) << Described(seed, drawn, i);
      for (size_t d = 0; d < clerk.duties().size(); ++d) {
        ASSERT_EQ(Objection(clerk.duties()[d], desk.owed()[d]), "") << desk.owed()[d].ShortDebugString() << "\n"
                                                                    << Described(seed, drawn, i);
      }
    }
  }
}

// However many pauses there are: an elapsed limit is put off by their length, and by no more than the rule allows.
TEST(HistoryTest, PausesPutOffTheDueTimeByTheirLengthUpToTheMost) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Random random(seed);
    const int most = Pick(random, 1, 40);
    const auto pack =
        Parsed(absl::StrCat("name: 'p' title: 'P' effective_from: '2026-01-01' time_zone: 'UTC' owner: 'quality'\n"
                            "obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' within { days: 60 } "
                            "met_by { event: 'case-accepted' } "
                            "pause_on: 'other' pause_at_most { hours: ",
                            most, " } }"));
    const Book book = BookOf(*pack);
    Desk desk(book);
    absl::Time now = absl::FromUnixSeconds(1790000000) + absl::Microseconds(Pick(random, 0, 1000000));
    desk.Take(EventAt(v1::EVENT_TYPE_CASE_OPENED, now));
    const absl::Time plain = FromProto(desk.owed().at(0).due_time());
    absl::Duration paused;
    for (int pauses = Pick(random, 1, 8); pauses > 0; --pauses) {
      now += absl::Minutes(Pick(random, 0, 3000));
      v1::Event pause = EventAt(v1::EVENT_TYPE_CASE_PAUSED, now);
      pause.mutable_service_case()->mutable_pause()->set_cause(v1::PAUSE_CAUSE_OTHER);
      desk.Take(pause);
      EXPECT_EQ(FromProto(desk.owed().at(0).due_time()), plain + absl::Hours(most))
          << "as if the pause lasted as long as it may";
      now += absl::Minutes(Pick(random, 0, 600)) + absl::Microseconds(Pick(random, 0, 1000000));
      paused += now - FromProto(pause.time());
      desk.Take(EventAt(v1::EVENT_TYPE_CASE_RESUMED, now));
      EXPECT_EQ(FromProto(desk.owed().at(0).due_time()), plain + std::min(paused, absl::Hours(most)));
      EXPECT_FALSE(desk.owed().at(0).paused());
    }
  }
}

// Whatever times the due scan comes by at, and after any downtime, the same marks are told once each.
TEST(HistoryTest, EachMarkFiresOnceWhateverTimesItIsAskedAt) {
  const auto pack = Parsed(
      "name: 'p' title: 'P' effective_from: '2026-01-01' time_zone: 'UTC' owner: 'quality'\n"
      "obligation { kind: 'a' clauses: 'X' on: 'case-opened' by: 'quality' within { hours: 10 } met_by { event: "
      "'case-accepted' } "
      "escalate { overdue_minutes: 0 to: 'service_manager' } escalate { overdue_minutes: 90 to: 'executive' } }");
  const Book book = BookOf(*pack);
  const absl::Time start = absl::FromUnixSeconds(1790000000);
  Desk desk(book);
  desk.Take(EventAt(v1::EVENT_TYPE_CASE_OPENED, start));
  const std::vector<std::string> expected = {"obligation_warned 450 quality", "obligation_breached 600 quality",
                                             "obligation_escalated 600 service_manager",
                                             "obligation_escalated 690 executive"};
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Random random(seed);
    v1::Obligation owed = desk.owed().at(0);
    std::vector<std::string> told;
    for (absl::Time now = start; now < start + absl::Minutes(1000); now += absl::Minutes(Pick(random, 0, 400))) {
      for (const Firing& firing : Fire(owed, now)) {
        EXPECT_LE(firing.time, now);
        told.push_back(
            absl::StrCat(Word(firing.type), " ", absl::ToInt64Minutes(firing.time - start), " ", Word(firing.to)));
      }
    }
    for (const Firing& firing : Fire(owed, start + absl::Minutes(1000))) {
      told.push_back(
          absl::StrCat(Word(firing.type), " ", absl::ToInt64Minutes(firing.time - start), " ", Word(firing.to)));
    }
    EXPECT_EQ(told, expected);
    EXPECT_FALSE(owed.has_fire_time());
  }
}

}  // namespace
}  // namespace aftersales::policy
