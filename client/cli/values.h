// Values as people write and read them on the command line: times, money, words for enum values, files.
#ifndef AFTERSALES_CLIENT_CLI_VALUES_H_
#define AFTERSALES_CLIENT_CLI_VALUES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aftersales/v1/common.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"

namespace aftersales::cli {

// Values longer than this are refused, wherever they come from.
inline constexpr size_t kLongestValue = 4 << 20;

// "now", "-25m", "+2h30m", "-1d", RFC 3339, or "2026-11-22 14:00[:05]" and "2026-11-22" in `zone`.
absl::StatusOr<absl::Time> ParseTime(const std::string& text, absl::Time now, absl::TimeZone zone);
absl::Time ToTime(const google::protobuf::Timestamp& timestamp);
google::protobuf::Timestamp ToTimestamp(absl::Time time);

// "CNY 12.50" with as many decimals as the currency has.
absl::StatusOr<v1::Money> ParseMoney(const std::string& text);
std::string FormatMoney(const v1::Money& money);

// The enum value's name without its type's prefix, in lower case: "field_engineer". "-" for the zero value.
std::string EnumWord(const google::protobuf::EnumValueDescriptor* value);
// All words of a type but the zero value's.
std::vector<std::string> EnumWords(const google::protobuf::EnumDescriptor* type);
absl::StatusOr<int> ParseEnumWord(const google::protobuf::EnumDescriptor* type, const std::string& word);

// What "@FILE" and "@-" (standard input) stand for; "@@x" is "@x"; any other text is itself.
absl::StatusOr<std::string> ReadValue(const std::string& text);

// One message of a list: JSON, "key=value,key=value", or a short form that the type has (a role grant: "quality:head",
// a date: "2027-01-01").
absl::Status ParseMessage(const std::string& text, absl::Time now, absl::TimeZone zone,
                          google::protobuf::Message& message);

// Names may leave out where they begin: "C2026-000123" for "cases/C2026-000123" where a case's name is wanted, and
// "C2026-000123/solutions/1" likewise. Where the field takes names of several kinds, only what looks like a tracking
// number is taken for a case.
std::string WholeName(const google::protobuf::FieldDescriptor* field, const std::string& text);

// Sets a field of a plain type, an enum, a timestamp or money from text, or appends to a list of them.
absl::Status SetField(const google::protobuf::FieldDescriptor* field, const std::string& text, absl::Time now,
                      absl::TimeZone zone, google::protobuf::Message& message);

bool IsTimestamp(const google::protobuf::FieldDescriptor* field);
bool IsDate(const google::protobuf::FieldDescriptor* field);
bool IsMoney(const google::protobuf::FieldDescriptor* field);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_VALUES_H_
