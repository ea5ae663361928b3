// Client-streaming and bidirectional calls, over TCP.
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <list>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "tests/service/rpc_trial_server.h"

namespace aftersales::rpc {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr char kRequestId[] = "6fa459ea-ee8a-4ca4-894e-db77e160355e";

v1::UploadAttachmentRequest StartOf(const std::string& request_id = kRequestId) {
  v1::UploadAttachmentRequest request;
  request.mutable_start()->set_request_id(request_id);
  auto* attachment = request.mutable_start()->mutable_attachment();
  attachment->set_parent("cases/C-1");
  attachment->set_filename("photo.jpg");
  attachment->set_media_type("image/jpeg");
  return request;
}

v1::UploadAttachmentRequest ChunkOf(size_t bytes) {
  v1::UploadAttachmentRequest request;
  request.set_chunk(std::string(bytes, 'x'));
  return request;
}

class SinksTest : public testing::Test {
 protected:
  struct Upload {
    grpc::ClientContext context;
    v1::Attachment reply;
    std::unique_ptr<grpc::ClientWriter<v1::UploadAttachmentRequest>> writer;

    grpc::Status End() {
      writer->WritesDone();
      return writer->Finish();
    }
  };
  struct Import {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<v1::ImportDirectoryRequest, v1::ImportDirectoryResponse>> stream;

    bool Send(int rows, v1::ImportMode mode = v1::IMPORT_MODE_UNSPECIFIED) {
      v1::ImportDirectoryRequest request;
      if (rows == 0) {
        request.mutable_options()->set_request_id(kRequestId);
        request.mutable_options()->set_mode(mode);
      }
      for (int i = 0; i < rows; ++i) request.add_rows();
      return stream->Write(request);
    }
  };

  void Start(GrpcServerOptions options = {}) {
    trial.options = std::move(options);
    trial.options.listen = "127.0.0.1:0";
    const absl::Status started = trial.Start();
    ASSERT_TRUE(started.ok()) << started;
    attachments = v1::AttachmentService::NewStub(trial.Connect());
    directory = v1::DirectoryService::NewStub(trial.Connect());
  }

  Upload& OpenUpload(const std::string& token = "writer-token") {
    Upload& upload = uploads.emplace_back();
    SignIn(upload.context, token);
    upload.writer = attachments->UploadAttachment(&upload.context, &upload.reply);
    return upload;
  }

  // An upload whose first message has arrived.
  Upload& StartedUpload() {
    const int before = trial.attachments.taken;
    Upload& upload = OpenUpload();
    EXPECT_TRUE(upload.writer->Write(StartOf()));
    EXPECT_TRUE(Eventually([&] { return trial.attachments.taken > before; }));
    return upload;
  }

  Import& OpenImport(const std::string& token = "writer-token") {
    Import& import = imports.emplace_back();
    SignIn(import.context, token);
    import.stream = directory->ImportDirectory(&import.context);
    return import;
  }

  bool NothingIsOpen() {
    return Eventually([&] {
      return trial.attachments.open == 0 && trial.directory.imports == 0 &&
             trial.metrics.Text().find("aftersales_streams_open 0") != std::string::npos;
    });
  }

  TrialServer trial;
  std::unique_ptr<v1::AttachmentService::Stub> attachments;
  std::unique_ptr<v1::DirectoryService::Stub> directory;
  std::list<Upload> uploads;
  std::list<Import> imports;
};

TEST_F(SinksTest, TheGuardLooksAtEachMessage) {
  GrpcServerOptions options;
  options.guard = [](Call&, const google::protobuf::Message& request) {
    const bool large = static_cast<const v1::UploadAttachmentRequest&>(request).chunk().size() > 10;
    return large ? NotFoundError("cases/C-1") : absl::OkStatus();
  };
  Start(options);
  Upload& allowed = OpenUpload();
  allowed.writer->Write(StartOf());
  allowed.writer->Write(ChunkOf(10));
  EXPECT_TRUE(allowed.End().ok());
  Upload& refused = OpenUpload();
  refused.writer->Write(StartOf());
  refused.writer->Write(ChunkOf(11));
  EXPECT_EQ(refused.End().error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(trial.attachments.taken, 3);
}

TEST_F(SinksTest, AClientStreamGetsOneAnswer) {
  Start();
  Upload& upload = OpenUpload();
  ASSERT_TRUE(upload.writer->Write(StartOf()));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(upload.writer->Write(ChunkOf(100'000)));
  EXPECT_TRUE(upload.End().ok());
  EXPECT_EQ(upload.reply.size(), 10'000'000);
  EXPECT_EQ(trial.attachments.taken, 101);
  EXPECT_EQ(trial.attachments.finished, 1);
  EXPECT_TRUE(NothingIsOpen());
  EXPECT_THAT(trial.metrics.Text(), HasSubstr("UploadAttachment"));
}

TEST_F(SinksTest, ABidirectionalStreamIsAnsweredAsItGoesAndAtTheEnd) {
  Start();
  Import& import = OpenImport();
  ASSERT_TRUE(import.Send(0));
  v1::ImportDirectoryResponse reply;
  for (int64_t i = 1; i <= 50; ++i) {
    ASSERT_TRUE(import.Send(1));
    ASSERT_TRUE(import.stream->Read(&reply)) << "the answer to a message comes before the next is sent";
    ASSERT_EQ(reply.reports_size(), 1);
    EXPECT_EQ(reply.reports(0).row(), i);
  }
  import.stream->WritesDone();
  ASSERT_TRUE(import.stream->Read(&reply));
  EXPECT_EQ(reply.summary().rows(), 50);
  EXPECT_FALSE(import.stream->Read(&reply));
  EXPECT_TRUE(import.stream->Finish().ok());
  EXPECT_TRUE(NothingIsOpen());
}

TEST_F(SinksTest, AnswersMayAllComeAtTheEnd) {
  Start();
  Import& import = OpenImport();
  ASSERT_TRUE(import.Send(0, v1::IMPORT_MODE_ATOMIC));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(import.Send(100));
  import.stream->WritesDone();
  v1::ImportDirectoryResponse reply;
  int64_t reports = 0;
  while (import.stream->Read(&reply) && !reply.has_summary()) reports += reply.reports_size();
  EXPECT_EQ(reports, 1000);
  EXPECT_EQ(reply.summary().rows(), 1000);
  EXPECT_TRUE(import.stream->Finish().ok());
}

TEST_F(SinksTest, ACallWithoutMessagesEnds) {
  Start();
  EXPECT_TRUE(OpenUpload().End().ok()) << "it is the sink's to refuse it";
  EXPECT_EQ(trial.attachments.finished, 1);
  EXPECT_TRUE(NothingIsOpen());
}

TEST_F(SinksTest, WhoMayNotIsRefusedBeforeAnythingIsSent) {
  Start();
  v1::ImportDirectoryResponse reply;
  Import& nobody = OpenImport("nobody");
  EXPECT_FALSE(nobody.stream->Read(&reply));
  EXPECT_EQ(nobody.stream->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  Import& reader = OpenImport("reader-token");
  EXPECT_FALSE(reader.stream->Read(&reply));
  const grpc::Status status = reader.stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Reason(status).metadata().at("permission"), "directory.import");
  EXPECT_THAT(trial.authenticator.audited(),
              Contains("aftersales.v1.DirectoryService/ImportDirectory principals/reader PERMISSION_MISSING"));
  EXPECT_TRUE(NothingIsOpen());
}

TEST_F(SinksTest, OneCallIsOneCallHoweverManyMessagesItHas) {
  GrpcServerOptions options;
  options.calls_per_second = 0.001;
  options.burst = 2;
  Start(options);
  Upload& first = OpenUpload();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(first.writer->Write(i == 0 ? StartOf() : ChunkOf(10)));
  EXPECT_TRUE(first.End().ok());
  EXPECT_TRUE(OpenUpload().End().ok());
  const grpc::Status third = OpenUpload().End();
  EXPECT_EQ(third.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Reason(third).reason(), "RATE_EXCEEDED");
}

TEST_F(SinksTest, EveryMessageIsChecked) {
  Start();
  Upload& first = OpenUpload();
  first.writer->Write(StartOf("no uuid"));
  const grpc::Status wrong_start = first.End();
  EXPECT_EQ(wrong_start.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Reason(wrong_start).reason(), "FIELD_INVALID");
  EXPECT_THAT(wrong_start.error_message(), HasSubstr("start.request_id"));
  Upload& second = StartedUpload();
  second.writer->Write(ChunkOf((1 << 20) + 1));
  const grpc::Status too_long = second.End();
  EXPECT_EQ(too_long.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(too_long.error_message(), HasSubstr("chunk"));
  EXPECT_EQ(trial.attachments.finished, 0);
  EXPECT_TRUE(NothingIsOpen());
}

TEST_F(SinksTest, RowsAreLeftToTheService) {
  Start();
  Import& import = OpenImport();
  ASSERT_TRUE(import.Send(0));
  v1::ImportDirectoryRequest request;
  request.add_rows()->mutable_customer();  // without the name it must have
  request.add_rows()->mutable_customer()->set_display_name(std::string(5000, 'x'));
  ASSERT_TRUE(import.stream->Write(request));
  v1::ImportDirectoryResponse reply;
  ASSERT_TRUE(import.stream->Read(&reply));
  EXPECT_EQ(reply.reports_size(), 2);
  ASSERT_TRUE(import.Send(501));
  EXPECT_FALSE(import.stream->Read(&reply));
  const grpc::Status status = import.stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("rows: has 501 entries"));
}

TEST_F(SinksTest, GarbageEndsTheCall) {
  Start();
  grpc::GenericStub stub(trial.Connect());
  for (const std::string& bytes :
       {std::string("\x0a\xff\xff\xff"), std::string("\x0a\x06\x0a\x04\xff\xfe\xfd\xfc"), std::string(1000, '\x07')}) {
    grpc::ClientContext context;
    SignIn(context, "writer-token");
    grpc::CompletionQueue queue;
    auto call = stub.PrepareCall(&context, "/aftersales.v1.AttachmentService/UploadAttachment", &queue);
    void* tag = nullptr;
    bool ok = false;
    call->StartCall(nullptr);
    queue.Next(&tag, &ok);
    const grpc::Slice slice(bytes);
    call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
    queue.Next(&tag, &ok);
    grpc::Status status;
    call->Finish(&status, nullptr);
    queue.Next(&tag, &ok);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    EXPECT_EQ(Reason(status).reason(), "FIELD_INVALID");
  }
  EXPECT_EQ(trial.attachments.taken, 0);
  EXPECT_TRUE(NothingIsOpen());
}

TEST_F(SinksTest, TooLargeAMessageEndsTheCall) {
  Start();
  Upload& upload = StartedUpload();
  upload.writer->Write(ChunkOf(5 << 20));
  EXPECT_EQ(upload.End().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(trial.attachments.finished, 0);
  EXPECT_TRUE(NothingIsOpen());
  EXPECT_TRUE(OpenUpload().End().ok()) << "the server serves on";
}

TEST_F(SinksTest, ACallerWhoSendsNothingIsLetGo) {
  GrpcServerOptions options;
  options.slowest_writer = absl::Milliseconds(100);
  Start(options);
  Upload& upload = StartedUpload();
  const grpc::Status status = upload.writer->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(Reason(status).reason(), "DEADLINE_PASSED");
  EXPECT_THAT(status.error_message(), HasSubstr("sent nothing for 100ms"));
  v1::ImportDirectoryResponse reply;
  Import& silent = OpenImport();
  EXPECT_FALSE(silent.stream->Read(&reply)) << "also before the first message";
  EXPECT_EQ(silent.stream->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(trial.attachments.finished, 0);
  EXPECT_TRUE(NothingIsOpen());
}

TEST_F(SinksTest, ACallerWhoReadsNothingIsLetGo) {
  GrpcServerOptions options;
  options.slowest_reader = absl::Milliseconds(200);
  trial.directory.padding = 1 << 20;
  Start(options);
  Import& import = OpenImport();
  ASSERT_TRUE(import.Send(0));
  // Flow control stops the answers, and with them what is read; in the end the call is cancelled.
  v1::ImportDirectoryRequest request;
  request.add_rows()->mutable_customer()->set_display_name(std::string(1 << 20, 'x'));
  int sent = 0;
  while (sent < 1000 && import.stream->Write(request)) ++sent;
  EXPECT_LT(sent, 1000);
  EXPECT_LT(trial.directory.imported, 200);
  import.context.TryCancel();
  EXPECT_TRUE(NothingIsOpen());
}

TEST_F(SinksTest, MessagesAreReadOneAtATime) {
  absl::Notification go_on;
  trial.attachments.take = [&](Call&, const v1::UploadAttachmentRequest&) {
    go_on.WaitForNotification();
    return Next::kWait;
  };
  Start();
  Upload& upload = OpenUpload();
  std::atomic<int> sent{0};
  std::thread sender([&] {
    upload.writer->Write(StartOf());
    while (sent < 200 && upload.writer->Write(ChunkOf(1 << 20))) ++sent;
  });
  ASSERT_TRUE(Eventually([&] { return trial.attachments.taken == 1; }));
  // Until the sender stands still: what is on its way is bounded by the windows of HTTP/2, not by the sender.
  int before = -1;
  ASSERT_TRUE(Eventually([&] {
    if (before == sent) return true;
    before = sent;
    absl::SleepFor(absl::Milliseconds(100));
    return false;
  }));
  EXPECT_LT(sent, 50);
  EXPECT_EQ(trial.attachments.taken, 1);
  go_on.Notify();
  sender.join();
  EXPECT_TRUE(upload.End().ok());
  EXPECT_EQ(upload.reply.size(), int64_t{200} << 20);
}

TEST_F(SinksTest, WaitingCallsHoldNoThread) {
  GrpcServerOptions options;
  options.workers = 1;
  Start(options);
  for (int i = 0; i < 50; ++i) StartedUpload();
  EXPECT_EQ(trial.attachments.open, 50);
  grpc::ClientContext context;
  SignIn(context, "writer-token");
  v1::GetCustomerRequest request;
  request.set_name("customers/1");
  v1::Customer customer;
  EXPECT_TRUE(directory->GetCustomer(&context, request, &customer).ok());
  for (Upload& upload : uploads) EXPECT_TRUE(upload.End().ok());
}

TEST_F(SinksTest, ACancelledCallIsNeverTakenForAFinishedOne) {
  Start();
  for (int i = 0; i < 300; ++i) {
    Upload& upload = OpenUpload();
    upload.writer->Write(StartOf());
    if (i % 3 > 0) upload.writer->Write(ChunkOf(1000));
    upload.context.TryCancel();
    EXPECT_EQ(upload.writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_TRUE(NothingIsOpen());
  EXPECT_EQ(trial.attachments.finished, 0);
}

TEST_F(SinksTest, ACallWhoseDeadlinePassesIsNeverTakenForAFinishedOne) {
  Start();
  for (int i = 0; i < 20; ++i) {
    Upload& upload = uploads.emplace_back();
    SignIn(upload.context, "writer-token");
    upload.context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
    upload.writer = attachments->UploadAttachment(&upload.context, &upload.reply);
    upload.writer->Write(StartOf());
    EXPECT_EQ(upload.writer->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  EXPECT_TRUE(NothingIsOpen());
  EXPECT_EQ(trial.attachments.finished, 0);
}

TEST_F(SinksTest, ARevokedTokenEndsTheCall) {
  GrpcServerOptions options;
  options.reauthenticate = absl::Milliseconds(1);
  Start(options);
  Upload& upload = StartedUpload();
  trial.authenticator.Revoke("writer-token");
  EXPECT_TRUE(Eventually([&] { return !upload.writer->Write(ChunkOf(10)); }));
  EXPECT_EQ(upload.End().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(trial.attachments.finished, 0);
}

TEST_F(SinksTest, ErrorsEndTheCallWithTheirDetails) {
  trial.attachments.take = [](Call&, const v1::UploadAttachmentRequest& request) -> absl::StatusOr<Next> {
    if (request.has_start()) return Next::kWait;
    if (request.chunk() == "throw") throw std::runtime_error("secret text");
    if (request.chunk() == "send") return Next::kSend;
    return NotFoundError("cases/C-1");
  };
  Start();
  for (const auto& [chunk, code, reason] : {std::tuple("other", grpc::StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND"),
                                            std::tuple("send", grpc::StatusCode::INTERNAL, "INTERNAL"),
                                            std::tuple("throw", grpc::StatusCode::INTERNAL, "INTERNAL")}) {
    Upload& upload = StartedUpload();
    v1::UploadAttachmentRequest request;
    request.set_chunk(chunk);
    upload.writer->Write(request);
    // The caller goes on sending until it hears of it.
    while (upload.writer->Write(ChunkOf(1000))) {
    }
    const grpc::Status status = upload.writer->Finish();
    EXPECT_EQ(status.error_code(), code) << chunk;
    EXPECT_EQ(Reason(status).reason(), reason) << chunk;
    EXPECT_EQ(status.error_message().find("secret"), std::string::npos);
  }
  EXPECT_TRUE(NothingIsOpen());
}

TEST_F(SinksTest, AClientStreamThatOwesItsAnswerIsADefect) {
  trial.attachments.finish = [](Call&, v1::Attachment&) { return Next::kEnd; };
  Start();
  EXPECT_EQ(OpenUpload().End().error_code(), grpc::StatusCode::INTERNAL);
}

TEST_F(SinksTest, OpenCallsAreBoundedInAllAndByPrincipal) {
  GrpcServerOptions options;
  options.streams = 2;
  Start(options);
  StartedUpload();
  StartedUpload();
  const grpc::Status third = OpenUpload().End();
  EXPECT_EQ(third.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Reason(third).reason(), "OVERLOADED");
  EXPECT_TRUE(uploads.front().End().ok());
  EXPECT_TRUE(Eventually([&] { return OpenUpload().End().ok(); })) << "a place is free again";
}

TEST_F(SinksTest, OpenCallsOfOnePrincipalAreBounded) {
  GrpcServerOptions options;
  options.streams_per_principal = 1;
  Start(options);
  StartedUpload();
  const grpc::Status second = OpenUpload().End();
  EXPECT_EQ(second.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(second.error_message(), HasSubstr("streams of this principal"));
  EXPECT_TRUE(uploads.front().End().ok());
}

TEST_F(SinksTest, DrainingEndsWaitingCallsAndLetsFinishedOnesEnd) {
  absl::Notification finishing;
  absl::Notification go_on;
  trial.attachments.finish = [&](Call&, v1::Attachment&) {
    finishing.Notify();
    go_on.WaitForNotification();
    return Next::kSend;
  };
  Start();
  std::vector<Upload*> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(&StartedUpload());
  Upload& finished = StartedUpload();
  std::thread ending([&] { EXPECT_TRUE(finished.End().ok()) << "everything had come before the server drained"; });
  finishing.WaitForNotification();
  std::thread draining([&] { trial.server->Shutdown(absl::Seconds(20)); });
  for (Upload* upload : waiting) {
    const grpc::Status status = upload->writer->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(Reason(status).reason(), "NOT_READY");
  }
  go_on.Notify();
  ending.join();
  draining.join();
  EXPECT_EQ(trial.attachments.open, 0);
}

TEST_F(SinksTest, DrainingAtAnyMomentEndsEveryCallOnce) {
  Start();
  std::vector<std::thread> senders;
  std::atomic<int> ended{0};
  for (int i = 0; i < 8; ++i) {
    Upload& upload = OpenUpload();
    senders.emplace_back([&upload, &ended] {
      upload.writer->Write(StartOf());
      while (upload.writer->Write(ChunkOf(5000))) {
      }
      ended += upload.writer->Finish().error_code() == grpc::StatusCode::UNAVAILABLE;
    });
  }
  ASSERT_TRUE(Eventually([&] { return trial.attachments.taken > 500; }));
  trial.server->Shutdown(absl::Seconds(20));
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(ended, 8);
  EXPECT_EQ(trial.attachments.open, 0);
  EXPECT_EQ(trial.attachments.finished, 0);
}

TEST_F(SinksTest, VanishedConnectionsLeaveNothingBehind) {
  Start();
  for (int i = 0; i < 20; ++i) {
    // The context goes with its call: what a client that ends amid an upload does.
    auto upload = std::make_unique<Upload>();
    SignIn(upload->context, "writer-token");
    auto stub = v1::AttachmentService::NewStub(trial.Connect());
    upload->writer = stub->UploadAttachment(&upload->context, &upload->reply);
    upload->writer->Write(StartOf());
    upload->writer->Write(ChunkOf(1 << 20));
  }
  EXPECT_TRUE(NothingIsOpen());
  EXPECT_EQ(trial.attachments.finished, 0);
}

}  // namespace
}  // namespace aftersales::rpc
