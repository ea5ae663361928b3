// Runs buf over the protos: lint always, breaking changes against the newest release.
#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace aftersales {
namespace {

// Runs a command in the source directory; gives its exit code and all it printed.
std::pair<int, std::string> Shell(const std::string& command) {
  std::string line = "cd '" AFTERSALES_SOURCE_DIR "' && " + command + " 2>&1";
  FILE* pipe = popen(line.c_str(), "r");
  if (pipe == nullptr) return {-1, "popen failed"};
  std::string output;
  std::array<char, 4096> buffer;
  for (size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) output.append(buffer.data(), n);
  int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

constexpr char kBuf[] = "tests/e2e/node_modules/.bin/buf";

class Buf : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(std::filesystem::exists(std::filesystem::path(AFTERSALES_SOURCE_DIR) / kBuf))
        << "buf is not installed; run third_party/install --tests";
  }
};

TEST_F(Buf, FindsNothingToBlame) {
  auto [code, output] = Shell(std::string(kBuf) + " lint");
  EXPECT_EQ(code, 0) << output;
}

TEST_F(Buf, FindsNoBreakingChangeSinceTheLastRelease) {
  auto [found, tag] = Shell("git describe --tags --abbrev=0 --match 'v*'");
  if (found != 0) return;  // nothing was released yet, or this is no clone
  tag.erase(tag.find_last_not_of("\n") + 1);
  auto [code, output] = Shell(std::string(kBuf) + " breaking --against '.git#tag=" + tag + "'");
  EXPECT_EQ(code, 0) << "compared with " << tag << ":\n" << output;
}

}  // namespace
}  // namespace aftersales
