#include "server/cases/similar_rules.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace aftersales {

Resemblances MergeByItem(const std::vector<std::vector<ItemEntry>>& entries, size_t looked_for, const SimilarTo& to,
                         size_t most) {
  using Key = std::pair<absl::Time, std::string>;
  std::map<Key, Resemblance, std::greater<Key>> merged;
  Resemblances result;
  // A list that was cut off says nothing of what comes after its last entry: so far all lists together are known.
  Key known{absl::InfinitePast(), ""};
  for (size_t item = 0; item < entries.size(); ++item) {
    for (const ItemEntry& entry : entries[item]) {
      Resemblance& resemblance = merged[{entry.create_time, entry.service_case}];
      resemblance.service_case = entry.service_case;
      resemblance.product = entry.product;
      resemblance.items.push_back(item);
    }
    if (entries[item].size() < looked_for) continue;
    result.more = true;
    known = std::max(known, Key{entries[item].back().create_time, entries[item].back().service_case});
  }
  for (auto& [key, resemblance] : merged) {
    if (key < known) break;
    if (result.found.size() == most) {
      result.more = true;
      break;
    }
    result.reached = {key.first, key.second};
    if (resemblance.service_case == to.service_case) continue;
    if (to.others && !to.product.empty() && resemblance.product == to.product) continue;
    result.found.push_back(std::move(resemblance));
  }
  return result;
}

}  // namespace aftersales
