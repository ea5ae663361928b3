#include "server/rpc/log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <mutex>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "server/base/error.h"

namespace aftersales::rpc {
namespace {

constexpr const char* kWords[] = {"debug", "info", "warning", "error"};

std::atomic<LogLevel> lowest{LogLevel::kInfo};

spdlog::logger& StandardError() {
  static auto& logger = *[] {
    auto* made = new spdlog::logger("aftersales", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return logger;
}

struct Receiver {
  std::mutex mutex;
  std::function<void(const std::string&)> receive;
};

Receiver& TheReceiver() {
  static auto& receiver = *new Receiver;
  return receiver;
}

void Write(const std::string& line) {
  {
    std::lock_guard lock(TheReceiver().mutex);
    if (TheReceiver().receive) return TheReceiver().receive(line);
  }
  StandardError().log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

// What the gRPC library logs: mostly failed handshakes and broken connections, which strangers can cause at will.
void LogOfGrpc(gpr_log_func_args* args) {
  Log(args->severity == GPR_LOG_SEVERITY_ERROR ? LogLevel::kWarning : LogLevel::kDebug, "grpc",
      {{"text", args->message}});
}

// What the protobuf library logs: texts of a request that are no UTF-8, by field.
void LogOfProtobuf(google::protobuf::LogLevel level, const char*, int, const std::string& text) {
  Log(level == google::protobuf::LOGLEVEL_FATAL ? LogLevel::kError : LogLevel::kDebug, "protobuf", {{"text", text}});
}

}  // namespace

absl::Status ParseLogLevel(std::string_view word, LogLevel* level) {
  for (size_t i = 0; i < std::size(kWords); ++i) {
    if (word == kWords[i]) {
      *level = static_cast<LogLevel>(i);
      return absl::OkStatus();
    }
  }
  return FieldError("log_level", "must be debug, info, warning or error");
}

void SetLogLevel(LogLevel level) {
  lowest = level;
  gpr_set_log_function(LogOfGrpc);
  google::protobuf::SetLogHandler(LogOfProtobuf);
}

bool LogsAt(LogLevel level) { return level >= lowest; }

void Log(LogLevel level, std::string_view event, const nlohmann::json& fields) {
  if (!LogsAt(level)) return;
  nlohmann::ordered_json line;
  line["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
  line["level"] = kWords[static_cast<int>(level)];
  line["event"] = std::string(event);
  for (const auto& [key, value] : fields.items()) line[key] = value;
  // Bytes that are no UTF-8 are replaced: a line is always valid JSON.
  Write(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Log(LogLevel level, std::string_view event) { Log(level, event, nlohmann::json::object()); }

void SendLogTo(std::function<void(const std::string& line)> receiver) {
  std::lock_guard lock(TheReceiver().mutex);
  TheReceiver().receive = std::move(receiver);
}

}  // namespace aftersales::rpc
