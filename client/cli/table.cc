#include "client/cli/table.h"

#include <algorithm>

#include "client/cli/text.h"

namespace aftersales::cli {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kNarrowest = 8;  // no column is cut below this

}  // namespace

void Table::Add(std::vector<std::string> cells) {
  cells.resize(headings_.size());
  for (std::string& cell : cells) {
    if (cell.empty()) cell.push_back('-');
  }
  rows_.push_back(std::move(cells));
}

std::vector<size_t> Table::Widths(size_t width) const {
  std::vector<size_t> widths;
  for (size_t column = 0; column < headings_.size(); ++column) {
    size_t widest = Width(headings_[column]);
    for (const auto& row : rows_) widest = std::max(widest, Width(row[column]));
    widths.push_back(widest);
  }
  size_t total = kGap * (widths.size() - 1);
  for (const size_t w : widths) total += w;
  // Takes from the widest column first, again and again: short columns stay whole.
  while (width > 0 && total > width && widths.size() > 1) {
    const auto widest = std::max_element(widths.begin() + 1, widths.end());
    if (*widest <= kNarrowest) break;
    --*widest;
    --total;
  }
  return widths;
}

void Table::Print(std::ostream& out, size_t width) const {
  const std::vector<size_t> widths = Widths(width);
  const auto print = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (size_t column = 0; column < cells.size(); ++column) {
      const std::string cell = Cut(cells[column], widths[column]);
      line += column + 1 < cells.size() ? Padded(cell, widths[column] + kGap) : cell;
    }
    out << line << "\n";
  };
  print(headings_);
  for (const auto& row : rows_) print(row);
}

void PrintRecord(std::ostream& out, const std::vector<std::pair<std::string, std::string>>& lines) {
  size_t widest = 0;
  for (const auto& [name, value] : lines) widest = std::max(widest, Width(name));
  for (const auto& [name, value] : lines) {
    out << Padded(name.empty() ? "" : name + ":", widest + 1 + kGap) << (value.empty() ? "-" : value) << "\n";
  }
}

}  // namespace aftersales::cli
