#include "client/cli/commands/explain.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/cli/render.h"
#include "client/cli/table.h"
#include "client/cli/text.h"
#include "client/cli/values.h"

namespace aftersales::cli {
namespace {

// The company's, in which the reasoning speaks, so that the table says the same times.
absl::TimeZone ZoneOf(const v1::Explanation& explanation, absl::TimeZone reader) {
  absl::TimeZone zone;
  return !explanation.time_zone().empty() && absl::LoadTimeZone(explanation.time_zone(), &zone) ? zone : reader;
}

std::string ZonedTime(const google::protobuf::Timestamp& time, absl::TimeZone zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M %Ez", ToTime(time), zone);
}

}  // namespace

void PrintExplanation(const v1::Explanation& explanation, const Terminal& terminal) {
  const v1::Obligation& obligation = explanation.obligation();
  terminal.out << Printable(obligation.name()) << "  " << Printable(obligation.kind()) << "  "
               << Cell(obligation, "state", terminal.zone) << "\n";
  if (!obligation.title().empty()) terminal.out << Printable(obligation.title()) << "\n";
  if (explanation.lines_size() > 0) terminal.out << "\n";
  for (const std::string& line : explanation.lines()) terminal.out << "  " << Printable(line) << "\n";
  if (explanation.segments().empty()) return;
  terminal.out << "\n";
  const absl::TimeZone zone = ZoneOf(explanation, terminal.zone);
  Table table({"FROM", "UNTIL", "LASTS", "COUNTS", "WHY"});
  for (const v1::ExplanationSegment& segment : explanation.segments()) {
    const absl::Duration length = ToTime(segment.end_time()) - ToTime(segment.start_time());
    table.Add({ZonedTime(segment.start_time(), zone), ZonedTime(segment.end_time(), zone),
               absl::FormatDuration(absl::Trunc(length, absl::Seconds(1))), segment.counted() ? "yes" : "no",
               Printable(segment.cause())});
  }
  table.Print(terminal.out, terminal.width);
}

}  // namespace aftersales::cli
