// Installs into a temporary prefix and uses what is there as somebody would who has only the installation: the example
// is built with CMake and with pkg-config, every header compiles by itself, and nothing points back to the build.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

namespace aftersales {
namespace {

namespace fs = std::filesystem;

// What a shell command printed, and its exit code.
struct Outcome {
  int code = -1;
  std::string output;
};

Outcome Shell(const std::string& command) {
  FILE* pipe = popen(("{ " + command + "; } 2>&1").c_str(), "r");
  if (pipe == nullptr) return {-1, "popen failed"};
  Outcome outcome;
  std::array<char, 4096> buffer;
  for (size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) outcome.output.append(buffer.data(), n);
  int status = pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

std::string Quoted(const fs::path& path) { return "'" + path.string() + "'"; }

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// A program that links an instrumented library must be instrumented in the same way.
constexpr char kFlags[] = AFTERSALES_SANITIZER_FLAGS;

// A place to install to, made once for all tests and removed after the last.
class Installation : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string pattern = (fs::temp_directory_path() / "aftersales-install-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = new fs::path(pattern);
    // Installed to one place and moved to another: packages are built like that.
    Outcome outcome = Shell("cmake --install '" AFTERSALES_BUILD_DIR "' --prefix " + Quoted(*root_ / "first"));
    ASSERT_EQ(outcome.code, 0) << outcome.output;
    fs::rename(*root_ / "first", Prefix());
    setenv("PKG_CONFIG_PATH", (Prefix() / "lib/pkgconfig").c_str(), 1);
  }

  static void TearDownTestSuite() {
    if (root_ != nullptr) fs::remove_all(*root_);
    delete root_;
    root_ = nullptr;
  }

  static fs::path Prefix() { return *root_ / "prefix"; }

  // A copy of the example, away from the source tree.
  static fs::path CopyExample(const std::string& name) {
    fs::path copy = *root_ / name;
    fs::copy(fs::path(AFTERSALES_SOURCE_DIR) / "client/examples/open_case", copy, fs::copy_options::recursive);
    return copy;
  }

  // The example was built and speaks: without a server it says that it needs one, and with one that is not there it
  // says so in time.
  static void ExpectWorks(const fs::path& program) {
    Outcome without = Shell("env -u AFTERSALES_ENDPOINT " + Quoted(program));
    EXPECT_EQ(without.code, 2) << without.output;
    EXPECT_NE(without.output.find("usage:"), std::string::npos) << without.output;
    fs::path token = *root_ / "token";
    std::ofstream(token) << "not-a-real-token\n";
    Outcome nobody = Shell("AFTERSALES_ENDPOINT=127.0.0.1:1 AFTERSALES_TOKEN_FILE=" + Quoted(token) + " timeout 60 " +
                           Quoted(program) + " customers/1 'The pump leaks'");
    EXPECT_EQ(nobody.code, 1) << nobody.output;
  }

  static fs::path* root_;
};

fs::path* Installation::root_ = nullptr;

TEST_F(Installation, HasEverything) {
  for (const char* file :
       {"bin/aftersalesd", "bin/aftersales", "lib/libaftersales.a", "include/aftersales/client.h",
        "include/aftersales/v1/case.pb.h", "include/aftersales/v1/case.grpc.pb.h", "include/google/rpc/status.pb.h",
        "lib/cmake/aftersales/aftersalesConfig.cmake", "lib/cmake/aftersales/aftersalesConfigVersion.cmake",
        "lib/pkgconfig/aftersales.pc", "lib/systemd/system/aftersalesd@.service", "share/aftersales/aftersales.binpb",
        "share/aftersales/proto/aftersales/v1/case.proto", "share/aftersales/proto/google/rpc/error_details.proto",
        "share/aftersales/packs/hongxing.textproto", "share/aftersales/packs/guangtian.textproto",
        "share/aftersales/packs/wanshan.textproto"}) {
    EXPECT_TRUE(fs::exists(Prefix() / file)) << file;
  }
}

TEST_F(Installation, BuildsTheExampleWithCMake) {
  fs::path example = CopyExample("with-cmake");
  Outcome outcome = Shell("cd " + Quoted(example) + " && CXXFLAGS='" + kFlags + "' LDFLAGS='" + kFlags +
                          "' cmake -S . -B build -DCMAKE_PREFIX_PATH=" + Quoted(Prefix()) + " && cmake --build build");
  ASSERT_EQ(outcome.code, 0) << outcome.output;
  ExpectWorks(example / "build/open_case");
}

TEST_F(Installation, BuildsTheExampleWithPkgConfig) {
  fs::path example = CopyExample("with-make");
  Outcome outcome = Shell("cd " + Quoted(example) + " && CXXFLAGS='-O1 " + kFlags + "' LDFLAGS='" + kFlags + "' make");
  ASSERT_EQ(outcome.code, 0) << outcome.output;
  ExpectWorks(example / "open_case");
}

TEST_F(Installation, HeadersCompileByThemselves) {
  Outcome outcome =
      Shell("cd " + Quoted(Prefix() / "include") +
            " && ls aftersales/*.h aftersales/testing/*.h | xargs -t -P 2 -I{} c++ -std=c++20 -Wall -Wextra "
            "-Werror -fsyntax-only -x c++ $(pkg-config --cflags aftersales) -include {} /dev/null");
  EXPECT_EQ(outcome.code, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("-include aftersales/client.h"), std::string::npos) << outcome.output;
}

TEST_F(Installation, ProgramsRunFromThere) {
  for (const char* program : {"aftersalesd", "aftersales"}) {
    Outcome outcome = Shell("env -i " + Quoted(Prefix() / "bin" / program) + " --version");
    EXPECT_EQ(outcome.code, 0) << outcome.output;
    EXPECT_NE(outcome.output.find(AFTERSALES_VERSION), std::string::npos) << program << ": " << outcome.output;
  }
}

TEST_F(Installation, NothingPointsBackToTheBuild) {
  const std::vector<std::string> places = {AFTERSALES_SOURCE_DIR, AFTERSALES_BUILD_DIR, (*root_ / "first").string()};
  for (const auto& entry : fs::recursive_directory_iterator(Prefix())) {
    if (!entry.is_regular_file()) continue;
    // The unit names the place that was installed to: it must be absolute there.
    if (entry.path().extension() == ".service") continue;
    std::string content = ReadFile(entry.path());
    for (const std::string& place : places) {
      EXPECT_EQ(content.find(place), std::string::npos) << entry.path() << " contains " << place;
    }
  }
}

TEST_F(Installation, UnitNamesTheProgram) {
  std::string unit = ReadFile(Prefix() / "lib/systemd/system/aftersalesd@.service");
  EXPECT_NE(unit.find("ExecStart=" + (*root_ / "first/bin/aftersalesd").string() + " serve"), std::string::npos)
      << unit;
  EXPECT_EQ(unit.find("@BINDIR@"), std::string::npos);
}

TEST_F(Installation, DescriptorSetDescribesTheApiWithComments) {
  google::protobuf::FileDescriptorSet set;
  ASSERT_TRUE(set.ParseFromString(ReadFile(Prefix() / "share/aftersales/aftersales.binpb")));
  std::set<std::string> files;
  for (const auto& file : set.file()) {
    files.insert(file.name());
    if (file.name() != "aftersales/v1/case.proto") continue;
    bool has_comment = false;
    for (const auto& location : file.source_code_info().location()) has_comment |= !location.leading_comments().empty();
    EXPECT_TRUE(has_comment);
  }
  for (const char* file :
       {"aftersales/v1/case.proto", "aftersales/v1/event.proto", "aftersales/options/v1/options.proto",
        "aftersales/pack/v1/pack.proto", "google/rpc/error_details.proto"}) {
    EXPECT_TRUE(files.contains(file)) << file;
  }
}

}  // namespace
}  // namespace aftersales
