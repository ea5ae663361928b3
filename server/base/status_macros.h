// Leave the function when something failed.
#ifndef AFTERSALES_SERVER_BASE_STATUS_MACROS_H_
#define AFTERSALES_SERVER_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define RETURN_IF_ERROR(expression)                           \
  do {                                                        \
    if (absl::Status status_ = (expression); !status_.ok()) { \
      return status_;                                         \
    }                                                         \
  } while (false)

#define AFTERSALES_JOIN_(a, b) a##b
#define AFTERSALES_JOIN(a, b) AFTERSALES_JOIN_(a, b)

// ASSIGN_OR_RETURN(auto value, F()); The declaration may not contain a comma outside parentheses.
#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_(AFTERSALES_JOIN(status_or_, __LINE__), declaration, expression)
#define ASSIGN_OR_RETURN_(holder, declaration, expression) \
  auto holder = (expression);                              \
  if (!holder.ok()) return std::move(holder).status();     \
  declaration = *std::move(holder)

#endif  // AFTERSALES_SERVER_BASE_STATUS_MACROS_H_
