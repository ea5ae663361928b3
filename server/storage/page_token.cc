// Page tokens: version, a check of the request and the keys, the keys. Base64url. Nothing in it is trusted: a token
// made up by a caller leads to another place in the same list, and to nothing else.
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/reflection.h"
#include "server/base/error.h"
#include "server/base/random.h"
#include "server/storage/database_core.h"
#include "server/storage/table.h"

namespace aftersales {
namespace {

constexpr char kVersion = 1;
constexpr size_t kCheckBytes = 12;
constexpr size_t kMostKeys = 8;
constexpr size_t kLongestKey = 1000;
constexpr size_t kLongestToken = 2000;

absl::Status Invalid() {
  const std::string text =
      "the page token is damaged or belongs to a request with other parameters. Start again from the first page";
  return Error(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_PAGE_TOKEN_INVALID,
               absl::StrCat("page_token: ", text))
      .Field("page_token", text);
}

// The request without what changes from page to page.
std::string Binding(const google::protobuf::Message& request) {
  std::unique_ptr<google::protobuf::Message> rest(request.New());
  rest->CopyFrom(request);
  for (const char* name : {"page_token", "page_size"}) {
    if (const auto* field = rest->GetDescriptor()->FindFieldByName(name))
      rest->GetReflection()->ClearField(rest.get(), field);
  }
  return absl::StrCat(request.GetDescriptor()->full_name(), "\n", MessageHash(*rest), "\n");
}

std::string Check(const google::protobuf::Message& request, const std::string& keys) {
  return Sha256(Binding(request) + keys).substr(0, kCheckBytes);
}

void AppendNumber(std::string* bytes, uint64_t number, int count) {
  for (int i = 0; i < count; ++i) bytes->push_back(static_cast<char>(number >> (8 * i)));
}

// Takes `count` bytes off the front of `bytes`; false when there are fewer.
bool TakeNumber(std::string_view* bytes, int count, uint64_t* number) {
  if (bytes->size() < static_cast<size_t>(count)) return false;
  *number = 0;
  for (int i = 0; i < count; ++i) *number |= static_cast<uint64_t>(static_cast<unsigned char>((*bytes)[i])) << (8 * i);
  bytes->remove_prefix(count);
  return true;
}

bool IsUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    if (lead == 0) return false;
    if (lead < 0x80) continue;
    const int more = lead >= 0xf0 && lead < 0xf5   ? 3
                     : lead >= 0xe0 && lead < 0xf0 ? 2
                     : lead >= 0xc2 && lead < 0xe0 ? 1
                                                   : 0;
    if (more == 0 || text.size() - i < static_cast<size_t>(more)) return false;
    const auto second = static_cast<unsigned char>(text[i]);
    // Overlong forms, surrogates, and what lies beyond the last code point.
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) ||
        (lead == 0xf4 && second > 0x8f)) {
      return false;
    }
    for (int k = 0; k < more; ++k, ++i) {
      if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return false;
    }
  }
  return true;
}

bool TakeKey(std::string_view* bytes, Values* keys) {
  const char kind = bytes->front();
  bytes->remove_prefix(1);
  uint64_t number = 0;
  if (kind == 'i') {
    if (!TakeNumber(bytes, 8, &number)) return false;
    keys->emplace_back(static_cast<int64_t>(number));
    return true;
  }
  if (kind != 't' || !TakeNumber(bytes, 2, &number) || number > kLongestKey || number > bytes->size()) return false;
  if (!IsUtf8(bytes->substr(0, number))) return false;
  keys->emplace_back(std::string(bytes->substr(0, number)));
  bytes->remove_prefix(number);
  return true;
}

// The keys of a token, of whatever kinds they are.
absl::StatusOr<Values> ReadKeys(const google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("page_token");
  if (field == nullptr || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
    return InternalError(absl::StrCat(request.GetDescriptor()->full_name(), " has no page_token"));
  }
  const std::string token = request.GetReflection()->GetString(request, field);
  Values keys;
  if (token.empty()) return keys;
  std::string bytes;
  if (token.size() > kLongestToken || !absl::WebSafeBase64Unescape(token, &bytes)) return Invalid();
  if (bytes.size() < 1 + kCheckBytes || bytes[0] != kVersion) return Invalid();
  if (bytes.substr(1, kCheckBytes) != Check(request, bytes.substr(1 + kCheckBytes))) return Invalid();
  std::string_view rest = std::string_view(bytes).substr(1 + kCheckBytes);
  while (!rest.empty()) {
    if (keys.size() == kMostKeys || !TakeKey(&rest, &keys)) return Invalid();
  }
  if (keys.empty()) return Invalid();
  return keys;
}

}  // namespace

int PageSize(int asked) {
  constexpr int kUsual = 50;
  constexpr int kMost = 1000;
  if (asked <= 0) return kUsual;
  return asked > kMost ? kMost : asked;
}

std::string MakePageToken(const google::protobuf::Message& request, const Values& keys) {
  std::string bytes;
  for (const Value& key : keys) {
    if (key.is_text()) {
      bytes += 't';
      AppendNumber(&bytes, key.text().size(), 2);
      bytes += key.text();
    } else {
      bytes += 'i';
      AppendNumber(&bytes, static_cast<uint64_t>(key.number()), 8);
    }
  }
  return absl::WebSafeBase64Escape(std::string(1, kVersion) + Check(request, bytes) + bytes);
}

absl::StatusOr<Values> ReadPageToken(const google::protobuf::Message& request, std::string_view kinds) {
  ASSIGN_OR_RETURN(Values keys, ReadKeys(request));
  if (keys.empty()) return keys;
  if (keys.size() != kinds.size()) return Invalid();
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].is_text() != (kinds[i] == 't')) return Invalid();
  }
  return keys;
}

}  // namespace aftersales
