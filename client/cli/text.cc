#include "client/cli/text.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace aftersales::cli {
namespace {

// One code point of a text; `size` bytes from where it was read. Bytes that are no UTF-8 come one by one.
struct CodePoint {
  char32_t value = 0;
  size_t size = 1;
  bool valid = true;
};

CodePoint Decode(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {lead, 1, false};
  char32_t value = lead & (0x7f >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {lead, 1, false};
    value = (value << 6) | (byte(i) & 0x3f);
  }
  const char32_t smallest = size == 4 ? 0x10000 : size == 3 ? 0x800 : 0x80;
  const bool sound = value >= smallest && value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
  return sound ? CodePoint{value, size, true} : CodePoint{lead, 1, false};
}

bool IsControl(char32_t c) { return c < 0x20 || (c >= 0x7f && c <= 0x9f); }

// Line separators, marks and isolates that reorder what stands around them, and invisible tags.
bool Deceives(char32_t c) {
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x206f) ||
         c == 0xfeff || (c >= 0xe0000 && c <= 0xe007f);
}

bool In(char32_t c, std::initializer_list<std::pair<char32_t, char32_t>> ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const auto& range) { return c >= range.first && c <= range.second; });
}

size_t WidthOf(char32_t c) {
  if (In(c, {{0x0300, 0x036f}, {0x1ab0, 0x1aff}, {0x20d0, 0x20ff}, {0x200b, 0x200d}, {0xfe00, 0xfe0f}})) return 0;
  // Unicode's East_Asian_Width W and F.
  return In(c, {{0x1100, 0x115f},
                {0x2e80, 0x303e},
                {0x3041, 0x33ff},
                {0x3400, 0x4dbf},
                {0x4e00, 0xa4cf},
                {0xa960, 0xa97f},
                {0xac00, 0xd7a3},
                {0xf900, 0xfaff},
                {0xfe30, 0xfe6f},
                {0xff01, 0xff60},
                {0xffe0, 0xffe6},
                {0x1f300, 0x1f64f},
                {0x1f680, 0x1f6ff},
                {0x1f900, 0x1f9ff},
                {0x20000, 0x3fffd}})
             ? 2
             : 1;
}

// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const CodePoint c = Decode(text);
    if (!c.valid) {
      absl::StrAppendFormat(&result, "\\x%02x", static_cast<unsigned>(c.value));
    } else if (c.value == '\n') {
      result += "\\n";
    } else if (c.value == '\t') {
      result += "\\t";
    } else if (IsControl(c.value)) {
      absl::StrAppendFormat(&result, "\\x%02x", static_cast<unsigned>(c.value));
    } else if (Deceives(c.value)) {
      absl::StrAppendFormat(&result, "\\u%04x", static_cast<unsigned>(c.value));
    } else {
      result += text.substr(0, c.size);
    }
    text.remove_prefix(c.size);
  }
  return result;
}

std::string PrintableJson(std::string_view json) {
  std::string result;
  result.reserve(json.size());
  while (!json.empty()) {
    const CodePoint c = Decode(json);
    const bool layout = c.value == '\n' || c.value == ' ';
    if (!c.valid || (!layout && (IsControl(c.value) || (Deceives(c.value) && c.value < 0x10000)))) {
      absl::StrAppendFormat(&result, "\\u%04x", static_cast<unsigned>(c.value));
    } else if (Deceives(c.value)) {
      const auto low = static_cast<unsigned>(c.value - 0x10000);
      absl::StrAppendFormat(&result, "\\u%04x\\u%04x", 0xd800 + (low >> 10), 0xdc00 + (low & 0x3ff));
    } else {
      result += json.substr(0, c.size);
    }
    json.remove_prefix(c.size);
  }
  return result;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint c = Decode(text);
    if (!c.valid) return false;
    text.remove_prefix(c.size);
  }
  return true;
}

size_t Width(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const CodePoint c = Decode(text);
    width += WidthOf(c.value);
    text.remove_prefix(c.size);
  }
  return width;
}

std::string Cut(const std::string& text, size_t width) {
  if (Width(text) <= width) return text;
  size_t taken = 0;
  size_t bytes = 0;
  while (bytes < text.size()) {
    const CodePoint c = Decode(std::string_view(text).substr(bytes));
    if (taken + WidthOf(c.value) + 1 > width) break;
    taken += WidthOf(c.value);
    bytes += c.size;
  }
  return text.substr(0, bytes) + "…";
}

std::string Padded(std::string text, size_t width) {
  const size_t own = Width(text);
  if (own < width) text.append(width - own, ' ');
  return text;
}

std::vector<std::string> Closest(std::string_view word, const std::vector<std::string>& candidates) {
  std::vector<std::pair<size_t, std::string>> near;
  for (const std::string& candidate : candidates) {
    const size_t distance = Distance(word.substr(0, 100), candidate);
    const bool begins = word.size() >= 2 && candidate.substr(0, word.size()) == word;
    if (begins || distance <= std::max<size_t>(1, candidate.size() / 3))
      near.emplace_back(begins ? 0 : distance, candidate);
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> words;
  for (const auto& [distance, candidate] : near) {
    if (words.size() < 3) words.push_back(candidate);
  }
  return words;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates) {
  std::vector<std::string> near = Closest(word, candidates);
  if (near.empty()) return "";
  for (std::string& candidate : near) candidate = absl::StrCat("'", candidate, "'");
  return absl::StrCat("; did you mean ", absl::StrJoin(near, " or "), "?");
}

}  // namespace aftersales::cli
