#include "tests/scenario/proofs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "aftersales/errors.h"

namespace aftersales::testing {
namespace {

const std::map<std::string, std::vector<std::string>>& ProofsOfKind() {
  static const auto* proofs =
      new std::map<std::string, std::vector<std::string>>{{"gate", {"refused", "skipped", "allowed"}},
                                                          {"approval", {"refused", "skipped", "allowed"}},
                                                          {"role", {"refused", "allowed"}},
                                                          {"clock", {"silent", "fires", "once"}},
                                                          {"record", {"read-back"}},
                                                          {"rule", {"holds", "not"}},
                                                          {"report", {"counted"}}};
  return *proofs;
}

class WriteAtEnd : public ::testing::Environment {
 public:
  void TearDown() override { Proofs::Instance().Write(absl::StrCat(AFTERSALES_BUILD_DIR, "/clauses-shown.tsv")); }
};

const auto* const kWriteAtEnd = ::testing::AddGlobalTestEnvironment(new WriteAtEnd);

}  // namespace

Proofs& Proofs::Instance() {
  static auto* proofs = new Proofs;
  return *proofs;
}

Proofs::Proofs() {
  std::ifstream file(absl::StrCat(AFTERSALES_SOURCE_DIR, "/tests/clauses.tsv"));
  std::string line;
  while (std::getline(file, line)) {
    const std::vector<std::string> columns = absl::StrSplit(line, '\t');
    if (columns.size() >= 4 && columns[0] != "clause") kind_of_[columns[0]] = columns[2];
  }
}

void Proofs::Record(const std::string& clause, const std::string& engine, const std::string& proof, bool ok,
                    const std::string& what) {
  const auto kind = kind_of_.find(clause);
  ASSERT_NE(kind, kind_of_.end()) << clause << " is not in tests/clauses.tsv";
  if (proof.empty()) {
    EXPECT_TRUE(ok) << clause << ": " << what;
    if (!ok) shown_[{clause, engine}].failed = true;
    return;
  }
  const std::vector<std::string>& wanted = ProofsOfKind().at(kind->second);
  ASSERT_NE(std::find(wanted.begin(), wanted.end(), proof), wanted.end())
      << clause << " is a " << kind->second << "; its proofs are " << absl::StrJoin(wanted, ", ") << ", not " << proof;
  Shown& shown = shown_[{clause, engine}];
  if (std::find(shown.proofs.begin(), shown.proofs.end(), proof) == shown.proofs.end()) shown.proofs.push_back(proof);
  shown.failed = shown.failed || !ok;
  EXPECT_TRUE(ok) << clause << " " << proof << ": " << what;
}

bool Proofs::IsProved(const std::string& clause, const Shown& shown) const {
  const std::vector<std::string>& wanted = ProofsOfKind().at(kind_of_.at(clause));
  return !shown.failed && std::all_of(wanted.begin(), wanted.end(), [&](const std::string& proof) {
    return std::find(shown.proofs.begin(), shown.proofs.end(), proof) != shown.proofs.end();
  });
}

bool Proofs::IsWhole(const std::string& clause, const std::string& engine) const {
  const auto shown = shown_.find({clause, engine});
  return shown == shown_.end() || IsProved(clause, shown->second);
}

void Proofs::Write(const std::string& path) const {
  std::ofstream file(path + ".new");
  file << "clause\tengine\tproofs\tresult\n";
  std::map<std::string, int> proved;
  for (const auto& [key, shown] : shown_) {
    const bool ok = IsProved(key.first, shown);
    file << key.first << '\t' << key.second << '\t' << absl::StrJoin(shown.proofs, ",") << '\t'
         << (ok ? "proved" : "failed") << '\n';
    proved[key.second] += ok ? 1 : 0;
  }
  file.close();
  std::rename((path + ".new").c_str(), path.c_str());
  for (const auto& [engine, count] : proved) {
    std::cout << "clauses proved on " << engine << ": " << count << " of " << kind_of_.size() << std::endl;
  }
}

std::string TextOf(const absl::Status& status) { return status.ToString(absl::StatusToStringMode::kWithNoExtraData); }

std::set<std::string> ClausesOf(const absl::Status& refusal) {
  const auto metadata = ErrorMetadata(refusal);
  const auto clauses = metadata.find("clauses");
  if (clauses == metadata.end()) return {};
  return absl::StrSplit(clauses->second, ',', absl::SkipEmpty());
}

}  // namespace aftersales::testing
