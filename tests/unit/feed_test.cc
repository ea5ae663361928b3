// How stored events become answers.
#include "server/feed/feed_rules.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

std::vector<StoredEvent> Stored(int count, size_t bytes = 0) {
  std::vector<StoredEvent> stored;
  for (int i = 1; i <= count; ++i) {
    v1::Event event;
    event.set_subject("customers/" + std::to_string(i));
    event.mutable_customer()->set_address(std::string(bytes, 'a'));
    StoredEvent row;
    row.position = 10 + i;
    row.body = event.SerializeAsString();
    stored.push_back(row);
  }
  return stored;
}

TEST(FeedRules, EventsGetTheirPositions) {
  v1::ListEventsResponse response;
  EXPECT_EQ(TakeEvents(Stored(3), 100, response.mutable_events()), 3u);
  EXPECT_EQ(response.events(0).position(), 11);
  EXPECT_EQ(response.events(2).position(), 13);
  EXPECT_EQ(response.events(2).subject(), "customers/3");
}

TEST(FeedRules, AMessageHoldsNoMoreThanAskedFor) {
  v1::ListEventsResponse response;
  EXPECT_EQ(TakeEvents(Stored(3), 2, response.mutable_events()), 2u);
  EXPECT_EQ(TakeEvents({}, 2, response.mutable_events()), 0u);
}

TEST(FeedRules, AMessageStaysSmallButMovesOn) {
  v1::ListEventsResponse response;
  EXPECT_EQ(TakeEvents(Stored(10, 300000), 100, response.mutable_events()), 3u);
  response.Clear();
  EXPECT_EQ(TakeEvents(Stored(2, 2000000), 100, response.mutable_events()), 1u) << "one that is too large goes alone";
}

TEST(FeedRules, AnEventThatCannotBeSentDoesNotStopTheFeed) {
  std::vector<StoredEvent> stored = Stored(3);
  stored[0].body = "\xff\xff\xff";
  stored[1].body = std::string(kLargestEvent + 1, 'a');
  for (StoredEvent& row : stored) row.type = "directory-changed";
  stored[1].root = "customers/2";
  v1::ListEventsResponse response;
  ASSERT_EQ(TakeEvents(stored, 10, response.mutable_events()), 3u);
  EXPECT_EQ(response.events(0).position(), 11);
  EXPECT_EQ(response.events(0).facts().at("left_out"), "damaged");
  EXPECT_EQ(response.events(1).position(), 12);
  EXPECT_EQ(response.events(1).root(), "customers/2");
  EXPECT_EQ(response.events(1).type(), v1::EVENT_TYPE_DIRECTORY_CHANGED);
  EXPECT_FALSE(response.events(1).has_customer());
  EXPECT_EQ(response.events(2).subject(), "customers/3");
}

TEST(FeedRules, APositionBeyondTheFeedTellsItsHead) {
  const absl::Status status = PositionError(9, 7);
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_POSITION_INVALID);
}

}  // namespace
}  // namespace aftersales
