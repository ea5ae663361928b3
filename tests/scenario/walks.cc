#include "tests/scenario/walks.h"

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/clock.h"
#include "server/base/names.h"

namespace aftersales::testing {
namespace {

// How far apart the due times of two obligations lie, and the time between them at which one is late and the other is
// not.
constexpr absl::Duration kApart = absl::Minutes(4);
constexpr absl::Duration kJustBefore = absl::Minutes(2);
constexpr absl::Duration kJustAfter = absl::Minutes(1);

// Brings up an obligation that is due in so long from now, or a whole limit from now where its clock cannot be set
// back.
v1::Obligation Arise(Company& company, const ClockProof& proof, absl::Duration due_in) {
  const std::string root = proof.arise(proof.from_notice ? proof.limit - due_in : absl::ZeroDuration());
  return company.OwedOfKind(root, proof.kind);
}

void CheckTerms(Company& company, const ClockProof& proof, const v1::Obligation& owed) {
  const absl::Time since = FromProto(owed.since_time());
  company.Insist(FromProto(owed.due_time()) == (proof.due ? proof.due(since) : since + proof.limit),
                 absl::StrCat("not due after ", proof.due ? "its limit" : absl::FormatDuration(proof.limit), ": ",
                              owed.ShortDebugString()));
  company.Expect(owed.stated() == proof.stated, absl::StrCat(proof.kind, " says wrongly whether its limit is stated"));
  company.Expect(owed.escalations_size() == static_cast<int>(proof.escalations.size()),
                 absl::StrCat(proof.kind, " has ", owed.escalations_size(), " levels of escalation"));
  for (const auto& [overdue, role] : proof.escalations) {
    bool named = false;
    for (const v1::ObligationEscalation& level : owed.escalations()) {
      named = named || (level.to() == role && absl::Minutes(level.overdue_minutes()) == overdue);
    }
    company.Insist(named, absl::StrCat(proof.kind, " is not brought before ", Word(role), " ",
                                       absl::FormatDuration(overdue), " after its breach"));
  }
}

v1::Event Awaited(Company& company, const v1::Obligation& owed, v1::EventType type, v1::Role addressee) {
  absl::StatusOr<v1::Event> event = company.Await(owed, type, addressee);
  company.Insist(event.ok(), absl::StrCat("no ", Word(type, '-'), " of ", owed.name(), " to ", Word(addressee), ": ",
                                          TextOf(event.status())));
  return *std::move(event);
}

std::vector<Walk> Joined(const std::vector<std::vector<Walk>>& parts) {
  std::vector<Walk> all;
  for (const std::vector<Walk>& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

void ProveClock(Company& company, const ClockProof& proof) {
  company.ForAll(proof.clauses);
  const auto shown = [&](const std::string& what, bool ok, const std::string& text) {
    for (const std::string& clause : proof.clauses) company.Shown(clause, what, ok, text);
  };
  const v1::Obligation earlier = Arise(company, proof, 2 * kApart);
  if (!proof.from_notice) company.PassTime(kApart);
  const v1::Obligation owed = Arise(company, proof, 3 * kApart);
  CheckTerms(company, proof, owed);
  const absl::Time due = FromProto(owed.due_time());

  // Once the earlier one has fired, the server has looked at what is due.
  company.PassTimeUntil(due - kJustBefore);
  Awaited(company, earlier, v1::EVENT_TYPE_OBLIGATION_BREACHED, earlier.owner());
  shown("silent", company.CountEvents(owed, v1::EVENT_TYPE_OBLIGATION_BREACHED) == 0, "fired before it was due");

  company.PassTimeUntil(due + kJustAfter);
  const v1::Event breach = Awaited(company, owed, v1::EVENT_TYPE_OBLIGATION_BREACHED, owed.owner());
  shown("fires",
        FromProto(breach.time()) == due && FromProto(breach.record_time()) >= due && breach.subject() == owed.name() &&
            breach.root() == owed.root(),
        breach.ShortDebugString());
  for (const auto& [overdue, role] : proof.escalations) {
    company.PassTimeUntil(due + overdue + kJustAfter);
    Awaited(company, owed, v1::EVENT_TYPE_OBLIGATION_ESCALATED, role);
  }

  company.Restart();
  const v1::Obligation later = Arise(company, proof, kApart);
  company.PassTimeUntil(FromProto(later.due_time()) + kJustAfter);
  Awaited(company, later, v1::EVENT_TYPE_OBLIGATION_BREACHED, later.owner());
  const int breaches = company.CountEvents(owed, v1::EVENT_TYPE_OBLIGATION_BREACHED);
  const int escalated = company.CountEvents(owed, v1::EVENT_TYPE_OBLIGATION_ESCALATED);
  const int warnings = company.CountEvents(owed, v1::EVENT_TYPE_OBLIGATION_WARNED);
  shown("once", breaches == 1 && warnings == 1 && escalated == static_cast<int>(proof.escalations.size()),
        absl::StrCat(warnings, " warnings, ", breaches, " breaches, ", escalated, " escalations"));
}

std::ostream& operator<<(std::ostream& out, const Procedure& procedure) { return out << procedure.pack; }

std::string NameInTests(const Procedure& procedure) { return absl::StrReplaceAll(procedure.pack, {{"-", "_"}}); }

const std::vector<Procedure>& Procedures() {
  static const auto* procedures = new std::vector<Procedure>{
      {"hongxing", v1::ROLE_QUALITY, Joined({HongxingWalks(), HongxingImprovementWalks(), HongxingFeedbackWalks()})},
      {"guangtian", v1::ROLE_SERVICE_MANAGER, Joined({GuangtianWalks(), GuangtianArchiveWalks()})},
      {"wanshan", v1::ROLE_SERVICE_MANAGER, WanshanWalks()},
      {"sales-manager", v1::ROLE_SERVICE_MANAGER, SalesManagerWalks()},
      {"south-lubrication", v1::ROLE_SERVICE_MANAGER, SouthLubricationWalks()},
  };
  return *procedures;
}

void RunWalk(const Walk& walk, Company& company) {
  // What goes wrong before the walk says what its steps are for counts against the first of its clauses.
  company.For(walk.clauses.front());
  try {
    walk.run(company);
  } catch (const WalkEnds&) {
    // It was reported where it happened.
  }
}

std::string PackText(const std::string& name) {
  std::ifstream file(absl::StrCat(AFTERSALES_SOURCE_DIR, "/server/packs/", name, ".textproto"));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace aftersales::testing
