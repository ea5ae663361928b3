#include "server/cases/queue_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace aftersales {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1800000000);

absl::Time At(int minute) { return kStart + absl::Minutes(minute); }

Waiting Contact(const std::string& name, v1::Severity severity, int notice, std::optional<int> answered,
                std::optional<int> ended = std::nullopt) {
  Waiting waiting{name, severity, At(notice), std::nullopt, std::nullopt};
  if (answered.has_value()) waiting.answered = At(*answered);
  if (ended.has_value()) waiting.ended = At(*ended);
  return waiting;
}

TEST(QueueRulesTest, WhoCameLaterAndWasAnsweredFirstJumped) {
  const std::vector<Jump> jumps =
      QueueJumps({Contact("a", v1::SEVERITY_MINOR, 0, std::nullopt), Contact("b", v1::SEVERITY_MINOR, 5, 30),
                  Contact("c", v1::SEVERITY_MINOR, 10, 20)});
  ASSERT_EQ(jumps.size(), 2u);
  EXPECT_EQ(jumps[0].contact, 2u) << "in the order of answering";
  EXPECT_EQ(jumps[0].overtaken, 2);
  EXPECT_EQ(jumps[0].oldest_overtaken, 0u);
  EXPECT_EQ(jumps[1].contact, 1u);
  EXPECT_EQ(jumps[1].overtaken, 1);
}

TEST(QueueRulesTest, NoJumpWhereItWasWorseOrTheOtherDidNotWaitAnyMore) {
  EXPECT_TRUE(QueueJumps({}).empty());
  EXPECT_TRUE(QueueJumps({Contact("a", v1::SEVERITY_MINOR, 0, 30), Contact("b", v1::SEVERITY_MAJOR, 5, 10)}).empty());
  EXPECT_TRUE(QueueJumps({Contact("a", v1::SEVERITY_MINOR, 0, 10), Contact("b", v1::SEVERITY_MINOR, 5, 10)}).empty())
      << "answered together";
  EXPECT_TRUE(QueueJumps({Contact("a", v1::SEVERITY_MINOR, 5, 30), Contact("b", v1::SEVERITY_MINOR, 5, 10)}).empty())
      << "came together";
  EXPECT_TRUE(
      QueueJumps({Contact("a", v1::SEVERITY_MINOR, 0, std::nullopt, 8), Contact("b", v1::SEVERITY_MINOR, 5, 10)})
          .empty())
      << "ended before";
  EXPECT_EQ(QueueJumps({Contact("a", v1::SEVERITY_CRITICAL, 0, std::nullopt, 11),
                        Contact("b", v1::SEVERITY_UNSPECIFIED, 5, 10)})
                .size(),
            1u);
}

// The definition, word by word.
std::vector<Jump> Naive(const std::vector<Waiting>& queue) {
  std::vector<Jump> jumps;
  for (size_t a = 0; a < queue.size(); ++a) {
    if (!queue[a].answered.has_value()) continue;
    Jump jump{a, 0, 0};
    for (size_t b = 0; b < queue.size(); ++b) {
      const bool waiting = queue[b].answered.value_or(absl::InfiniteFuture()) > *queue[a].answered &&
                           queue[b].ended.value_or(absl::InfiniteFuture()) > *queue[a].answered;
      if (queue[b].notice >= queue[a].notice || queue[b].severity < queue[a].severity || !waiting) continue;
      const bool older = jump.overtaken == 0 ||
                         std::tie(queue[b].notice, queue[b].contact) <
                             std::tie(queue[jump.oldest_overtaken].notice, queue[jump.oldest_overtaken].contact);
      if (older) jump.oldest_overtaken = b;
      ++jump.overtaken;
    }
    if (jump.overtaken > 0) jumps.push_back(jump);
  }
  std::sort(jumps.begin(), jumps.end(), [&](const Jump& a, const Jump& b) {
    return std::tie(*queue[a.contact].answered, queue[a.contact].contact) <
           std::tie(*queue[b.contact].answered, queue[b.contact].contact);
  });
  return jumps;
}

TEST(QueueRulesTest, AgreesWithANaiveCountOnRandomQueues) {
  std::mt19937 random(20261122);
  const auto up_to = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
  size_t jumped = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<Waiting> queue;
    const int size = up_to(60);
    for (int i = 0; i < size; ++i) {
      const int notice = up_to(40);
      queue.push_back(Contact(absl::StrCat("contacts/", up_to(1000000)),
                              static_cast<v1::Severity>(up_to(v1::Severity_MAX)), notice,
                              up_to(3) == 0 ? std::nullopt : std::optional<int>(notice + up_to(30)),
                              up_to(4) == 0 ? std::optional<int>(notice + up_to(30)) : std::nullopt));
    }
    const std::vector<Jump> found = QueueJumps(queue), expected = Naive(queue);
    ASSERT_EQ(found.size(), expected.size()) << round;
    for (size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].contact, expected[i].contact) << round;
      EXPECT_EQ(found[i].overtaken, expected[i].overtaken) << round;
      EXPECT_EQ(found[i].oldest_overtaken, expected[i].oldest_overtaken) << round;
    }
    jumped += found.size();
  }
  EXPECT_GT(jumped, 1000u) << "the queues are too orderly to show anything";
}

TEST(QueueRulesTest, TheLongestQueueIsCountedExactly) {
  std::vector<Waiting> queue;
  for (int i = 0; i < 20000; ++i)
    queue.push_back(Contact(absl::StrCat("contacts/", i), v1::SEVERITY_MINOR, i, 60000 - i));
  const std::vector<Jump> jumps = QueueJumps(queue);
  ASSERT_EQ(jumps.size(), 19999u);
  EXPECT_EQ(jumps.front().contact, 19999u) << "the last to come was answered first";
  EXPECT_EQ(jumps.front().overtaken, 19999);
  EXPECT_EQ(jumps.back().contact, 1u);
  EXPECT_EQ(jumps.back().overtaken, 1);
}

}  // namespace
}  // namespace aftersales
