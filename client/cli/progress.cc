#include "client/cli/progress.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/cli/text.h"

namespace aftersales::cli {
namespace {

constexpr absl::Duration kBetween = absl::Milliseconds(100);
constexpr int64_t kBarLength = 24;

}  // namespace

std::string Grouped(int64_t number) {
  const std::string digits = absl::StrCat(number);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    const bool boundary = i > 0 && (digits.size() - i) % 3 == 0 && digits[i - 1] != '-';
    if (boundary) text += ',';
    text += digits[i];
  }
  return text;
}

void Progress::Show(int64_t done, int64_t part, int64_t whole) {
  if (terminal_.err_width == 0) return;
  const absl::Time now = terminal_.now();
  if (begin_ == absl::InfinitePast()) begin_ = now;
  if (now - shown_ < kBetween) return;
  shown_ = now;
  visible_ = true;
  terminal_.err << "\r\x1b[K" << Cut(Line(done, part, whole, now - begin_), terminal_.err_width - 1);
  terminal_.err.flush();
}

std::string Progress::Line(int64_t done, int64_t part, int64_t whole, absl::Duration spent) const {
  std::string line;
  if (whole > 0) {
    const double share = std::clamp(static_cast<double>(part) / static_cast<double>(whole), 0.0, 1.0);
    const auto filled = static_cast<size_t>(share * static_cast<double>(kBarLength));
    line = absl::StrCat("[", std::string(filled, '#'), std::string(kBarLength - filled, '.'), "] ",
                        static_cast<int>(share * 100), "%  ");
  }
  absl::StrAppend(&line, Grouped(done), " ", unit_);
  if (spent >= absl::Seconds(1)) {
    const double rate = static_cast<double>(done) / absl::ToDoubleSeconds(spent);
    absl::StrAppend(&line, "  ", Grouped(static_cast<int64_t>(rate)), "/s");
  }
  return line;
}

void Progress::Clear() {
  if (!visible_) return;
  terminal_.err << "\r\x1b[K";
  terminal_.err.flush();
  visible_ = false;
}

}  // namespace aftersales::cli
