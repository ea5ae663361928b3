#include "server/storage/by_names.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace aftersales {
namespace {

constexpr size_t kAtOnce = 100;

}  // namespace

std::string ByNamesSql(const std::string& before, const std::string& after) {
  return absl::StrCat(before, " IN (", absl::StrJoin(std::vector<std::string>(kAtOnce, "?"), ", "), ")", after);
}

void SelectByNames(Reader& reader, const std::string& sql, const Values& first, const Values& names,
                   std::string_view types, absl::FunctionRef<void(const Row&)> read) {
  for (size_t begin = 0; begin < names.size(); begin += kAtOnce) {
    Values values = first;
    for (size_t i = 0; i < kAtOnce; ++i) values.push_back(names[std::min(begin + i, names.size() - 1)]);
    for (const Row& row : reader.Select(sql, values, types)) read(row);
  }
}

}  // namespace aftersales
