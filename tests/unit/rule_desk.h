// Does with the answers of rules what the server does, in memory, and checks after each what must hold of any book of
// obligations. For tests of rules over many events.
#ifndef AFTERSALES_TESTS_UNIT_RULE_DESK_H_
#define AFTERSALES_TESTS_UNIT_RULE_DESK_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "aftersales/v1/event.pb.h"
#include "aftersales/v1/policy.pb.h"
#include "server/policy/pack.h"
#include "server/policy/rules.h"

namespace aftersales::policy {

// The pack of a text without mistakes; fails the test where there are any.
std::shared_ptr<const Pack> Parsed(const std::string& text);
// A book with the pack's own calendars. The pack must outlive it.
Book BookOf(const Pack& pack);
// An event of cases/1 that was entered when it happened.
v1::Event EventAt(v1::EventType type, absl::Time time);
// Where two lists of obligations differ, but for their names; empty where they do not.
std::string Difference(std::vector<v1::Obligation> one, std::vector<v1::Obligation> other);

// Keeps what cases/1 owes. The book must outlive it.
class Desk {
 public:
  explicit Desk(const Book& book) : book_(book) {}
  // Goes on with what was owed after the events taken so far.
  Desk(const Book& book, std::vector<v1::Obligation> owed, std::optional<RunningPause> pause)
      : book_(book), owed_(std::move(owed)), pause_(std::move(pause)) {}

  void Take(const v1::Event& event);
  // The due scan comes by.
  void Scan(absl::Time now);
  // Somebody waives the oldest that is open.
  void Waive(absl::Time now);

  // Oldest first.
  const std::vector<v1::Obligation>& owed() const { return owed_; }
  // The events taken and those that tell what became of obligations, as the feed has them.
  const std::vector<v1::Event>& recorded() const { return recorded_; }
  const std::optional<RunningPause>& pause() const { return pause_; }

 private:
  void Keep(Outcome outcome);
  void Replace(const v1::Obligation& after);
  // Each obligation is warned of and breached once; each of its levels is told once.
  void Announce(v1::EventType type, const v1::Obligation& owed);
  void RecordOf(v1::EventType type, const v1::Obligation& obligation);
  // What holds for any book at any time.
  void CheckBook() const;
  void CheckPauses(const v1::Obligation& owed) const;

  const Book& book_;
  std::vector<v1::Obligation> owed_;
  std::vector<v1::Event> recorded_;
  std::optional<RunningPause> pause_;
  std::map<std::string, int> announced_;
};

}  // namespace aftersales::policy

#endif  // AFTERSALES_TESTS_UNIT_RULE_DESK_H_
