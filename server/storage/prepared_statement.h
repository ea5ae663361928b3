// A statement kept by its session, with the values that go in and the columns that come out. SOCI exchanges them by
// address, so they live here, at one place, as long as the statement does.
#ifndef AFTERSALES_SERVER_STORAGE_PREPARED_STATEMENT_H_
#define AFTERSALES_SERVER_STORAGE_PREPARED_STATEMENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/storage/database.h"
#include "soci/soci.h"

namespace aftersales {

// Used by one thread at a time. Throws what SOCI throws; a statement that has thrown must not be used again.
class PreparedStatement {
 public:
  // `types` has 'i' or 't' for each column selected; empty for a statement without rows. The session must outlive this.
  PreparedStatement(soci::session& sql, std::string_view text, const Values& values, std::string_view types);
  PreparedStatement(const PreparedStatement&) = delete;
  PreparedStatement& operator=(const PreparedStatement&) = delete;

  // Whether the values are of the kinds that the statement was prepared for (NULL is of every kind), and the columns
  // too.
  bool Fits(const Values& values, std::string_view types) const;
  // Reads to the last row: a statement left in the middle would hold its read transaction open on SQLite.
  std::vector<Row> Select(const Values& values);
  // Answers the rows matched.
  int64_t Execute(const Values& values);

 private:
  struct Slot {
    bool is_text = false;
    long long number = 0;
    std::string text;
    soci::indicator indicator = soci::i_ok;
  };
  void Fill(const Values& values);
  // Gives back the memory of long values: the statement may be kept for hours.
  void Forget();

  std::string types_;
  bool buffers_answer_;
  std::vector<Slot> inputs_;
  std::vector<Slot> outputs_;
  std::unique_ptr<soci::statement> statement_;
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_PREPARED_STATEMENT_H_
