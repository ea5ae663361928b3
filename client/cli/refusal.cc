#include "client/cli/refusal.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "aftersales/errors.h"
#include "client/cli/request_flags.h"
#include "client/cli/text.h"
#include "nlohmann/json.hpp"

namespace aftersales::cli {
namespace {

// Ordered as written.
using Json = nlohmann::ordered_json;

std::string ReasonName(v1::ErrorReason reason) {
  return v1::ErrorReason_Name(reason).substr(sizeof("ERROR_REASON_") - 1);
}

std::string Metadata(const absl::Status& status, const std::string& key) {
  const auto metadata = ErrorMetadata(status);
  const auto found = metadata.find(key);
  return found == metadata.end() ? "" : Printable(found->second);
}

// What a person does about it; empty where the text says it all.
std::string Hint(const absl::Status& status) {
  switch (ErrorReasonOf(status)) {
    case v1::ERROR_REASON_NOT_AUTHENTICATED:
      return "Set AFTERSALES_TOKEN_FILE to a file with a current token, or give --token-file FILE.";
    case v1::ERROR_REASON_PERMISSION_MISSING:
    case v1::ERROR_REASON_ROLE_MISSING: return "'aftersales whoami' shows who you are and what you may do.";
    case v1::ERROR_REASON_OBLIGATION_OPEN: {
      for (const PreconditionViolation& violation : PreconditionViolations(status)) {
        if (absl::StartsWith(violation.subject, "obligations/")) {
          return absl::StrCat("'aftersales obligation explain ", Printable(violation.subject),
                              "' tells why it is owed.");
        }
      }
      return absl::StrCat("'aftersales obligation list --root ", Metadata(status, "resource"), "' shows what is owed.");
    }
    case v1::ERROR_REASON_ETAG_MISMATCH: return absl::StrCat("Its etag is now ", Metadata(status, "etag"), ".");
    case v1::ERROR_REASON_REQUEST_ID_REUSED: return "Leave --request-id out, or give a new UUID.";
    case v1::ERROR_REASON_PAGE_TOKEN_INVALID: return "Begin again without --page-token, or list everything with --all.";
    case v1::ERROR_REASON_NO_POLICY:
      return "'aftersales policy load --text @FILE' loads one; 'aftersales policy activate NAME' puts it in force.";
    case v1::ERROR_REASON_PACK_INVALID:
      return "'aftersales policy validate --text @FILE' lists every mistake with its line.";
    case v1::ERROR_REASON_STORAGE_UNAVAILABLE:
    case v1::ERROR_REASON_OVERLOADED:
    case v1::ERROR_REASON_RATE_EXCEEDED:
    case v1::ERROR_REASON_NOT_READY: return "Try again in a moment.";
    case v1::ERROR_REASON_DEADLINE_PASSED: return "Try again, with --timeout if it needs longer.";
    default: break;
  }
  if (ErrorReasonOf(status) != v1::ERROR_REASON_UNSPECIFIED) return "";
  if (status.code() == absl::StatusCode::kUnimplemented) {
    return "The server does not know this call; it may be older than this program.";
  }
  if (status.code() == absl::StatusCode::kUnavailable) {
    return "The server cannot be reached. Check --endpoint (or AFTERSALES_ENDPOINT), and whether it runs.";
  }
  if (status.code() == absl::StatusCode::kDeadlineExceeded) {
    return "The server did not answer in time. It may have done what was asked: look before you repeat it.";
  }
  return "";
}

// Servers say what to do by the methods of the API, "(AnswerContact)"; here the commands are known by other words.
std::string InCommands(const std::string& text) {
  static const auto& commands = *new std::map<std::string, std::string>([] {
    std::map<std::string, std::string> known;
    for (const Command& command : Catalog()) {
      known[std::string(command.method->name())] = absl::StrCat("aftersales ", command.noun, " ", command.verb);
    }
    return known;
  }());
  std::string said;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin;
    while (end < text.size() && (absl::ascii_isalnum(text[end]) || text[end] == '/' || text[end] == '-')) ++end;
    const std::string word = text.substr(begin, std::max<size_t>(end - begin, 1));
    const auto found = commands.find(word);
    said += found == commands.end() ? word : absl::StrCat("'", found->second, "'");
    begin += word.size();
  }
  return said;
}

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

// The message without what the bullets below it repeat: servers name each field and obligation in the text, too.
std::string Lead(const absl::Status& status) {
  std::string text = MessageOf(status);
  for (const FieldViolation& field : FieldViolations(status)) {
    if (field.field.empty() || !absl::StrContains(text, field.description)) continue;
    text = text.substr(0, text.find(field.field));
  }
  for (const PreconditionViolation& violation : PreconditionViolations(status)) {
    if (!violation.description.empty()) text = text.substr(0, text.find(violation.description));
  }
  return std::string(absl::StripAsciiWhitespace(text));
}

// The exit code of a program is a byte; gRPC's codes end at 16.
int ExitCode(const absl::Status& status) { return kExitRefused + static_cast<int>(status.code()); }

Json AsJson(const absl::Status& status) {
  Json error;
  error["code"] = absl::StatusCodeToString(status.code());
  error["reason"] = ErrorReasonOf(status) == v1::ERROR_REASON_UNSPECIFIED ? "" : ReasonName(ErrorReasonOf(status));
  error["message"] = MessageOf(status);
  error["metadata"] = Json::object();
  for (const auto& [key, value] : ErrorMetadata(status)) error["metadata"][key] = value;
  error["fields"] = Json::array();
  for (const FieldViolation& field : FieldViolations(status)) {
    error["fields"].push_back({{"field", field.field}, {"description", field.description}});
  }
  error["violations"] = Json::array();
  for (const PreconditionViolation& violation : PreconditionViolations(status)) {
    error["violations"].push_back(
        {{"type", violation.type}, {"subject", violation.subject}, {"description", violation.description}});
  }
  return error;
}

void PrintJson(const Json& error, const Terminal& terminal) {
  // Bytes that are no UTF-8 are replaced instead of thrown over.
  terminal.err << PrintableJson(Json{{"error", error}}.dump(1, ' ', false, Json::error_handler_t::replace)) << "\n";
}

int ReportHere(const absl::Status& status, const std::string& code, int exit_code, Format format,
               const Terminal& terminal) {
  if (format == Format::kJson) {
    PrintJson({{"code", code}, {"reason", ""}, {"message", MessageOf(status)}}, terminal);
  } else {
    terminal.err << "aftersales: " << Printable(MessageOf(status)) << "\n";
  }
  return exit_code;
}

}  // namespace

int ReportRefusal(const absl::Status& status, const Command* command, Format format, const Terminal& terminal,
                  const FieldWords& fields) {
  if (format == Format::kJson) {
    PrintJson(AsJson(status), terminal);
    return ExitCode(status);
  }
  const v1::ErrorReason reason = ErrorReasonOf(status);
  const std::string code = reason == v1::ERROR_REASON_UNSPECIFIED ? std::string(absl::StatusCodeToString(status.code()))
                                                                  : ReasonName(reason);
  // Without a reason no server spoke: the call itself failed.
  const std::string lead = InCommands(Printable(Lead(status)));
  terminal.err << (reason == v1::ERROR_REASON_UNSPECIFIED ? "Failed (" : "Refused (") << code
               << "):" << (lead.empty() ? "" : " ") << lead << "\n";
  for (const FieldViolation& field : FieldViolations(status)) {
    const auto word = fields.find(field.field);
    const std::string flag = word != fields.end() ? word->second
                             : command != nullptr ? FlagForField(*command, field.field)
                                                  : "";
    terminal.err << "  - " << Printable(flag.empty() ? field.field : flag) << ": "
                 << InCommands(Printable(field.description)) << "\n";
  }
  for (const PreconditionViolation& violation : PreconditionViolations(status)) {
    terminal.err << "  - "
                 << InCommands(Printable(violation.description.empty() ? violation.type : violation.description));
    if (!violation.subject.empty() && !absl::StrContains(violation.description, violation.subject)) {
      terminal.err << " [" << Printable(violation.subject) << "]";
    }
    terminal.err << "\n";
  }
  if (const auto delay = RetryDelay(status)) terminal.err << "  Wait for " << absl::FormatDuration(*delay) << ".\n";
  if (const std::string hint = Hint(status); !hint.empty()) terminal.err << hint << "\n";
  return ExitCode(status);
}

int ReportUsage(const absl::Status& status, Format format, const Terminal& terminal) {
  return ReportHere(status, "USAGE", kExitUsage, format, terminal);
}

int ReportFailure(const absl::Status& status, Format format, const Terminal& terminal) {
  return ReportHere(status, "LOCAL_FAILURE", kExitFailed, format, terminal);
}

}  // namespace aftersales::cli
