#include "client/cli/values.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "client/cli/catalog.h"
#include "client/cli/text.h"
#include "google/protobuf/util/json_util.h"

namespace aftersales::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kTimeForms[] =
    "a time is 'now', '-25m', '+2h', '-1d', '2026-11-22 14:00' or RFC 3339 ('2026-11-22T14:00:00+08:00')";

absl::Status Wrong(const std::string& text, const std::string& why) {
  return absl::InvalidArgumentError(absl::StrCat("'", Cut(Printable(text), 60), "' ", why));
}

// "+1d2h", "-25m": days and weeks too, which absl::ParseDuration leaves out.
bool ParseOffset(std::string text, absl::Duration* offset) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return false;
  const bool back = text[0] == '-';
  text.erase(0, 1);
  absl::Duration days = absl::ZeroDuration();
  for (const auto& [unit, length] : {std::pair{'w', absl::Hours(7 * 24)}, std::pair{'d', absl::Hours(24)}}) {
    const size_t at = text.find(unit);
    if (at == std::string::npos) continue;
    int32_t count = 0;
    if (!absl::SimpleAtoi(text.substr(0, at), &count) || count < 0 || count > 36600) return false;
    days += count * length;
    text.erase(0, at + 1);
  }
  absl::Duration rest = absl::ZeroDuration();
  if (!text.empty() &&
      (!absl::ascii_isdigit(static_cast<unsigned char>(text[0])) || !absl::ParseDuration(text, &rest))) {
    return false;
  }
  *offset = back ? -(days + rest) : days + rest;
  return true;
}

// As ISO 4217 has it; the server refuses what is no currency.
int DecimalsOf(const std::string& currency) {
  for (const char* code : {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
                           "XAF", "XOF", "XPF"}) {
    if (currency == code) return 0;
  }
  for (const char* code : {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}) {
    if (currency == code) return 3;
  }
  return 2;
}

int64_t PowerOfTen(int exponent) {
  int64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

std::string Prefix(const google::protobuf::EnumDescriptor* type) {
  // Every enum of the API has a zero value TYPE_NAME_UNSPECIFIED.
  const std::string zero = type->value(0)->name();
  const std::string suffix = "UNSPECIFIED";
  return absl::EndsWith(zero, suffix) ? zero.substr(0, zero.size() - suffix.size()) : "";
}

// "C2026-000123", alone or before what belongs to the case.
bool BeginsWithTrackingNumber(const std::string& text) {
  const std::string number = text.substr(0, text.find('/'));
  const size_t dash = number.find('-');
  return number[0] == 'C' && dash != std::string::npos && dash > 1 && dash + 1 < number.size() &&
         number.find_first_not_of("0123456789-", 1) == std::string::npos;
}

absl::Status SetNumber(const FieldDescriptor* field, const std::string& text, Message& message) {
  const auto* reflection = message.GetReflection();
  const auto put = [&](auto value, auto set, auto add) {
    if (field->is_repeated()) {
      (reflection->*add)(&message, field, value);
    } else {
      (reflection->*set)(&message, field, value);
    }
  };
  using R = google::protobuf::Reflection;
  int64_t i64 = 0;
  uint64_t u64 = 0;
  double real = 0;
  bool flag = false;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      if (!absl::SimpleAtoi(text, &i64) || i64 != static_cast<int32_t>(i64))
        return Wrong(text, "is no whole number of 32 bits");
      put(static_cast<int32_t>(i64), &R::SetInt32, &R::AddInt32);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT64:
      if (!absl::SimpleAtoi(text, &i64)) return Wrong(text, "is no whole number of 64 bits");
      put(i64, &R::SetInt64, &R::AddInt64);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_UINT32:
      if (!absl::SimpleAtoi(text, &u64) || u64 > std::numeric_limits<uint32_t>::max()) {
        return Wrong(text, "is no whole number from 0 of 32 bits");
      }
      put(static_cast<uint32_t>(u64), &R::SetUInt32, &R::AddUInt32);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_UINT64:
      if (!absl::SimpleAtoi(text, &u64)) return Wrong(text, "is no whole number from 0 of 64 bits");
      put(u64, &R::SetUInt64, &R::AddUInt64);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_DOUBLE:
      if (!absl::SimpleAtod(text, &real)) return Wrong(text, "is no number");
      put(real, &R::SetDouble, &R::AddDouble);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_FLOAT:
      if (!absl::SimpleAtod(text, &real)) return Wrong(text, "is no number");
      put(static_cast<float>(real), &R::SetFloat, &R::AddFloat);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_BOOL:
      if (!absl::SimpleAtob(text, &flag)) return Wrong(text, "is neither yes nor no");
      put(flag, &R::SetBool, &R::AddBool);
      return absl::OkStatus();
    default: return absl::InternalError(absl::StrCat("field ", field->name(), " is of a kind that text cannot fill"));
  }
}

absl::Status SetMessage(const FieldDescriptor* field, const std::string& text, absl::Time now, absl::TimeZone zone,
                        Message& parent) {
  const auto* reflection = parent.GetReflection();
  Message* message =
      field->is_repeated() ? reflection->AddMessage(&parent, field) : reflection->MutableMessage(&parent, field);
  if (IsTimestamp(field)) {
    absl::StatusOr<absl::Time> time = ParseTime(text, now, zone);
    if (!time.ok()) return time.status();
    message->CopyFrom(ToTimestamp(*time));
    return absl::OkStatus();
  }
  if (IsMoney(field)) {
    absl::StatusOr<v1::Money> money = ParseMoney(text);
    if (!money.ok()) return money.status();
    message->CopyFrom(*money);
    return absl::OkStatus();
  }
  return ParseMessage(text, now, zone, *message);
}

// "quality" or "quality:head".
absl::Status ParseRoleGrant(const std::string& text, v1::RoleGrant& grant) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  absl::StatusOr<int> role = ParseEnumWord(v1::Role_descriptor(), parts.first);
  if (!role.ok()) return role.status();
  if (!parts.second.empty() && parts.second != "head")
    return Wrong(text, "is no role; write 'quality' or 'quality:head'");
  grant.set_role(static_cast<v1::Role>(*role));
  grant.set_head(!parts.second.empty());
  return absl::OkStatus();
}

// "2027-01-01"
absl::Status ParseDate(const std::string& text, v1::Date& date) {
  absl::CivilDay day;
  // The civil parser also takes "2027-1-1" and "2027-02-30"; only what comes out as it went in is meant.
  if (!absl::ParseCivilTime(text, &day) || absl::FormatCivilTime(day) != text) {
    return Wrong(text, "is no date; write '2027-01-01'");
  }
  date.set_year(static_cast<int32_t>(day.year()));
  date.set_month(day.month());
  date.set_day(day.day());
  return absl::OkStatus();
}

std::vector<std::string> FieldNames(const google::protobuf::Descriptor* type) {
  std::vector<std::string> names;
  for (int i = 0; i < type->field_count(); ++i) names.push_back(type->field(i)->name());
  return names;
}

// The pieces of "key=value,key=value"; "\," stands for a comma inside of a value.
std::vector<std::string> Pieces(const std::string& text) {
  std::vector<std::string> pieces(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ',') {
      pieces.back() += text[++i];
    } else if (text[i] == ',') {
      pieces.emplace_back();
    } else {
      pieces.back() += text[i];
    }
  }
  return pieces;
}

}  // namespace

std::string WholeName(const FieldDescriptor* field, const std::string& text) {
  if (text.empty()) return text;
  const auto& references = RuleOf(field).reference();
  const auto slashes = [](const std::string& s) { return std::count(s.begin(), s.end(), '/'); };
  for (const std::string& collection : references) {
    const std::string first = absl::StrCat(collection.substr(0, collection.find('/')), "/");
    if (slashes(text) != slashes(collection) || absl::StartsWith(text, first)) continue;
    if (references.size() == 1 || (first == "cases/" && BeginsWithTrackingNumber(text))) return first + text;
  }
  return text;
}

bool IsTimestamp(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field->message_type()->full_name() == "google.protobuf.Timestamp";
}

bool IsDate(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field->message_type() == v1::Date::descriptor();
}

bool IsMoney(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field->message_type() == v1::Money::descriptor();
}

absl::StatusOr<absl::Time> ParseTime(const std::string& text, absl::Time now, absl::TimeZone zone) {
  if (text == "now") return now;
  absl::Duration offset;
  if (ParseOffset(text, &offset)) return now + offset;
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return time;
  for (const char* form : {"%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"}) {
    // Read as UTC first, to see whether the wall clock of `zone` shows this time once, twice or never.
    if (!absl::ParseTime(form, text, absl::UTCTimeZone(), &time, &error)) continue;
    const absl::TimeZone::TimeInfo local = zone.At(absl::ToCivilSecond(time, absl::UTCTimeZone()));
    if (local.kind == absl::TimeZone::TimeInfo::UNIQUE) return local.pre;
    return Wrong(text, "is a time that the change of daylight saving skips or repeats here; write it in RFC 3339");
  }
  return Wrong(text, absl::StrCat("is no time; ", kTimeForms));
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t seconds = absl::ToUnixSeconds(time);
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

absl::StatusOr<v1::Money> ParseMoney(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ' ', absl::SkipWhitespace());
  const auto wrong = [&](const std::string& why) {
    return Wrong(text, absl::StrCat(why, "; an amount is 'CNY 12.50'"));
  };
  if (parts.size() != 2 || parts[0].size() != 3) return wrong("is no amount");
  v1::Money money;
  money.set_currency_code(absl::AsciiStrToUpper(parts[0]));
  const int decimals = DecimalsOf(money.currency_code());
  std::string number = parts[1];
  const bool negative = number[0] == '-';
  if (negative) number.erase(0, 1);
  const std::pair<std::string, std::string> pieces = absl::StrSplit(number, absl::MaxSplits('.', 1));
  std::string fraction = pieces.second;
  if (static_cast<int>(fraction.size()) > decimals) {
    return wrong(absl::StrCat("has more than the ", decimals, " decimals of ", money.currency_code()));
  }
  fraction.append(static_cast<size_t>(decimals) - fraction.size(), '0');
  const std::string digits = absl::StrCat(pieces.first, fraction);
  int64_t units = 0;
  if (pieces.first.empty() || digits.size() > 18 || digits.find_first_not_of("0123456789") != std::string::npos ||
      !absl::SimpleAtoi(digits, &units)) {
    return wrong("is no amount");
  }
  money.set_minor_units(negative ? -units : units);
  return money;
}

std::string FormatMoney(const v1::Money& money) {
  const int decimals = DecimalsOf(money.currency_code());
  const int64_t power = PowerOfTen(decimals);
  const int64_t whole = money.minor_units() / power;
  const int64_t rest = money.minor_units() % power;
  std::string text = absl::StrCat(money.currency_code(), " ", money.minor_units() < 0 && whole == 0 ? "-" : "", whole);
  if (decimals > 0) absl::StrAppendFormat(&text, ".%0*d", decimals, rest < 0 ? -rest : rest);
  return text;
}

std::string EnumWord(const google::protobuf::EnumValueDescriptor* value) {
  if (value->number() == 0) return "-";
  return absl::AsciiStrToLower(value->name().substr(Prefix(value->type()).size()));
}

std::vector<std::string> EnumWords(const google::protobuf::EnumDescriptor* type) {
  std::vector<std::string> words;
  for (int i = 0; i < type->value_count(); ++i) {
    if (type->value(i)->number() != 0) words.push_back(EnumWord(type->value(i)));
  }
  return words;
}

absl::StatusOr<int> ParseEnumWord(const google::protobuf::EnumDescriptor* type, const std::string& word) {
  const std::string wanted = absl::StrReplaceAll(absl::AsciiStrToLower(word), {{"-", "_"}});
  for (int i = 0; i < type->value_count(); ++i) {
    const auto* value = type->value(i);
    if (value->number() == 0) continue;
    if (EnumWord(value) == wanted || value->name() == word) return value->number();
  }
  return Wrong(word, absl::StrCat("is none of: ", absl::StrJoin(EnumWords(type), ", ")));
}

absl::StatusOr<std::string> ReadValue(const std::string& text) {
  if (text.empty() || text[0] != '@') return text;
  if (absl::StartsWith(text, "@@")) return text.substr(1);
  const std::string path = text.substr(1);
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) return absl::NotFoundError(absl::StrCat("the file '", Printable(path), "' cannot be read"));
  }
  std::istream& stream = path == "-" ? std::cin : file;
  std::string content(kLongestValue + 1, '\0');
  stream.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (stream.bad()) return absl::NotFoundError(absl::StrCat("'", Printable(path), "' cannot be read"));
  content.resize(static_cast<size_t>(stream.gcount()));
  if (content.size() > kLongestValue) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", Printable(path), "' is larger than ", kLongestValue >> 20, " MiB"));
  }
  return content;
}

absl::Status ParseMessage(const std::string& text, absl::Time now, absl::TimeZone zone, Message& message) {
  const std::string trimmed(absl::StripAsciiWhitespace(text));
  if (!trimmed.empty() && trimmed[0] == '{') {
    const auto parsed = google::protobuf::util::JsonStringToMessage(trimmed, &message);
    if (parsed.ok()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("the JSON is wrong: ", parsed.message().ToString()));
  }
  if (message.GetDescriptor() == v1::RoleGrant::descriptor() && !absl::StrContains(text, "=")) {
    return ParseRoleGrant(text, static_cast<v1::RoleGrant&>(message));
  }
  if (message.GetDescriptor() == v1::Date::descriptor() && !absl::StrContains(text, "=")) {
    return ParseDate(trimmed, static_cast<v1::Date&>(message));
  }
  for (const std::string& piece : Pieces(text)) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(piece, absl::MaxSplits('=', 1));
    const std::string key = absl::StrReplaceAll(absl::StripAsciiWhitespace(pair.first), {{"-", "_"}});
    const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(key);
    const std::vector<std::string> names = FieldNames(message.GetDescriptor());
    if (field == nullptr || !absl::StrContains(piece, "=")) {
      return Wrong(piece, absl::StrCat("is none of the fields ", absl::StrJoin(names, ", "),
                                       "; write field=value,field=value or JSON"));
    }
    absl::Status set = SetField(field, pair.second, now, zone, message);
    if (!set.ok()) return absl::InvalidArgumentError(absl::StrCat(key, ": ", std::string(set.message())));
  }
  return absl::OkStatus();
}

absl::Status SetField(const FieldDescriptor* field, const std::string& text, absl::Time now, absl::TimeZone zone,
                      Message& message) {
  if (text.size() > kLongestValue) return absl::InvalidArgumentError("the value is longer than 4 MiB");
  const auto* reflection = message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: return SetMessage(field, text, now, zone, message);
    case FieldDescriptor::CPPTYPE_ENUM: {
      absl::StatusOr<int> number = ParseEnumWord(field->enum_type(), text);
      if (!number.ok()) return number.status();
      if (field->is_repeated()) {
        reflection->AddEnumValue(&message, field, *number);
      } else {
        reflection->SetEnumValue(&message, field, *number);
      }
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_STRING:
      if (field->type() == FieldDescriptor::TYPE_STRING) {
        if (text.find('\0') != std::string::npos) {
          return absl::InvalidArgumentError("the text holds a NUL byte, which no text may");
        }
        if (!IsUtf8(text)) return absl::InvalidArgumentError("the text is not UTF-8");
      }
      if (field->is_repeated()) {
        reflection->AddString(&message, field, WholeName(field, text));
      } else {
        reflection->SetString(&message, field, WholeName(field, text));
      }
      return absl::OkStatus();
    default: return SetNumber(field, text, message);
  }
}

}  // namespace aftersales::cli
