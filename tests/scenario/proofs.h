// Which clauses of the procedures were shown to hold, by which proofs. Each kind of clause has its own (tests/clauses.tsv
// tells the kind):
//
//   gate, approval   refused · skipped (refused with the step before left out) · allowed
//   role             refused · allowed
//   clock            silent (just before) · fires · once
//   record           read-back (after a restart of the server)
//   rule             holds · not (does not hold where it should not)
//   report           counted (equals an independent count)
//
// A clause is proved on an engine when all proofs of its kind were executed there and none failed. The list is written to
// build/clauses-shown.tsv when the program ends.
#ifndef AFTERSALES_TESTS_SCENARIO_PROOFS_H_
#define AFTERSALES_TESTS_SCENARIO_PROOFS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace aftersales::testing {

class Proofs {
 public:
  static Proofs& Instance();

  // Records one proof; `ok` says whether it held, and fails the running test where it did not.
  void Record(const std::string& clause, const std::string& engine, const std::string& proof, bool ok,
              const std::string& what);
  // Writes the list and prints a line that sums it up.
  void Write(const std::string& path) const;

 private:
  Proofs();
  struct Shown {
    std::vector<std::string> proofs;
    bool failed = false;
  };
  std::map<std::string, std::string> kind_of_;                       // clause -> kind
  std::map<std::pair<std::string, std::string>, Shown> shown_;       // clause, engine
};

// The clauses named in a refusal's metadata.
std::set<std::string> ClausesOf(const absl::Status& refusal);

}  // namespace aftersales::testing

#endif  // AFTERSALES_TESTS_SCENARIO_PROOFS_H_
