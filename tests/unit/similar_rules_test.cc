#include "server/cases/similar_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"

namespace aftersales {
namespace {

struct Indexed {
  ItemEntry entry;
  std::set<size_t> items;
};

// The first `most` entries with an item after a place, as the index answers.
std::vector<ItemEntry> Answer(const std::vector<Indexed>& index, size_t item, const ItemPlace& after, size_t most) {
  std::vector<ItemEntry> found;
  for (const Indexed& indexed : index) {  // newest first
    const bool later =
        indexed.entry.create_time < after.create_time ||
        (indexed.entry.create_time == after.create_time && indexed.entry.service_case < after.service_case);
    if (later && indexed.items.count(item) == 1 && found.size() < most) found.push_back(indexed.entry);
  }
  return found;
}

TEST(SimilarRulesTest, PagesTogetherAreTheWholeListOnceAndInOrder) {
  std::mt19937 random(7);
  const auto up_to = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
  for (int round = 0; round < 200; ++round) {
    std::vector<Indexed> index;
    const int cases = up_to(40);
    for (int i = 0; i < cases; ++i) {
      Indexed indexed{
          {absl::StrCat("cases/", 100 + i), absl::StrCat("products/", up_to(1)), absl::FromUnixSeconds(up_to(10))}, {}};
      for (size_t item = 0; item < 3; ++item) {
        if (up_to(2) > 0) indexed.items.insert(item);
      }
      index.push_back(indexed);
    }
    std::sort(index.begin(), index.end(), [](const Indexed& a, const Indexed& b) {
      return std::tie(b.entry.create_time, b.entry.service_case) < std::tie(a.entry.create_time, a.entry.service_case);
    });
    const SimilarTo to{"cases/100", "products/1", up_to(1) == 1};
    std::vector<std::string> expected;
    for (const Indexed& indexed : index) {
      const bool same = indexed.entry.product == to.product;
      if (!indexed.items.empty() && indexed.entry.service_case != to.service_case && !(to.others && same)) {
        expected.push_back(indexed.entry.service_case);
      }
    }
    const auto most = static_cast<size_t>(1 + up_to(5)), look = most + 2;
    std::vector<std::string> found;
    Resemblances page;
    do {
      std::vector<std::vector<ItemEntry>> entries;
      const ItemPlace after = page.reached;
      for (size_t item = 0; item < 3; ++item) entries.push_back(Answer(index, item, after, look));
      page = MergeByItem(entries, look, to, most);
      ASSERT_LE(page.found.size(), most);
      for (const Resemblance& resemblance : page.found) {
        found.push_back(resemblance.service_case);
        const auto indexed = std::find_if(index.begin(), index.end(), [&](const Indexed& i) {
          return i.entry.service_case == resemblance.service_case;
        });
        EXPECT_EQ(std::set<size_t>(resemblance.items.begin(), resemblance.items.end()), indexed->items);
      }
    } while (page.more);
    EXPECT_EQ(found, expected) << round;
  }
}

}  // namespace
}  // namespace aftersales
