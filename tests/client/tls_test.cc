// Encrypted connections, with certificates made for the test.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "aftersales/client.h"
#include "aftersales/v1/case.grpc.pb.h"
#include "tests/client/scripted_server.h"

namespace aftersales {
namespace {

struct Certificate {
  std::string pem;
  std::string key;
};

std::string Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

// Signed by itself, for this address.
Certificate SelfSigned(const std::string& subject_alternative) {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, subject_alternative.c_str());
  X509_add_ext(certificate.get(), extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  BIO* pem = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(pem, certificate.get());
  BIO* key_pem = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(key_pem, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {Text(pem), Text(key_pem)};
}

class Tls : public ::testing::Test {
 protected:
  void Serve(const Certificate& certificate) {
    grpc::SslServerCredentialsOptions options;
    options.pem_key_cert_pairs.push_back({certificate.key, certificate.pem});
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port_);
    builder.RegisterService(&cases_);
    server_ = builder.BuildAndStart();
    ca_file_ = ::testing::TempDir() + "/client_tls_ca.pem";
    std::ofstream(ca_file_) << certificate.pem;
  }
  ~Tls() override {
    if (server_ != nullptr) server_->Shutdown();
  }

  absl::Status Call(ClientOptions options) {
    options.endpoint = absl::StrCat("127.0.0.1:", port_);
    options.max_attempts = 1;
    absl::StatusOr<Client> client = Client::Create(options);
    return client.ok() ? client->cases().GetCase({}).status() : client.status();
  }

  struct Cases : v1::CaseService::Service {
    grpc::Status GetCase(grpc::ServerContext* context, const v1::GetCaseRequest*, v1::Case*) override {
      token = MetadataOf(*context, "authorization");
      return grpc::Status::OK;
    }
    std::string token;
  };
  Cases cases_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::string ca_file_;
};

TEST_F(Tls, TrustsTheAuthorityGiven) {
  Serve(SelfSigned("IP:127.0.0.1"));
  EXPECT_EQ(Call({.token = "t", .ca_file = ca_file_}), absl::OkStatus());
  EXPECT_EQ(cases_.token, "Bearer t");
}

TEST_F(Tls, TrustsNobodyElse) {
  Serve(SelfSigned("IP:127.0.0.1"));
  EXPECT_EQ(Call({.token = "t", .encryption = Encryption::kTls}).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(cases_.token, "");
}

TEST_F(Tls, ChecksTheName) {
  Serve(SelfSigned("DNS:elsewhere.example"));
  EXPECT_EQ(Call({.token = "t", .ca_file = ca_file_}).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(cases_.token, "");
}

TEST_F(Tls, PlaintextDoesNotReachIt) {
  Serve(SelfSigned("IP:127.0.0.1"));
  EXPECT_EQ(Call({.token = "t"}).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(cases_.token, "");
}

}  // namespace
}  // namespace aftersales
