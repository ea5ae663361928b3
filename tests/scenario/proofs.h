// Which clauses of the procedures were shown to hold, by which proofs. Each kind of clause has its own
// (tests/clauses.tsv tells the kind):
//
//   gate, approval   refused · skipped (refused with the step before left out) · allowed
//   role             refused · allowed
//   clock            silent (just before) · fires · once
//   record           read-back (after a restart of the server)
//   rule             holds · not (does not hold where it should not)
//   report           counted (equals an independent count)
//
// A clause is proved on an engine when all proofs of its kind were executed there, none failed, and nothing else that
// was expected of it failed. The list is written to build/clauses-shown.tsv when the program ends.
#ifndef AFTERSALES_TESTS_SCENARIO_PROOFS_H_
#define AFTERSALES_TESTS_SCENARIO_PROOFS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace aftersales::testing {

// Where a walk through a procedure (walks.h) reports. Used by one thread.
class ProofSink {
 public:
  virtual ~ProofSink() = default;
  // One proof of a clause, or with an empty `proof` something else that is expected of it; `ok` says whether it held.
  virtual void Record(const std::string& clause, const std::string& engine, const std::string& proof, bool ok,
                      const std::string& what) = 0;
  // Nobody counts the proofs: what takes long and decides nothing more, such as a restart, may be left out.
  virtual bool trial() const { return false; }
};

// The program's list. What does not hold fails the running test.
class Proofs : public ProofSink {
 public:
  static Proofs& Instance();

  void Record(const std::string& clause, const std::string& engine, const std::string& proof, bool ok,
              const std::string& what) override;
  // What its kind demands was all shown on this engine and nothing of it failed; also where nothing was shown at all.
  bool IsWhole(const std::string& clause, const std::string& engine) const;
  // Writes the list and prints a line that sums it up.
  void Write(const std::string& path) const;

 private:
  Proofs();
  struct Shown {
    std::vector<std::string> proofs;
    bool failed = false;
  };
  bool IsProved(const std::string& clause, const Shown& shown) const;

  std::map<std::string, std::string> kind_of_;                  // clause -> kind
  std::map<std::pair<std::string, std::string>, Shown> shown_;  // clause, engine
};

// A status in words, without the details that go with it for programs.
std::string TextOf(const absl::Status& status);
// The clauses named in a refusal's metadata.
std::set<std::string> ClausesOf(const absl::Status& refusal);

}  // namespace aftersales::testing

#endif  // AFTERSALES_TESTS_SCENARIO_PROOFS_H_
