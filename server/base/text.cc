#include "server/base/text.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <utility>

namespace aftersales {
namespace {

// How many letters must be changed, added or left out to make one word the other.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({row[j] + 1, row[j + 1] + 1, changed}));
    }
  }
  return row[b.size()];
}

// From here on stand the scripts of East Asia, which write words without spaces between them.
constexpr utf8proc_int32_t kFirstUnspaced = 0x2e80;

bool IsSpace(utf8proc_int32_t character) {
  return utf8proc_category(character) == UTF8PROC_CATEGORY_ZS || (character >= '\t' && character <= '\r');
}

// Leaves ink. Letters that stand for the place of one, and the pattern of no dots, do not.
bool IsVisible(utf8proc_int32_t character) {
  switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_MN: return false;
    default: break;
  }
  for (const utf8proc_int32_t filler : {0x115f, 0x1160, 0x2800, 0x3164, 0xffa0}) {
    if (character == filler) return false;
  }
  return true;
}

}  // namespace

bool IsBlank(std::string_view text) {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (const utf8proc_uint8_t* const end = at + text.size(); at < end;) {
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t length = utf8proc_iterate(at, end - at, &character);
    if (length <= 0 || IsVisible(character)) return false;  // what is no UTF-8 is refused elsewhere
    at += length;
  }
  return true;
}

bool HasDeceivingCharacter(std::string_view text) {
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const auto at = [&](size_t k) { return static_cast<unsigned char>(i + k < text.size() ? text[i + k] : 0); };
    if (at(0) == 0xc2 && at(1) < 0xa0) return true;
    if (at(0) == 0xe2 && at(1) == 0x80 && at(2) >= 0xa8 && at(2) <= 0xae) return true;
    if (at(0) == 0xe2 && at(1) == 0x81 && at(2) >= 0xa6 && at(2) <= 0xa9) return true;
  }
  return false;
}

std::string Folded(std::string_view text) {
  utf8proc_uint8_t* made = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                                                      UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &made, options);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(made, &std::free);
  if (size < 0) return std::string(text);
  std::string folded;
  utf8proc_int32_t before = kFirstUnspaced;  // nothing to keep apart
  bool apart = false;
  const utf8proc_uint8_t* at = made;
  for (const utf8proc_uint8_t* const end = made + size; at < end;) {
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t length = utf8proc_iterate(at, end - at, &character);
    if (length <= 0) break;
    if (IsSpace(character)) {
      apart = true;
    } else {
      if (apart && before < kFirstUnspaced && character < kFirstUnspaced) folded.push_back(' ');
      folded.append(reinterpret_cast<const char*>(at), static_cast<size_t>(length));
      before = character;
      apart = false;
    }
    at += length;
  }
  return folded;
}

std::string NearestOf(std::string_view word, const std::vector<std::string>& known) {
  std::string nearest;
  size_t distance = 3;  // more than two letters are another word
  for (const std::string& candidate : known) {
    if (candidate.size() > word.size() + 2 || word.size() > candidate.size() + 2) continue;
    const size_t apart = Distance(word, candidate);
    if (apart >= std::min(distance, candidate.size())) continue;
    distance = apart;
    nearest = candidate;
  }
  return nearest;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string>& known) {
  const std::string nearest = NearestOf(word, known);
  return nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?";
}

std::string FirstCharacters(std::string_view text, size_t most) {
  size_t size = 0;
  for (size_t characters = 0; size < text.size(); ++size) {
    const bool begins = (static_cast<unsigned char>(text[size]) & 0xc0) != 0x80;
    if (begins && characters++ == most) break;
  }
  return std::string(text.substr(0, size));
}

}  // namespace aftersales
