// Page tokens that somebody made up: the check in a token is no secret, so lists must bear any keys in it.
#include <gtest/gtest.h>

#include "server/access/access_store.h"
#include "server/base/error.h"
#include "server/feed/event_service.h"
#include "server/parts/parts_store.h"
#include "tests/testing/databases.h"

namespace aftersales::testing {
namespace {

std::vector<Values> MadeUpKeys() {
  return {{"only-one"}, {1}, {1, 2}, {"a", 2}, {1, "b"}, {"a", "b", "c"}, {1, 2, 3, 4, 5, 6, 7, 8}};
}

class HostileTokens : public ::testing::TestWithParam<TestEngine> {
 protected:
  TestDatabase database_{GetParam()};
  ManualClock clock_;
  std::unique_ptr<Database> db_ = database_.Open(clock_);
};

INSTANTIATE_TEST_SUITE_P(Engines, HostileTokens, ::testing::ValuesIn(TestEngines()), EngineName);

TEST_P(HostileTokens, AreRefusedByListsThatReadKeysByPosition) {
  for (const Values& keys : MadeUpKeys()) {
    Call call = TestCall();
    const absl::Status stock =
        db_->Read<v1::ListStockResponse>(call,
                                         [&](Reader& reader) -> absl::StatusOr<v1::ListStockResponse> {
                                           v1::ListStockRequest request;
                                           request.set_page_token(MakePageToken(request, keys));
                                           v1::ListStockResponse response;
                                           RETURN_IF_ERROR(ListBalances(reader, request, &response));
                                           return response;
                                         })
            .status();
    EXPECT_EQ(ReasonOf(stock), v1::ERROR_REASON_PAGE_TOKEN_INVALID) << keys.size() << " keys: " << stock;

    EventFeed feed(*db_);
    EventService events(feed);
    v1::ListEventsRequest list_events;
    list_events.set_page_token(MakePageToken(list_events, keys));
    if (keys.size() != 1 || keys[0].is_text()) {
      const absl::Status status = events.ListEvents(call, list_events).status();
      EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_PAGE_TOKEN_INVALID) << keys.size() << " keys: " << status;
    }

    const bool fits = keys.size() == 2 && !keys[0].is_text() && !keys[1].is_text();
    const absl::Status refusals =
        db_->Read<v1::ListRefusalsResponse>(call,
                                            [&](Reader& reader) {
                                              v1::ListRefusalsRequest request;
                                              request.set_page_token(MakePageToken(request, keys));
                                              return ListRefusalRows(reader, request);
                                            })
            .status();
    EXPECT_EQ(ReasonOf(refusals), fits ? v1::ERROR_REASON_UNSPECIFIED : v1::ERROR_REASON_PAGE_TOKEN_INVALID)
        << keys.size() << " keys: " << refusals;
  }
}

}  // namespace
}  // namespace aftersales::testing
