// Who may include whom: the layers of docs and CONTRIBUTING.md, held by a test.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "absl/strings/match.h"

namespace aftersales {
namespace {

namespace fs = std::filesystem;

struct Include {
  std::string file;    // "cases/case_store.cc"
  std::string target;  // what stands between the quotes or brackets
};

std::vector<Include> IncludesOfServer() {
  const fs::path root = fs::path(AFTERSALES_SOURCE_DIR) / "server";
  static const std::regex pattern("^#include [<\"]([^>\"]+)[>\"].*");
  std::vector<Include> found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".h" && entry.path().extension() != ".cc") continue;
    std::ifstream file(entry.path());
    std::string line;
    std::smatch match;
    while (std::getline(file, line)) {
      if (std::regex_match(line, match, pattern)) found.push_back({fs::relative(entry.path(), root), match[1]});
    }
  }
  return found;
}

std::string FolderOf(const std::string& file) { return file.substr(0, file.find('/')); }

TEST(LayersTest, FoldersIncludeOnlyWhatLiesBelowThem) {
  const std::set<std::string> below = {"obligations", "policy", "storage", "rpc", "base"};
  const auto and_also = [&](std::set<std::string> more) {
    more.insert(below.begin(), below.end());
    return more;
  };
  const std::map<std::string, std::set<std::string>> allowed = {
      {"base", {}},
      {"policy", {"base"}},
      {"storage", {"base"}},
      {"rpc", {"base"}},
      {"obligations", {"policy", "storage", "rpc", "base"}},
      {"directory", below},
      {"access", below},
      {"feed", below},
      {"attachments", below},
      {"cases", and_also({"directory", "attachments"})},
      {"parts", and_also({"cases", "directory", "attachments"})},
      {"settlement", and_also({"cases", "directory", "attachments"})},
      {"improvement", and_also({"cases", "directory", "attachments"})},
      {"feedback", and_also({"cases", "directory", "attachments"})},
      {"archive", and_also({"cases", "directory", "attachments"})},
      {"reports", and_also({"cases", "directory", "attachments", "feedback", "settlement"})},
      {"dispatch", and_also({"cases", "parts", "directory", "attachments"})},
  };
  int checked = 0;
  for (const Include& include : IncludesOfServer()) {
    if (include.file.find('/') == std::string::npos || !absl::StartsWith(include.target, "server/")) continue;
    const std::string from = FolderOf(include.file);
    const std::string rest = include.target.substr(sizeof("server/") - 1);
    if (rest.find('/') == std::string::npos) continue;  // what the build generates
    const std::string to = FolderOf(rest);
    ASSERT_TRUE(allowed.count(from)) << "server/" << from << " has no place in the layers; give it one here";
    EXPECT_TRUE(from == to || allowed.at(from).count(to)) << include.file << " includes " << include.target;
    ++checked;
  }
  EXPECT_GT(checked, 100);
}

TEST(LayersTest, OnlyStorageAndStoresKnowSociAndOnlyRpcAndServicesKnowGrpc) {
  for (const Include& include : IncludesOfServer()) {
    if (absl::StartsWith(include.target, "soci/") || include.target == "mysql.h" || include.target == "sqlite3.h") {
      EXPECT_EQ(FolderOf(include.file), "storage") << include.file << " includes " << include.target;
    }
    if (absl::StartsWith(include.target, "grpc") && !absl::StartsWith(include.target, "grpc/health")) {
      EXPECT_EQ(FolderOf(include.file), "rpc") << include.file << " includes " << include.target;
    }
    EXPECT_FALSE(absl::EndsWith(include.target, ".grpc.pb.h")) << include.file << " includes " << include.target;
    const bool pure = absl::EndsWith(include.file, "_rules.h") || absl::EndsWith(include.file, "_rules.cc") ||
                      absl::StartsWith(include.file, "policy/");
    // A stored event is a value; what reads and writes the database is not for rules.
    if (pure && include.target != "server/storage/event_feed.h") {
      EXPECT_FALSE(absl::StartsWith(include.target, "server/storage") || absl::StartsWith(include.target, "server/rpc"))
          << include.file << " includes " << include.target;
    }
  }
}

}  // namespace
}  // namespace aftersales
