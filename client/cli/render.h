// Messages as people and programs read them.
#ifndef AFTERSALES_CLIENT_CLI_RENDER_H_
#define AFTERSALES_CLIENT_CLI_RENDER_H_

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "client/cli/catalog.h"
#include "client/cli/terminal.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"

namespace aftersales::cli {

// How answers are written.
enum class Format {
  kTable,   // for people: the command's columns, or all fields of one resource
  kWide,    // the same with every field, nothing cut
  kName,    // resource names only, one a line
  kJson,    // protobuf's JSON with the proto's field names
  kSecret,  // the secret of a new token and nothing else
};

// "2026-11-22 14:05" in the zone; empty for a time that is not set.
std::string FormatTime(const google::protobuf::Timestamp& time, absl::TimeZone zone);

// A field as one cell: words for enums, readable times and amounts, lists joined by commas. Empty where it is not set.
std::string Cell(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor* field,
                 absl::TimeZone zone);
// The same for the path of a column, such as "principal.name".
std::string Cell(const google::protobuf::Message& message, const std::string& path, absl::TimeZone zone);

// "notice_time" -> "NOTICE TIME"
std::string Heading(const std::string& column);

// All set fields as name and value, those of messages within by dotted names.
std::vector<std::pair<std::string, std::string>> Record(const google::protobuf::Message& message, absl::TimeZone zone);

// One JSON document in one or several lines, harmless to a terminal.
std::string Json(const google::protobuf::Message& message, bool pretty);

// Prints the answer to a command. An empty list prints nothing but a note to people.
void PrintReply(const Command& command, const google::protobuf::Message& reply, Format format,
                const Terminal& terminal);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_RENDER_H_
