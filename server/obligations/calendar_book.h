// The calendars that limits count in: of each the version in force, or an older one by name, compiled once and kept.
#ifndef AFTERSALES_SERVER_OBLIGATIONS_CALENDAR_BOOK_H_
#define AFTERSALES_SERVER_OBLIGATIONS_CALENDAR_BOOK_H_

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "aftersales/v1/policy.pb.h"
#include "server/policy/calendar.h"
#include "server/policy/pack.h"
#include "server/policy/rules.h"
#include "server/storage/database.h"

namespace aftersales {

// Thread-safe.
class CalendarBook {
 public:
  // Looks up calendars for this transaction and pack; must not outlive either the reader or this book. The database is
  // asked only when a limit does count in a calendar: once for what is in force at reader.now(), and once for a version
  // that was not used before. Asked for the version
  //   ""                      gives what is in force: a calendar version, or else the pack's own;
  //   "calendarVersions/..."  gives that one, in force or not;
  //   `policy_version`        gives the pack's own, whatever is in force.
  // A calendar that the pack does not have is null.
  policy::CalendarLookup For(Reader& reader, std::shared_ptr<const policy::Pack> pack, std::string policy_version);

 private:
  using Compiled = std::shared_ptr<const policy::Calendar>;
  Compiled OfPack(const policy::Pack& pack, const std::string& policy_version, const std::string& calendar);
  // Null where there is no such version.
  Compiled OfVersion(Reader& reader, const std::string& version);
  Compiled Find(const std::string& key);
  Compiled Keep(const std::string& key, policy::CalendarSpec spec);

  absl::Mutex mutex_;
  // By version's name, or by the policy version's and the calendar's. What a name stands for never changes.
  std::map<std::string, Compiled> compiled_ ABSL_GUARDED_BY(mutex_);
};

// A calendar version as calendars are compiled from it; and the week and zone of a pack's calendar put into a version.
policy::CalendarSpec SpecOf(const v1::CalendarVersion& version);
void SetWeek(const policy::CalendarSpec& spec, v1::CalendarVersion* version);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_OBLIGATIONS_CALENDAR_BOOK_H_
