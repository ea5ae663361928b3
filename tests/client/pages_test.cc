// Lists page by page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "aftersales/client.h"
#include "aftersales/testing/mock_connection.h"

namespace aftersales {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::NiceMock;

// Three pages, the second without entries; remembers what it was asked.
class ThreePages {
 public:
  ThreePages() {
    ON_CALL(*connection, Unary("/aftersales.v1.CaseService/ListCases", _, _, _))
        .WillByDefault([this](const std::string&, const google::protobuf::Message& request,
                              google::protobuf::Message& reply, const CallOptions&) {
          const auto& asked = static_cast<const v1::ListCasesRequest&>(request);
          tokens.push_back(asked.page_token());
          sizes.push_back(asked.page_size());
          auto& page = static_cast<v1::ListCasesResponse&>(reply);
          if (asked.page_token().empty()) {
            page.add_cases()->set_name("cases/1");
            page.add_cases()->set_name("cases/2");
            page.set_next_page_token("two");
          } else if (asked.page_token() == "two") {
            page.set_next_page_token("three");
          } else if (third_page.ok()) {
            page.add_cases()->set_name("cases/3");
            if (endless) page.set_next_page_token("three");
          }
          return asked.page_token() == "three" ? third_page : absl::OkStatus();
        });
  }

  // Names, and the message of an error at the end.
  std::vector<std::string> Walk() {
    Client client(connection);
    v1::ListCasesRequest request;
    request.set_page_size(2);
    std::vector<std::string> seen;
    for (absl::StatusOr<v1::Case>& item : client.cases().ListCasesAll(request)) {
      seen.push_back(item.ok() ? item->name() : std::string(item.status().message()));
    }
    return seen;
  }

  std::shared_ptr<NiceMock<testing::MockConnection>> connection = std::make_shared<NiceMock<testing::MockConnection>>();
  std::vector<std::string> tokens;
  std::vector<int> sizes;
  absl::Status third_page;
  bool endless = false;
};

TEST(Pages, AreWalkedToTheEnd) {
  ThreePages pages;
  EXPECT_THAT(pages.Walk(), ElementsAre("cases/1", "cases/2", "cases/3"));
  EXPECT_THAT(pages.tokens, ElementsAre("", "two", "three"));
  EXPECT_THAT(pages.sizes, ElementsAre(2, 2, 2));
}

TEST(Pages, EndWithAnError) {
  ThreePages pages;
  pages.third_page = absl::UnavailableError("gone");
  EXPECT_THAT(pages.Walk(), ElementsAre("cases/1", "cases/2", "gone"));
}

TEST(Pages, EndWhereTheServerWouldNot) {
  ThreePages pages;
  pages.endless = true;
  const std::vector<std::string> seen = pages.Walk();
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_THAT(seen[2], ::testing::HasSubstr("same page token twice"));
}

TEST(Pages, AreFetchedOnlyWhenReached) {
  ThreePages pages;
  Client client(pages.connection);
  for (absl::StatusOr<v1::Case>& item : client.cases().ListCasesAll({})) {
    EXPECT_TRUE(item.ok());
    break;
  }
  EXPECT_EQ(pages.tokens.size(), 1u);
}

TEST(Pages, MayHoldNothing) {
  auto connection = std::make_shared<NiceMock<testing::MockConnection>>();
  EXPECT_CALL(*connection, Unary).WillOnce(testing::Answer(v1::ListCasesResponse()));
  Client client(connection);
  for (absl::StatusOr<v1::Case>& item : client.cases().ListCasesAll({})) FAIL() << item.status();
}

TEST(Mock, AnswersAndRefuses) {
  auto connection = std::make_shared<NiceMock<testing::MockConnection>>();
  v1::Case answer;
  answer.set_name("cases/9");
  EXPECT_CALL(*connection, Unary("/aftersales.v1.CaseService/GetCase", _, _, _))
      .WillOnce(testing::Answer(answer))
      .WillOnce(testing::Refuse(absl::NotFoundError("no")));
  Client client(connection);
  EXPECT_EQ(client.cases().GetCase({})->name(), "cases/9");
  EXPECT_EQ(client.cases().GetCase({}).status(), absl::NotFoundError("no"));
}

}  // namespace
}  // namespace aftersales
