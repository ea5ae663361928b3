// Tables and records made for people.
#ifndef AFTERSALES_CLIENT_CLI_TABLE_H_
#define AFTERSALES_CLIENT_CLI_TABLE_H_

#include <cstddef>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace aftersales::cli {

// Rows under headings. Cells are printable text (see Printable); an empty one shows as "-".
class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}

  void Add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  // Aligned, the last column without padding. Columns but the first are cut so that a row fits into `width` terminal
  // columns; 0 cuts nothing.
  void Print(std::ostream& out, size_t width) const;

 private:
  std::vector<size_t> Widths(size_t width) const;

  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

// "name:   value" lines, the values aligned; several lines of a value stand below each other.
void PrintRecord(std::ostream& out, const std::vector<std::pair<std::string, std::string>>& lines);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_TABLE_H_
