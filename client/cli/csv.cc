#include "client/cli/csv.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace aftersales::cli {
namespace {

absl::Status TooLong() {
  return absl::ResourceExhaustedError(absl::StrCat("is longer than ", kLongestRecord >> 20, " MiB"));
}

}  // namespace

absl::StatusOr<std::optional<std::string>> ReadLine(std::istream& in) {
  std::string line;
  std::streambuf* bytes = in.rdbuf();
  bool any = false;
  for (int c = bytes->sbumpc(); c != std::char_traits<char>::eof(); c = bytes->sbumpc()) {
    any = true;
    if (c == '\n') break;
    if (line.size() == kLongestRecord) return TooLong();
    line.push_back(static_cast<char>(c));
  }
  if (in.bad()) return absl::DataLossError("cannot be read");
  if (!any) return std::nullopt;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

absl::StatusOr<std::optional<std::vector<std::string>>> CsvReader::Next() {
  std::vector<std::string> cells;
  bool inside = false;
  size_t length = 0;
  while (true) {
    absl::StatusOr<std::optional<std::string>> line = ReadLine(in_);
    if (!line.ok()) return line.status();
    if (!line->has_value()) {
      if (!inside) return std::nullopt;
      return absl::DataLossError("a quoted cell does not end; close it with \"");
    }
    ++read_;
    if (!inside && (*line)->empty()) continue;
    if (!inside) line_ = read_;
    length += (*line)->size();
    if (length > kLongestRecord) return TooLong();
    absl::StatusOr<bool> more = TakeLine(**line, inside, cells);
    if (!more.ok()) return more.status();
    if (!*more) return cells;
    inside = true;
  }
}

absl::StatusOr<bool> CsvReader::TakeLine(const std::string& line, bool inside, std::vector<std::string>& cells) {
  size_t at = 0;
  if (inside) {
    cells.back() += '\n';
  } else {
    cells.emplace_back();
  }
  while (true) {
    if (!inside && at < line.size() && line[at] == '"') {
      inside = true;
      ++at;
    }
    if (inside) {
      const size_t quote = line.find('"', at);
      if (quote == std::string::npos) {
        cells.back() += line.substr(at);
        return true;
      }
      cells.back() += line.substr(at, quote - at);
      at = quote + 1;
      if (at < line.size() && line[at] == '"') {
        cells.back() += '"';
        ++at;
        continue;
      }
      inside = false;
      if (at < line.size() && line[at] != ',') {
        return absl::InvalidArgumentError(
            "after a cell in quotes comes something other than a comma; write \"\" for a "
            "quote inside of a cell");
      }
    } else {
      const size_t comma = line.find(',', at);
      cells.back() += line.substr(at, comma == std::string::npos ? comma : comma - at);
      at = comma == std::string::npos ? line.size() : comma;
    }
    if (at >= line.size()) return false;
    ++at;  // the comma
    cells.emplace_back();
  }
}

}  // namespace aftersales::cli
