// The server's log: one JSON object per line on standard error.
//
// Callers put names, codes and counts into it, never request bodies, tokens or anything that tells who a person is
// besides the principal.
#ifndef AFTERSALES_SERVER_RPC_LOG_H_
#define AFTERSALES_SERVER_RPC_LOG_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "nlohmann/json_fwd.hpp"

namespace aftersales::rpc {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// "debug", "info", "warning" or "error".
absl::Status ParseLogLevel(std::string_view word, LogLevel* level);

// Lines below `level` are left out (info at first). Also takes over what the gRPC and protobuf libraries say.
// Thread-safe.
void SetLogLevel(LogLevel level);
bool LogsAt(LogLevel level);

// Writes {"time": …, "level": …, "event": event, …fields}. `fields` is an object. Thread-safe.
void Log(LogLevel level, std::string_view event, const nlohmann::json& fields);
void Log(LogLevel level, std::string_view event);

// Sends the lines elsewhere until the next call; an empty function gives them back to standard error. For tests.
void SendLogTo(std::function<void(const std::string& line)> receiver);

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_LOG_H_
