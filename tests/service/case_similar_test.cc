// Cases that are like one another, linked to one another, and left idle, on both engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/cases/case_store.h"
#include "server/obligations/obligation_store.h"
#include "tests/service/case_office.h"
#include "tests/service/workshop.h"

namespace aftersales {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class CaseSimilarTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  // A second later than the one before, with these items.
  v1::Case Open(const v1::Equipment& equipment, const std::vector<std::string>& items) {
    office_.clock.Advance(absl::Seconds(1));
    auto opening = office_.Opening();
    opening.mutable_service_case()->set_equipment(equipment.name());
    opening.mutable_service_case()->clear_nonconforming_items();
    for (const std::string& item : items) opening.mutable_service_case()->add_nonconforming_items(item);
    return office_.Open(opening);
  }
  std::vector<v1::SimilarCase> Similar(const std::string& name, int page_size = 0) {
    v1::ListSimilarCasesRequest request;
    request.set_name(name);
    request.set_page_size(page_size);
    std::vector<v1::SimilarCase> all;
    do {
      const v1::ListSimilarCasesResponse page = Must(office_.Do(&CaseService::ListSimilarCases, request));
      if (page_size > 0) EXPECT_LE(page.similar_cases_size(), page_size);
      all.insert(all.end(), page.similar_cases().begin(), page.similar_cases().end());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return all;
  }
  std::vector<std::string> SimilarNames(const std::string& name, int page_size = 0) {
    std::vector<std::string> names;
    for (const v1::SimilarCase& similar : Similar(name, page_size)) names.push_back(similar.service_case());
    return names;
  }
  absl::StatusOr<v1::Case> Link(const std::string& name, const std::string& other) {
    auto request = On<v1::LinkCasesRequest>(name);
    request.set_other(other);
    request.set_reason("The same batch.");
    return office_.Do(&CaseService::LinkCases, request);
  }
  std::vector<std::string> Idle(int page_size = 0) {
    v1::ListIdleCasesRequest request;
    request.set_page_size(page_size);
    std::vector<std::string> names;
    do {
      const v1::ListIdleCasesResponse page = Must(office_.Do(&CaseService::ListIdleCases, request));
      for (const v1::Case& idle : page.cases()) names.push_back(idle.name());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return names;
  }

  CaseOffice office_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Engines, CaseSimilarTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

TEST_P(CaseSimilarTest, TheSameProductComesFirstThenOthersEachNewestFirst) {
  const auto& unit = office_.equipment;
  const auto& coupler = office_.other_equipment;
  const std::string old = Open(unit, {"brake pad"}).name(), elsewhere = Open(coupler, {"Brake pad"}).name(),
                    newer = Open(unit, {" BRAKE PAD ", "Valve"}).name(), valve = Open(unit, {"valve"}).name(),
                    far = Open(coupler, {"valve", "brake pad", "hose"}).name();
  Open(unit, {"Hose"});
  Open(coupler, {"brake pads"});
  const std::string asked = Open(unit, {"Brake Pad", "valve", "Brake pad"}).name();
  for (const int page_size : {1, 2, 3, 4, 5, 50}) {
    EXPECT_THAT(SimilarNames(asked, page_size), ElementsAre(valve, newer, old, far, elsewhere)) << page_size;
  }
  const std::vector<v1::SimilarCase> similar = Similar(asked);
  EXPECT_TRUE(similar[1].same_product());
  EXPECT_THAT(similar[1].items(), ElementsAre("Brake Pad", "valve")) << "in the words of the case asked about";
  EXPECT_FALSE(similar[3].same_product());
  EXPECT_EQ(similar[3].product(), office_.other_product.name());
  EXPECT_EQ(similar[3].state(), v1::CASE_STATE_OPEN);
  EXPECT_FALSE(similar[3].linked());
  ASSERT_TRUE(Link(asked, far).ok());
  EXPECT_TRUE(Similar(asked)[3].linked());
  EXPECT_THAT(SimilarNames(Open(unit, {}).name()), IsEmpty()) << "without items nothing is like it";
}

TEST_P(CaseSimilarTest, AChangedCaseIsFoundByWhatItHasNow) {
  auto opening = office_.Opening();
  opening.mutable_service_case()->clear_equipment();
  const v1::Case changing = office_.Open(opening);
  const std::string asked = Open(office_.equipment, {"Brake pad", "Caliper"}).name();
  ASSERT_EQ(Similar(asked).size(), 1u);
  EXPECT_FALSE(Similar(asked)[0].same_product());
  auto update = On<v1::UpdateCaseRequest>(changing.name(), changing.etag());
  *update.mutable_service_case() = changing;
  update.mutable_service_case()->set_equipment(office_.equipment.name());
  update.mutable_service_case()->set_nonconforming_items(0, "caliper");
  const v1::Case changed = Must(office_.Do(&CaseService::UpdateCase, update));
  ASSERT_EQ(Similar(asked).size(), 1u);
  EXPECT_TRUE(Similar(asked)[0].same_product());
  EXPECT_THAT(Similar(asked)[0].items(), ElementsAre("Caliper"));
  update.set_etag(changed.etag());
  update.mutable_service_case()->clear_nonconforming_items();
  ASSERT_TRUE(office_.Do(&CaseService::UpdateCase, update).ok());
  EXPECT_THAT(SimilarNames(asked), IsEmpty());
}

TEST_P(CaseSimilarTest, ManyOfTheSameProductDoNotHideTheOthers) {
  const std::string other = Open(office_.other_equipment, {"Brake pad"}).name();
  // More of the same product than one look into the second part takes.
  for (int i = 0; i < 230; ++i) Open(office_.equipment, {"Brake pad"});
  const std::string asked = Open(office_.equipment, {"Brake pad"}).name();
  const std::vector<std::string> names = SimilarNames(asked, 100);
  EXPECT_EQ(names.size(), 231u);
  EXPECT_EQ(names.back(), other);
  EXPECT_THAT(names, Not(Contains(asked)));
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(std::unique(sorted.begin(), sorted.end()), sorted.end()) << "a case came twice";
}

TEST_P(CaseSimilarTest, ATokenOfAnotherListIsRefused) {
  const std::string one = Open(office_.equipment, {"Brake pad"}).name(),
                    asked = Open(office_.equipment, {"Brake pad"}).name();
  Open(office_.equipment, {"Brake pad"});
  v1::ListSimilarCasesRequest request;
  request.set_name(asked);
  request.set_page_size(1);
  const std::string token = Must(office_.Do(&CaseService::ListSimilarCases, request)).next_page_token();
  ASSERT_FALSE(token.empty());
  request.set_page_token(token + "x");
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::ListSimilarCases, request).status()),
            v1::ERROR_REASON_PAGE_TOKEN_INVALID);
  request.set_page_token(token);
  request.set_name(one);
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::ListSimilarCases, request).status()),
            v1::ERROR_REASON_PAGE_TOKEN_INVALID);
  v1::ListIdleCasesRequest idle;
  idle.set_page_token(token);
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::ListIdleCases, idle).status()), v1::ERROR_REASON_PAGE_TOKEN_INVALID);
  request.set_name("cases/C2026-999999");
  request.clear_page_token();
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::ListSimilarCases, request).status()),
            v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(CaseSimilarTest, ALinkGoesBothWaysAndOnce) {
  const v1::Case one = office_.Open(), other = office_.Open();
  const v1::Case linked = Must(Link(other.name(), one.name()));
  EXPECT_EQ(linked.name(), other.name());
  ASSERT_EQ(linked.links_size(), 1);
  EXPECT_EQ(linked.links(0).service_case(), one.name());
  EXPECT_EQ(linked.links(0).reason(), "The same batch.");
  EXPECT_EQ(linked.links(0).linked_by(), "principals/manager");
  EXPECT_EQ(office_.Get(one.name()).links(0).service_case(), other.name());
  for (const v1::Case& service_case : {one, other}) {
    EXPECT_THAT(office_.Happened(service_case.name()), ElementsAre("case-opened", "case-linked"));
  }
  EXPECT_EQ(ReasonOf(Link(other.name(), one.name()).status()), v1::ERROR_REASON_RESOURCE_EXISTS);
  EXPECT_EQ(ReasonOf(Link(one.name(), other.name()).status()), v1::ERROR_REASON_RESOURCE_EXISTS);
  EXPECT_EQ(ReasonOf(Link(one.name(), one.name()).status()), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_EQ(ReasonOf(Link(one.name(), "cases/C2026-999999").status()), v1::ERROR_REASON_REFERENCE_INVALID);
  EXPECT_EQ(ReasonOf(Link("cases/C2026-999999", one.name()).status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  auto stale = On<v1::LinkCasesRequest>(one.name(), one.etag());
  stale.set_other(office_.Open().name());
  stale.set_reason("The same batch.");
  EXPECT_EQ(ReasonOf(office_.Do(&CaseService::LinkCases, stale).status()), v1::ERROR_REASON_ETAG_MISMATCH);
}

TEST_P(CaseSimilarTest, TwoWhoLinkTheSameCasesBothWaysAtOnceDoSoOnce) {
  for (int round = 0; round < 5; ++round) {
    const std::string one = office_.Open().name(), other = office_.Open().name();
    absl::Status linked[2];
    std::thread there([&] { linked[0] = Link(one, other).status(); });
    std::thread back([&] { linked[1] = Link(other, one).status(); });
    there.join();
    back.join();
    EXPECT_NE(linked[0].ok(), linked[1].ok()) << linked[0] << " " << linked[1];
    EXPECT_EQ(ReasonOf(linked[0].ok() ? linked[1] : linked[0]), v1::ERROR_REASON_RESOURCE_EXISTS);
    EXPECT_EQ(office_.Get(one).links_size(), 1);
    EXPECT_EQ(office_.Get(other).links_size(), 1);
  }
}

TEST_P(CaseSimilarTest, ACaseForWhichNobodyOwesAnythingIsFound) {
  EXPECT_THAT(Idle(), IsEmpty());
  const std::string idle = office_.Open().name();
  // Owed for the case itself; for its contact; and one that has ended.
  const std::string busy = office_.Accepted().name();
  v1::CreateHelpRequestRequest ask;
  ask.set_parent(busy);
  ask.mutable_help_request()->set_department(v1::ROLE_QUALITY);
  ask.mutable_help_request()->set_form(v1::HELP_FORM_WRITTEN);
  ask.mutable_help_request()->set_text("Measure it.");
  ASSERT_TRUE(office_.Do(&CaseService::CreateHelpRequest, ask).ok());
  auto opening = office_.Opening();
  opening.mutable_service_case()->set_contact(office_.Contact().name());
  const std::string unanswered = office_.Open(opening).name();
  const std::string closed = office_.Accepted().name();
  office_.Close(closed);
  const std::string accepted = office_.Accepted().name();
  for (const int page_size : {1, 2, 50}) EXPECT_THAT(Idle(page_size), ElementsAre(idle, accepted)) << page_size;
  auto answer = On<v1::AnswerContactRequest>(opening.service_case().contact());
  answer.set_answer("Tomorrow.");
  ASSERT_TRUE(office_.Do(&CaseService::AnswerContact, answer).ok());
  EXPECT_THAT(Idle(), ElementsAre(idle, unanswered, accepted));
}

TEST_P(CaseSimilarTest, IdleCasesAreFoundBeyondWhatOnePageLooksAt) {
  // Written into the table: more accepted cases than one page looks at, of which the last is idle.
  constexpr int kCases = 620;
  Call call = office_.By(kManager);
  const v1::Case model = office_.Accepted();
  ASSERT_TRUE(office_.db
                  ->WriteOwn(call,
                             [&](Tx& tx) -> absl::Status {
                               for (int i = 0; i < kCases; ++i) {
                                 v1::Case copy = model;
                                 copy.set_name(absl::StrCat("cases/D", 1000 + i));
                                 RETURN_IF_ERROR(Cases().Insert(tx, copy));
                                 if (i == kCases - 1) break;
                                 v1::Obligation owed;
                                 owed.set_name(absl::StrCat("obligations/", tx.NewId()));
                                 owed.set_state(v1::OBLIGATION_STATE_OPEN);
                                 owed.set_root(copy.name());
                                 RETURN_IF_ERROR(ObligationTable().Insert(tx, owed));
                               }
                               return absl::OkStatus();
                             })
                  .ok());
  EXPECT_THAT(Idle(), ElementsAre(model.name(), absl::StrCat("cases/D", 1000 + kCases - 1)));
}

}  // namespace
}  // namespace aftersales
