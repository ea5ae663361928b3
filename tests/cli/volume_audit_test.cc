// The verdict on a volume: said in words, and by the exit code.
#include "client/cli/commands/volume_audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "client/cli/refusal.h"

namespace aftersales::cli {
namespace {

using ::testing::HasSubstr;

struct VolumeAuditTest : ::testing::Test {
  int Print(Format format) { return PrintVolumeAudit(*FindCommand("volume", "audit"), audited, format, terminal); }

  v1::AuditVolumeResponse audited;
  std::ostringstream out, err;
  Terminal terminal{out, err, 0, [](const std::string&) { return std::string(); }};
};

TEST_F(VolumeAuditTest, SaysThatAllIsWell) {
  audited.set_entries(3);
  EXPECT_EQ(Print(Format::kTable), kExitOk);
  EXPECT_EQ(out.str(), "3 entries: all is as it was bound.\n");
  EXPECT_EQ(err.str(), "");
}

TEST_F(VolumeAuditTest, NamesWhatIsNotAndFails) {
  v1::VolumeFault& fault = *audited.add_faults();
  fault.set_entry("volumes/1/entries/1");
  fault.set_resource("cases/C2026-000001/costs/85");
  fault.set_text("cases/C2026-000001/costs/85 was altered");
  EXPECT_EQ(Print(Format::kTable), kExitFailed);
  EXPECT_THAT(out.str(), HasSubstr("costs/85 was altered"));
  EXPECT_EQ(err.str(), "1 fault.\n");
  EXPECT_EQ(Print(Format::kJson), kExitFailed);
  out.str("");
  EXPECT_EQ(Print(Format::kName), kExitFailed);
  EXPECT_EQ(out.str(), "volumes/1/entries/1\n");
}

}  // namespace
}  // namespace aftersales::cli
