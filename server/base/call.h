// One call as it passes through the server: who calls, what, until when.
#ifndef AFTERSALES_SERVER_BASE_CALL_H_
#define AFTERSALES_SERVER_BASE_CALL_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "aftersales/v1/common.pb.h"

namespace aftersales {

class Sight;  // storage/sight.h

// Who calls, as authentication found it.
struct Caller {
  std::string principal;  // "principals/…"
  std::vector<v1::RoleGrant> roles;

  bool Holds(v1::Role role, bool as_head = false) const {
    for (const v1::RoleGrant& grant : roles) {
      if (grant.role() == role && (grant.head() || !as_head)) return true;
    }
    return false;
  }
};

// Made by rpc/ for each call; background work makes its own. Used by one thread at a time.
struct Call {
  std::string method;      // "aftersales.v1.CaseService/CreateCase"
  std::string request_id;  // empty for reads and background work
  bool validate_only = false;
  bool issues_secret = false;  // the reply is never stored for replay
  Caller caller;
  const std::vector<std::string>* roles = nullptr;  // that come with the method's permission, as words; null: not asked
  bool reads_personal = false;                      // the caller may see who somebody is and how to reach them
  std::string peer;
  absl::Time deadline = absl::InfiniteFuture();  // by the system's clock, never by a test clock
  std::function<bool()> cancelled = [] { return false; };
  const Sight* sight = nullptr;  // what the caller sees where that is not everything
  int statements = 0;            // SQL statements sent so far, counted by storage/
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_BASE_CALL_H_
