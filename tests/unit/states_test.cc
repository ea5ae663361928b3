// docs/states.md is printed from the tables that the server decides by. AFTERSALES_UPDATE=1 writes it anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "server/archive/archive_rules.h"
#include "server/base/names.h"
#include "server/cases/case_rules.h"
#include "server/cases/contact_rules.h"
#include "server/cases/recurrence_rules.h"
#include "server/dispatch/visit_rules.h"
#include "server/feedback/feedback_rules.h"
#include "server/improvement/improvement_rules.h"
#include "server/improvement/investigation_rules.h"
#include "server/parts/parts_rules.h"
#include "server/reports/report_rules.h"
#include "server/settlement/settlement_rules.h"

namespace aftersales {
namespace {

template <typename Transitions>
std::string Diagram(const std::string& title, const Transitions& transitions) {
  std::string text = absl::StrCat("\n## ", title, "\n\n```mermaid\nstateDiagram-v2\n");
  for (const auto& t : transitions) {
    absl::StrAppend(&text, "    ", Word(t.from), " --> ", Word(t.to), ": ", Participle(t.step), "\n");
  }
  return text + "```\n";
}

TEST(StatesTest, TheDocumentShowsTheTables) {
  const std::string path = absl::StrCat(AFTERSALES_SOURCE_DIR, "/docs/states.md");
  const std::string printed = absl::StrCat(
      "# States\n\nPrinted from the tables in `server/*/*_rules.h`; `tests/unit/states_test.cc` keeps it so. An arrow "
      "says what "
      "is done in\nwhich state; everything else is refused with the states in which it is possible. What a policy pack "
      "demands "
      "comes on top.\n",
      Diagram("Contact", kContactTransitions), Diagram("Case", kCaseTransitions), Diagram("Visit", kVisitTransitions),
      Diagram("Picking list", kPickingTransitions), Diagram("Responsibility", kResponsibilityTransitions),
      Diagram("Cost", kCostTransitions), Diagram("Investigation", kInvestigationTransitions),
      Diagram("Meeting", kMeetingTransitions), Diagram("Corrective action", kActionTransitions),
      Diagram("Feedback", kFeedbackTransitions), Diagram("Volume", kVolumeTransitions),
      Diagram("Management report", kReportTransitions));
  if (std::getenv("AFTERSALES_UPDATE") != nullptr) std::ofstream(path) << printed;
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), printed) << "run the unit tests with AFTERSALES_UPDATE=1";
}

}  // namespace
}  // namespace aftersales
