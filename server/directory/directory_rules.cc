#include "server/directory/directory_rules.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "google/protobuf/timestamp.pb.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace aftersales {
namespace {

// The blanks of Unicode that people type: ASCII's and the ideographic space.
bool IsBlank(const std::string& text) {
  size_t at = 0;
  while (at < text.size()) {
    if (text.compare(at, 3, "\xe3\x80\x80") == 0) {
      at += 3;
    } else if (text[at] == ' ' || (text[at] >= '\t' && text[at] <= '\r')) {
      ++at;
    } else {
      return false;
    }
  }
  return true;
}

absl::Status CheckOrder(const std::string& earlier_field, bool has_earlier, const google::protobuf::Timestamp& earlier,
                        const std::string& later_field, bool has_later, const google::protobuf::Timestamp& later) {
  if (!has_earlier || !has_later || FromProto(earlier) <= FromProto(later)) return absl::OkStatus();
  return FieldError(later_field, absl::StrCat("lies before ", earlier_field, " (", ForPeople(FromProto(earlier)),
                                              "); correct one of the two"));
}

}  // namespace

absl::Status CheckVisible(const std::string& field, const std::string& text) {
  if (!IsBlank(text)) return absl::OkStatus();
  return FieldError(field, "consists of blanks only; give it a text that people can read");
}

absl::Status CheckEquipmentTimes(const v1::Equipment& e) {
  RETURN_IF_ERROR(CheckOrder("equipment.install_time", e.has_install_time(), e.install_time(),
                             "equipment.commission_time", e.has_commission_time(), e.commission_time()));
  RETURN_IF_ERROR(CheckOrder("equipment.install_time", e.has_install_time(), e.install_time(),
                             "equipment.warranty_end_time", e.has_warranty_end_time(), e.warranty_end_time()));
  return CheckOrder("equipment.commission_time", e.has_commission_time(), e.commission_time(),
                    "equipment.warranty_end_time", e.has_warranty_end_time(), e.warranty_end_time());
}

absl::Status CheckCertificates(const v1::Product& product) {
  std::set<std::string> seen;
  for (int i = 0; i < product.required_certificates_size(); ++i) {
    const std::string& certificate = product.required_certificates(i);
    const std::string field = absl::StrCat("product.required_certificates[", i, "]");
    RETURN_IF_ERROR(CheckVisible(field, certificate));
    if (!seen.insert(certificate).second) {
      return FieldError(field, absl::StrCat(certificate, " is named twice; name each certificate once"));
    }
  }
  return absl::OkStatus();
}

v1::Customer Replaced(const v1::Customer& current, const v1::Customer& wanted) {
  v1::Customer replaced = wanted;
  replaced.set_name(current.name());
  replaced.set_etag(current.etag());
  *replaced.mutable_create_time() = current.create_time();
  *replaced.mutable_update_time() = current.update_time();
  return replaced;
}

}  // namespace aftersales
