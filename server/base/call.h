// One call as it passes through the server: who calls, what, until when.
#ifndef AFTERSALES_SERVER_BASE_CALL_H_
#define AFTERSALES_SERVER_BASE_CALL_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "aftersales/v1/common.pb.h"

namespace aftersales {

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
  std::string peer;
  absl::Time deadline = absl::InfiniteFuture();  // by the system's clock, never by a test clock
  std::function<bool()> cancelled = [] { return false; };
  int statements = 0;  // SQL statements sent so far, counted by storage/
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_BASE_CALL_H_
