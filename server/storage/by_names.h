// Rows of many names at once: a hundred a statement, whose text is always the same, so that it is prepared once.
#ifndef AFTERSALES_SERVER_STORAGE_BY_NAMES_H_
#define AFTERSALES_SERVER_STORAGE_BY_NAMES_H_

#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "server/storage/database.h"

namespace aftersales {

// "... IN (?, ?, ...) ..." with a place for each of the hundred.
std::string ByNamesSql(const std::string& before, const std::string& after = "");

// Calls `read` for each row that `sql`, made as above, finds for `names` (or numbers); `first` stands before them.
void SelectByNames(Reader& reader, const std::string& sql, const Values& first, const Values& names,
                   std::string_view types, absl::FunctionRef<void(const Row&)> read);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_BY_NAMES_H_
