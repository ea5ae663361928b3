// The library offers every RPC of the API, under its name and with its types.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "aftersales/client.h"
#include "aftersales/v1/event.grpc.pb.h"
#include "google/protobuf/descriptor.h"

namespace aftersales {
namespace {

// services.h includes these, all of them.
std::string HeadersWithoutBlanks() {
  std::string text;
  for (const auto& entry :
       std::filesystem::directory_iterator(AFTERSALES_SOURCE_DIR "/client/include/aftersales/services")) {
    std::ifstream file(entry.path());
    text.append(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return absl::StrReplaceAll(text, {{" ", ""}, {"\n", ""}});
}

std::vector<const google::protobuf::ServiceDescriptor*> Services() {
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  for (const google::protobuf::FileDescriptor* file :
       {v1::Case::descriptor()->file(), v1::Visit::descriptor()->file(), v1::Part::descriptor()->file(),
        v1::Customer::descriptor()->file(), v1::Obligation::descriptor()->file(), v1::Event::descriptor()->file(),
        v1::Principal::descriptor()->file(), v1::Attachment::descriptor()->file(), v1::Cost::descriptor()->file(),
        v1::CorrectiveAction::descriptor()->file(), v1::Feedback::descriptor()->file(),
        v1::Volume::descriptor()->file(), v1::ManagementReport::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  return services;
}

TEST(Services, OfferEveryRpc) {
  const std::string header = HeadersWithoutBlanks();
  int methods = 0;
  for (const auto* service : Services()) {
    EXPECT_NE(header.find(absl::StrCat("\"", service->full_name(), "\"")), std::string::npos) << service->full_name();
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      if (method->server_streaming() || method->client_streaming()) continue;
      ++methods;
      const std::string wanted =
          absl::StrCat("absl::StatusOr<v1::", method->output_type()->name(), ">", method->name(),
                       "(v1::", method->input_type()->name(),
                       "request,constCallOptions&options={})const{returnCall<v1::", method->output_type()->name(),
                       ">(\"", method->name(), "\",std::move(request),options);}");
      EXPECT_NE(header.find(wanted), std::string::npos)
          << "client/include/aftersales/services/*.h lacks, but for blanks: " << wanted;
      if (method->output_type()->FindFieldByName("next_page_token") == nullptr) continue;
      EXPECT_NE(header.find(absl::StrCat(method->name(), "All(v1::")), std::string::npos) << method->name() << "All";
    }
  }
  EXPECT_GT(methods, 130);
}

TEST(Services, EveryStreamHasAMethodOfItsOwn) {
  const std::map<std::string, std::string> offered = {
      {"aftersales.v1.EventService.WatchEvents", "Subscribe("},
      {"aftersales.v1.AttachmentService.UploadAttachment", "UploadFile("},
      {"aftersales.v1.AttachmentService.DownloadAttachment", "DownloadFile("},
      {"aftersales.v1.DirectoryService.ImportDirectory", "ImportDirectory("},
  };
  const std::string headers = HeadersWithoutBlanks();
  size_t streams = 0;
  for (const auto* service : Services()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      if (!method->server_streaming() && !method->client_streaming()) continue;
      ++streams;
      ASSERT_EQ(offered.count(method->full_name()), 1u) << method->full_name();
      EXPECT_NE(headers.find(offered.at(method->full_name())), std::string::npos) << method->full_name();
    }
  }
  EXPECT_EQ(streams, offered.size());
}

}  // namespace
}  // namespace aftersales
