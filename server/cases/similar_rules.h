// Which cases are like one: merges what was found by each of its items. Pure.
#ifndef AFTERSALES_SERVER_CASES_SIMILAR_RULES_H_
#define AFTERSALES_SERVER_CASES_SIMILAR_RULES_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace aftersales {

// A case with one item, as it stands in the index of items.
struct ItemEntry {
  std::string service_case;
  std::string product;
  absl::Time create_time;
};

// A place in a list of cases, newest first; the beginning of the list where nothing is set.
struct ItemPlace {
  absl::Time create_time = absl::InfiniteFuture();
  std::string service_case;
};

struct SimilarTo {
  std::string service_case;  // itself, which is not like itself
  std::string product;       // its product; cases of this one are left out where `others` is set
  bool others = false;
};

struct Resemblance {
  std::string service_case;
  std::string product;
  std::vector<size_t> items;  // by which it was found
};

struct Resemblances {
  std::vector<Resemblance> found;  // newest first, each case once
  ItemPlace reached;               // the next page goes on after this
  bool more = false;               // there may be others after it
};

// `entries[i]` are the first `looked_for` cases with the i-th item after one place, newest first. Answers at most
// `most`.
Resemblances MergeByItem(const std::vector<std::vector<ItemEntry>>& entries, size_t looked_for, const SimilarTo& to,
                         size_t most);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_SIMILAR_RULES_H_
