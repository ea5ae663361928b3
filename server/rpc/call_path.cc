#include "server/rpc/call_path.h"

#include <cxxabi.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <memory>
#include <typeinfo>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "aftersales/options/v1/options.pb.h"
#include "nlohmann/json.hpp"
#include "server/base/error.h"
#include "server/base/random.h"
#include "server/base/status_macros.h"
#include "server/rpc/log.h"
#include "server/rpc/wire_status.h"

namespace aftersales::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Lines per second about calls that strangers can cause at no cost to themselves.
constexpr int kMostRefusalLines = 20;

const FieldDescriptor* FieldOf(const Message& request, const char* name, FieldDescriptor::CppType type) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(name);
  return field != nullptr && field->cpp_type() == type && !field->is_repeated() ? field : nullptr;
}

absl::Status TokenError(const std::string& text) {
  return Error(absl::StatusCode::kUnauthenticated, v1::ERROR_REASON_NOT_AUTHENTICATED,
               absl::StrCat(text, " Send one as metadata: 'authorization: Bearer TOKEN'."));
}

absl::StatusOr<std::string_view> BearerToken(const grpc::CallbackServerContext& context) {
  constexpr std::string_view kScheme = "bearer ";
  const auto [begin, end] = context.client_metadata().equal_range("authorization");
  if (begin == end) return TokenError("The call carries no token.");
  if (std::next(begin) != end) return TokenError("The call carries several tokens.");
  const std::string_view value(begin->second.data(), begin->second.size());
  const std::string scheme(value.substr(0, kScheme.size()));
  if (absl::AsciiStrToLower(scheme) != kScheme || value.size() == kScheme.size()) {
    return TokenError("The call's authorization is no bearer token.");
  }
  return value.substr(kScheme.size());
}

std::string ReasonWord(const absl::Status& status) {
  constexpr size_t kPrefix = sizeof("ERROR_REASON_") - 1;
  const v1::ErrorReason reason = ReasonOf(status);
  return reason == v1::ERROR_REASON_UNSPECIFIED ? "" : v1::ErrorReason_Name(reason).substr(kPrefix);
}

bool IsDefect(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown ||
         code == absl::StatusCode::kDataLoss;
}

// What happened goes to the log; the caller gets a number to find it by.
absl::Status WithIncident(const ServedMethod& method, const Call& call, const absl::Status& status) {
  const std::string incident = ToHex(RandomBytes(6));
  Log(LogLevel::kError, "incident",
      {{"incident", incident},
       {"method", method.name},
       {"request_id", call.request_id},
       {"principal", call.caller.principal},
       {"what", std::string(status.message())}});
  return Error(absl::StatusCode::kInternal, v1::ERROR_REASON_INTERNAL,
               absl::StrCat("The server failed on this call. Tell the administrator incident ", incident,
                            ": the server's log says more."))
      .With("incident", incident);
}

}  // namespace

CallPath::CallPath(const GrpcServerOptions& options, Authenticator& authenticator, Metrics& metrics)
    : options_(options),
      authenticator_(authenticator),
      metrics_(metrics),
      rate_(options.calls_per_second, options.burst) {}

absl::StatusOr<ServedMethod> CallPath::Prepare(const Method& method) {
  const auto& options = method.descriptor->options();
  const options::v1::MethodRule& rule = options.GetExtension(options::v1::method);
  const std::string& service = method.descriptor->service()->full_name();
  ServedMethod served;
  served.method = method;
  served.name = absl::StrCat(service, "/", method.descriptor->name());
  served.permission = rule.permission();
  served.roles = authenticator_.RolesGranting(served.permission);
  served.audited = rule.audited();
  served.issues_secret = rule.issues_secret();
  served.read_only = options.idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
  served.request_id = FieldOf(*method.request, "request_id", FieldDescriptor::CPPTYPE_STRING);
  served.validate_only = FieldOf(*method.request, "validate_only", FieldDescriptor::CPPTYPE_BOOL);
  ASSIGN_OR_RETURN(served.plan, validation_.PlanFor(method.request->GetDescriptor()));
  served.mask = masking_.PlanFor(method.reply->GetDescriptor());
  served.metrics = &metrics_.ForMethod(service, method.descriptor->name());
  return served;
}

Call CallPath::Begin(const ServedMethod& method, grpc::CallbackServerContext& context) const {
  Call call;
  call.method = method.name;
  call.issues_secret = method.issues_secret;
  call.roles = &method.roles;
  call.peer = context.peer();
  call.deadline = StepDeadline(absl::FromChrono(context.deadline()));
  call.cancelled = [&context] { return context.IsCancelled(); };
  return call;
}

void CallPath::Drain() { draining_ = true; }

absl::Time CallPath::StepDeadline(absl::Time client_deadline) const {
  static const absl::Time kNone = absl::FromChrono(std::chrono::system_clock::time_point::max());
  const absl::Time now = absl::Now();
  if (client_deadline >= kNone) return now + options_.default_deadline;
  return std::min(client_deadline, now + options_.longest_deadline);
}

absl::Status CallPath::CheckAwaited(const Call& call) const {
  if (absl::Now() >= call.deadline) {
    return Error(absl::StatusCode::kDeadlineExceeded, v1::ERROR_REASON_DEADLINE_PASSED,
                 "The call's deadline passed before the server could turn to it; nothing was done. Repeat it with the "
                 "same request_id and a later deadline.");
  }
  if (call.cancelled()) return absl::CancelledError("The caller cancelled the call.");
  return absl::OkStatus();
}

absl::Status CallPath::Identify(const ServedMethod& method, const grpc::CallbackServerContext& context, Call& call) {
  ASSIGN_OR_RETURN(const std::string_view token, BearerToken(context));
  ASSIGN_OR_RETURN(call.caller, authenticator_.Authenticate(call, token));
  call.reads_personal = authenticator_.Grants(call.caller, kPersonalPermission);
  if (authenticator_.Grants(call.caller, method.permission)) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_PERMISSION_MISSING,
               absl::StrCat(call.caller.principal, " lacks the permission ", method.permission, ". It comes with: ",
                            method.roles.empty() ? "no role" : absl::StrJoin(method.roles, ", "), "."))
      .With("permission", method.permission)
      .With("roles", absl::StrJoin(method.roles, ","));
}

absl::Status CallPath::CheckRate(const Call& call) {
  const absl::Duration wait = rate_.Take(call.caller.principal, absl::Now());
  if (wait > absl::ZeroDuration()) {
    return Error(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_RATE_EXCEEDED,
                 absl::StrCat(call.caller.principal, " makes more than ", options_.calls_per_second,
                              " calls per second. Wait as long as RetryInfo says."))
        .RetryAfter(wait);
  }
  return absl::OkStatus();
}

absl::Status CallPath::Read(const ServedMethod& method, const grpc::ByteBuffer& bytes, Call& call,
                            Message* request) const {
  grpc::ByteBuffer own(bytes);  // another handle on the same bytes
  if (!grpc::GenericDeserialize<grpc::ProtoBufferReader, Message>(&own, request).ok()) {
    return Error(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_FIELD_INVALID,
                 absl::StrCat("The request cannot be read as ", request->GetDescriptor()->full_name(),
                              ": its encoding is damaged or a text is no UTF-8."));
  }
  // What this server does not know is neither checked nor masked, so it may not be kept either.
  request->DiscardUnknownFields();
  ClearOutputOnly(*method.plan, request);
  if (std::vector<FieldMistake> mistakes = FindMistakes(*method.plan, *request); !mistakes.empty()) {
    return MistakesError(std::move(mistakes));
  }
  const auto* reflection = request->GetReflection();
  if (method.request_id != nullptr) {
    // The same UUID, however it is written (RFC 9562).
    call.request_id = absl::AsciiStrToLower(reflection->GetString(*request, method.request_id));
    reflection->SetString(request, method.request_id, call.request_id);
  }
  if (method.validate_only != nullptr) call.validate_only = reflection->GetBool(*request, method.validate_only);
  return options_.guard ? options_.guard(call, *request) : absl::OkStatus();
}

absl::Status CallPath::Encode(const ServedMethod& method, const Call& call, Message& reply,
                              grpc::ByteBuffer* bytes) const {
  if (method.mask != nullptr) {
    Mask(
        *method.mask, [&](const std::string& permission) { return authenticator_.Grants(call.caller, permission); },
        &reply);
  }
  if (reply.ByteSizeLong() > static_cast<size_t>(kMostMessageSize)) {
    if (method.method.request->GetDescriptor()->FindFieldByName("page_size") != nullptr) {
      return FieldError("page_size", "makes an answer of more than 4 MiB; ask for fewer entries at once");
    }
    return InternalError(absl::StrCat("a reply of ", reply.ByteSizeLong(), " bytes is more than may be sent"));
  }
  bytes->Clear();  // of the message before: gRPC aborts the program when it is asked to write into a full buffer
  bool own = false;
  const grpc::Status written = grpc::GenericSerialize<grpc::ProtoBufferWriter, Message>(reply, bytes, &own);
  return written.ok() ? absl::OkStatus() : InternalError("the reply cannot be serialized");
}

grpc::Status CallPath::Conclude(const ServedMethod& method, Call& call, absl::Status status, absl::Time arrived) {
  if (IsDefect(status.code())) status = WithIncident(method, call, status);
  const bool refused = absl::IsPermissionDenied(status) || absl::IsUnauthenticated(status);
  if (refused && method.audited) {
    const absl::Status audited = CatchAll([&] {
      authenticator_.AuditRefusal(call, ReasonWord(status));
      return absl::OkStatus();
    });
    if (!audited.ok()) Log(LogLevel::kError, "refusal not audited", {{"what", std::string(audited.message())}});
  }
  const absl::Duration time = absl::Now() - arrived;
  method.metrics->Count(status.code(), time, call.statements);
  LogCall(method, call, status, time);
  return ToGrpcStatus(status);
}

bool CallPath::MayLog(absl::StatusCode code) {
  if (code != absl::StatusCode::kUnauthenticated && code != absl::StatusCode::kResourceExhausted) return true;
  const int64_t second = absl::ToUnixSeconds(absl::Now());
  if (log_second_.exchange(second) != second) log_lines_ = 0;
  return ++log_lines_ <= kMostRefusalLines;
}

void CallPath::LogCall(const ServedMethod& method, const Call& call, const absl::Status& status, absl::Duration time) {
  const LogLevel level = status.ok() && method.read_only ? LogLevel::kDebug : LogLevel::kInfo;
  if (!LogsAt(level) || !MayLog(status.code())) return;
  Log(level, "call",
      {{"method", method.name},
       {"principal", call.caller.principal},
       {"request_id", call.request_id},
       {"code", absl::StatusCodeToString(status.code())},
       {"reason", ReasonWord(status)},
       {"ms", absl::ToInt64Microseconds(time) / 1000.0},
       {"statements", call.statements},
       {"peer", call.peer}});
}

absl::Status CatchAll(absl::FunctionRef<absl::Status()> work) {
  try {
    return work();
  } catch (const std::exception& thrown) {
    int failed = 0;
    const std::unique_ptr<char, decltype(&std::free)> readable(
        abi::__cxa_demangle(typeid(thrown).name(), nullptr, nullptr, &failed), std::free);
    return InternalError(absl::StrCat("exception ", failed == 0 ? readable.get() : typeid(thrown).name()));
  } catch (...) {
    return InternalError("exception of a type of its own");
  }
}

absl::Status OverloadedError(const std::string& what) {
  return Error(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_OVERLOADED,
               absl::StrCat("The server has as many ", what, " as it takes on. Wait as long as RetryInfo says."))
      .RetryAfter(absl::Seconds(1));
}

absl::Status DrainingError() {
  return Error(absl::StatusCode::kUnavailable, v1::ERROR_REASON_NOT_READY,
               "The server is shutting down. Call again: another server may answer.");
}

}  // namespace aftersales::rpc
