// What a case would owe under a book had it followed it from the beginning.
#include <optional>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/policy/clock.h"
#include "server/policy/rules.h"

namespace aftersales::policy {
namespace {

// Events that tell what became of obligations. Rules made them; only what people and the clock decided counts here.
bool TellsOfObligation(const v1::Event& event) { return event.has_obligation(); }

bool Same(const google::protobuf::Timestamp& one, const google::protobuf::Timestamp& other) {
  return FromProto(one) == FromProto(other);
}

// Mine for the one told of: that which the same event brought up. Where under this book none did, the newest that there
// was when the other ended; one that followed it has a clock of its own.
v1::Obligation* Find(std::vector<v1::Obligation>& owed, const v1::Obligation& told) {
  v1::Obligation* newest = nullptr;
  for (auto mine = owed.rbegin(); mine != owed.rend(); ++mine) {
    if (mine->kind() != told.kind() || mine->subject() != told.subject()) continue;
    if (Same(mine->arise_time(), told.arise_time()) && mine->cause_event() == told.cause_event()) return &*mine;
    const bool there = !told.has_close_time() || FromProto(mine->arise_time()) < FromProto(told.close_time());
    if (newest == nullptr && there) newest = &*mine;
  }
  return newest;
}

// A waiver stays one, and what was announced stays announced.
void TakeOver(const v1::Event& event, std::vector<v1::Obligation>& owed) {
  const v1::Obligation& told = event.obligation();
  v1::Obligation* mine = Find(owed, told);
  if (mine == nullptr) return;
  if (event.type() == v1::EVENT_TYPE_OBLIGATION_ENDED && told.state() == v1::OBLIGATION_STATE_WAIVED &&
      mine->state() == v1::OBLIGATION_STATE_OPEN) {
    EndPause(FromProto(told.close_time()), mine);
    mine->set_state(v1::OBLIGATION_STATE_WAIVED);
    *mine->mutable_close_time() = told.close_time();
    mine->set_ended_by(v1::OBLIGATION_END_WAIVED);
    mine->set_close_note(told.close_note());
    mine->set_closed_by(told.closed_by());
  }
  if (told.has_warned_time()) *mine->mutable_warned_time() = told.warned_time();
  if (told.has_breached_time()) *mine->mutable_breached_time() = told.breached_time();
  for (int i = 0; i < told.escalations_size() && i < mine->escalations_size(); ++i) {
    if (told.escalations(i).has_fired_time() && told.escalations(i).to() == mine->escalations(i).to()) {
      *mine->mutable_escalations(i)->mutable_fired_time() = told.escalations(i).fired_time();
    }
  }
  // Not late after all: it may come to be so anew.
  if (event.type() == v1::EVENT_TYPE_OBLIGATION_CORRECTED && told.state() == v1::OBLIGATION_STATE_OPEN)
    ForgetMarks(mine);
  SetFireTime(mine);
}

void Replace(std::vector<v1::Obligation>& owed, const v1::Obligation& changed) {
  for (v1::Obligation& one : owed) {
    if (one.name() == changed.name()) one = changed;
  }
}

}  // namespace

std::vector<v1::Obligation> Replay(const Book& book, const std::string& root, const std::vector<v1::Event>& recorded) {
  std::vector<v1::Obligation> owed;
  std::optional<RunningPause> pause;
  for (const v1::Event& event : recorded) {
    if (event.root() != root) continue;
    if (TellsOfObligation(event)) {
      TakeOver(event, owed);
      continue;
    }
    const Happening happening = HappeningOf(event);
    if (happening.pause.has_value()) pause = happening.pause;
    if (happening.type == v1::EVENT_TYPE_CASE_RESUMED) pause.reset();
    Outcome outcome = Apply(book, owed, happening, pause);
    for (const v1::Obligation& ended : outcome.ended) Replace(owed, ended);
    for (const v1::Obligation& changed : outcome.changed) Replace(owed, changed);
    for (const v1::Obligation& noted : outcome.noted) Replace(owed, noted);
    for (v1::Obligation& opened : outcome.opened) {
      opened.set_name(absl::StrCat("replayed/", owed.size()));
      owed.push_back(std::move(opened));
    }
  }
  return owed;
}

}  // namespace aftersales::policy
