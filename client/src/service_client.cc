#include "aftersales/service_client.h"

#include "google/protobuf/descriptor.h"

namespace aftersales {

const google::protobuf::FieldDescriptor* ServiceClient::ItemsField(const google::protobuf::Message& response) {
  const google::protobuf::Descriptor* type = response.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = type->field(i);
    if (field->is_repeated() && field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) return field;
  }
  return nullptr;
}

}  // namespace aftersales
