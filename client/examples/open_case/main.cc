// Opens a case with the installed client library.
//
//   AFTERSALES_ENDPOINT=127.0.0.1:7443 AFTERSALES_TOKEN_FILE=admin.token open_case customers/1 "The pump leaks"
#include <aftersales/client.h>

#include <cstdlib>
#include <iostream>
#include <string>

int main(int argc, char** argv) {
  const char* endpoint = std::getenv("AFTERSALES_ENDPOINT");
  const char* token_file = std::getenv("AFTERSALES_TOKEN_FILE");
  if (argc != 3 || endpoint == nullptr || token_file == nullptr) {
    std::cerr << "usage: AFTERSALES_ENDPOINT=... AFTERSALES_TOKEN_FILE=... open_case CUSTOMER DESCRIPTION\n";
    return 2;
  }
  absl::StatusOr<aftersales::Client> client =
      aftersales::Client::Create({.endpoint = endpoint, .token_file = token_file});
  if (!client.ok()) {
    std::cerr << client.status() << "\n";
    return 1;
  }
  aftersales::v1::CreateCaseRequest request;
  request.mutable_service_case()->set_subject(aftersales::v1::CASE_SUBJECT_PRODUCT);
  request.mutable_service_case()->set_customer(argv[1]);
  request.mutable_service_case()->set_description(argv[2]);
  absl::StatusOr<aftersales::v1::Case> opened = client->cases().CreateCase(request);
  if (!opened.ok()) {
    std::cerr << "refused: " << aftersales::v1::ErrorReason_Name(aftersales::ErrorReasonOf(opened.status())) << ": "
              << opened.status().message() << "\n";
    return 1;
  }
  std::cout << opened->name() << "\n";
  return 0;
}
