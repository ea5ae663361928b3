// Uploads, downloads and imports over a real connection: what is sent, what is gone on with, what ends them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "aftersales/client.h"
#include "aftersales/testing/mock_connection.h"
#include "client/src/sha256.h"
#include "server/base/error.h"
#include "tests/client/refusals.h"
#include "tests/client/scripted_server.h"
#include "tests/testing/databases.h"

namespace aftersales {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Bytes(size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * 31 % 256);
  return bytes;
}

std::string Digest(const std::string& bytes) {
  Sha256 digest;
  digest.Add(bytes);
  return digest.Hex();
}

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class TransferTest : public ::testing::Test {
 protected:
  TransferTest() {
    server.upload_attachment = [this](grpc::ServerContext&, grpc::ServerReader<v1::UploadAttachmentRequest>& reader,
                                      v1::Attachment& reply) {
      v1::UploadAttachmentRequest request;
      std::string bytes;
      while (reader.Read(&request)) {
        if (request.has_start()) starts.push_back(request.start());
        bytes += request.chunk();
        largest = std::max(largest, request.chunk().size());
        // Breaks off amid the first attempts.
        if (bytes.size() > 300'000 && static_cast<int>(starts.size()) <= broken) return Wire(Gone());
      }
      arrived = bytes;
      reply = starts.back().attachment();
      reply.set_name("attachments/1");
      return grpc::Status::OK;
    };
    server.download_attachment = [this](grpc::ServerContext&, const v1::DownloadAttachmentRequest& request,
                                        grpc::ServerWriter<v1::DownloadAttachmentResponse>& writer) {
      offsets.push_back(request.offset());
      v1::DownloadAttachmentResponse response;
      *response.mutable_attachment() = stored;
      writer.Write(response);
      response.Clear();
      for (size_t at = static_cast<size_t>(request.offset()); at < content.size(); at += 100'000) {
        response.set_chunk(content.substr(at, 100'000));
        writer.Write(response);
        if (static_cast<int>(offsets.size()) <= broken) return Wire(Gone());
      }
      return grpc::Status::OK;
    };
    server.get_attachment = [this](grpc::ServerContext&, const v1::GetAttachmentRequest&, v1::Attachment& reply) {
      reply = stored;
      return grpc::Status::OK;
    };
  }

  static absl::Status Gone() { return absl::UnavailableError("the server is shutting down"); }

  void Store(const std::string& bytes) {
    content = bytes;
    stored.set_name("attachments/1");
    stored.set_size(static_cast<int64_t>(bytes.size()));
    stored.set_sha256(Digest(bytes));
  }

  Client Connected() {
    ClientOptions options;
    options.endpoint = server.endpoint();
    options.max_attempts = 1;
    absl::StatusOr<Client> client = Client::Create(options);
    EXPECT_TRUE(client.ok()) << client.status();
    return *std::move(client);
  }

  TransferOptions Patient() {
    TransferOptions options;
    options.sleep = [this](absl::Duration wait) { waits.push_back(wait); };
    return options;
  }

  std::string Path(const std::string& name) const { return absl::StrCat(folder.path(), "/", name); }
  // Where what has come of the stored attachment is kept until all has.
  std::string PartName(const std::string& name) const {
    return absl::StrCat(name, ".", stored.sha256().substr(0, 16), ".part");
  }
  std::string Part(const std::string& name) const { return Path(PartName(name)); }
  std::string Written(const std::string& name, const std::string& bytes) const {
    std::ofstream(Path(name), std::ios::binary) << bytes;
    return Path(name);
  }

  testing::TestDirectory folder;
  std::vector<v1::UploadStart> starts;
  std::string arrived;
  size_t largest = 0;
  std::vector<int64_t> offsets;
  std::string content;
  v1::Attachment stored;
  std::atomic<int> broken{0};  // so many attempts break off
  std::vector<absl::Duration> waits;
  ScriptedServer server;  // last: its threads use the others until it is gone
};

TEST_F(TransferTest, AFileIsAnnouncedAndSentInPieces) {
  const std::string bytes = Bytes(1'500'000);
  v1::UploadStart start;
  start.mutable_attachment()->set_parent("cases/C2026-000001");
  TransferOptions options;
  std::vector<int64_t> progress;
  options.progress = [&](int64_t done, int64_t all) {
    progress.push_back(done);
    EXPECT_EQ(all, 1'500'000);
  };
  const auto uploaded = Connected().attachments().UploadFile(start, Written("Brake.JPG", bytes), options);
  ASSERT_TRUE(uploaded.ok()) << uploaded.status();
  EXPECT_EQ(uploaded->name(), "attachments/1");
  EXPECT_EQ(arrived, bytes);
  EXPECT_LE(largest, size_t{1} << 20);
  ASSERT_EQ(starts.size(), 1u);
  EXPECT_EQ(starts[0].request_id().size(), 36u);
  EXPECT_EQ(starts[0].attachment().filename(), "Brake.JPG");
  EXPECT_EQ(starts[0].attachment().media_type(), "image/jpeg");
  EXPECT_EQ(starts[0].attachment().size(), 1'500'000);
  EXPECT_EQ(starts[0].attachment().sha256(), Digest(bytes));
  EXPECT_TRUE(std::is_sorted(progress.begin(), progress.end()));
  EXPECT_EQ(progress.back(), 1'500'000);
}

TEST_F(TransferTest, ABrokenUploadOfAFileIsRepeatedUnderTheSameRequestId) {
  broken = 2;
  const std::string bytes = Bytes(900'000);
  const auto uploaded = Connected().attachments().UploadFile({}, Written("a.pdf", bytes), Patient());
  ASSERT_TRUE(uploaded.ok()) << uploaded.status();
  EXPECT_EQ(arrived, bytes);
  ASSERT_EQ(starts.size(), 3u);
  EXPECT_EQ(starts[0].request_id(), starts[2].request_id());
  ASSERT_EQ(waits.size(), 2u);
  EXPECT_LT(waits[0], waits[1]);
}

TEST_F(TransferTest, RepeatsEnd) {
  broken = 100;
  const auto status = Connected().attachments().UploadFile({}, Written("a.pdf", Bytes(900'000)), Patient()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(starts.size(), 4u);
  TransferOptions hurried = Patient();
  hurried.timeout = absl::Milliseconds(400);  // shorter than the first wait
  EXPECT_FALSE(Connected().attachments().UploadFile({}, Path("a.pdf"), hurried).ok());
  EXPECT_EQ(starts.size(), 5u);
}

TEST_F(TransferTest, FilesThatCannotBeSentAreToldApart) {
  const Client client = Connected();
  EXPECT_THAT(std::string(client.attachments().UploadFile({}, Path("none.pdf")).status().message()),
              HasSubstr("does not exist"));
  EXPECT_THAT(std::string(client.attachments().UploadFile({}, folder.path()).status().message()),
              HasSubstr("is no file"));
  EXPECT_THAT(std::string(client.attachments().UploadFile({}, Written("strange.xyz", "x")).status().message()),
              HasSubstr("name a media type"));
  EXPECT_TRUE(starts.empty());
}

TEST_F(TransferTest, ASourceThatFailsCancelsTheUpload) {
  absl::Notification begun;
  absl::Notification ended;
  bool cancelled = false;
  server.upload_attachment = [&](grpc::ServerContext& context, grpc::ServerReader<v1::UploadAttachmentRequest>& reader,
                                 v1::Attachment&) {
    v1::UploadAttachmentRequest request;
    reader.Read(&request);
    begun.Notify();
    while (reader.Read(&request)) {
    }
    const absl::Time give_up = absl::Now() + absl::Seconds(10);
    while (!context.IsCancelled() && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(1));
    cancelled = context.IsCancelled();
    ended.Notify();
    return grpc::Status::CANCELLED;
  };
  int asked = 0;
  const auto source = [&](size_t) -> absl::StatusOr<std::string> {
    if (++asked < 3) return std::string(1000, 'x');
    begun.WaitForNotification();
    return absl::DataLossError("the camera was unplugged");
  };
  const auto status = Connected().attachments().Upload({}, source, Patient()).status();
  EXPECT_EQ(status, absl::DataLossError("the camera was unplugged"));
  ended.WaitForNotification();
  EXPECT_TRUE(cancelled) << "not ended as if it were complete";
}

TEST_F(TransferTest, ARefusalDuringTheUploadIsTheAnswer) {
  server.upload_attachment = [](grpc::ServerContext&, grpc::ServerReader<v1::UploadAttachmentRequest>& reader,
                                v1::Attachment&) {
    v1::UploadAttachmentRequest request;
    reader.Read(&request);
    return Wire(NotFoundError("cases/C2026-000001"));
  };
  int asked = 0;
  const auto endless = [&](size_t most) -> absl::StatusOr<std::string> {
    ++asked;
    return std::string(most, 'x');
  };
  const auto status = Connected().attachments().Upload({}, endless, Patient()).status();
  EXPECT_EQ(ErrorReasonOf(status), v1::ERROR_REASON_RESOURCE_NOT_FOUND) << status;
  EXPECT_LT(asked, 1000);
}

TEST_F(TransferTest, AServerThatTakesNothingIsGivenUp) {
  server.upload_attachment = [](grpc::ServerContext& context, grpc::ServerReader<v1::UploadAttachmentRequest>&,
                                v1::Attachment&) {
    while (!context.IsCancelled()) absl::SleepFor(absl::Milliseconds(5));
    return grpc::Status::CANCELLED;
  };
  TransferOptions options;
  options.idle_timeout = absl::Milliseconds(200);
  const auto endless = [](size_t most) -> absl::StatusOr<std::string> { return std::string(most, 'x'); };
  EXPECT_EQ(Connected().attachments().Upload({}, endless, options).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(TransferTest, ADownloadGoesOnWhereItBrokeOff) {
  Store(Bytes(350'000));
  broken = 3;
  std::string got;
  const auto sink = [&](absl::string_view bytes) {
    got.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  };
  v1::DownloadAttachmentRequest request;
  request.set_name("attachments/1");
  const auto attachment = Connected().attachments().Download(request, sink, Patient());
  ASSERT_TRUE(attachment.ok()) << attachment.status();
  EXPECT_EQ(attachment->size(), 350'000);
  EXPECT_EQ(got, content);
  EXPECT_THAT(offsets, ElementsAre(0, 100'000, 200'000, 300'000));
}

TEST_F(TransferTest, AFileAppearsWhenItIsComplete) {
  Store(Bytes(350'000));
  broken = 100;
  TransferOptions once = Patient();
  once.repeats = 0;
  EXPECT_FALSE(Connected().attachments().DownloadFile("attachments/1", Path("a"), once).ok());
  EXPECT_FALSE(std::filesystem::exists(Path("a")));
  EXPECT_EQ(Read(Part("a")).size(), 100'000u);
  broken = 0;
  ASSERT_TRUE(Connected().attachments().DownloadFile("attachments/1", Path("a"), once).ok());
  EXPECT_EQ(Read(Path("a")), content);
  EXPECT_FALSE(std::filesystem::exists(Part("a")));
  EXPECT_THAT(offsets, ElementsAre(0, 100'000)) << "what was there was not sent again";
}

TEST_F(TransferTest, AnotherFilesPartIsThrownAway) {
  Store(Bytes(350'000));
  Written(PartName("a"), std::string(1000, '?'));
  ASSERT_TRUE(Connected().attachments().DownloadFile("attachments/1", Path("a"), Patient()).ok());
  EXPECT_EQ(Read(Path("a")), content);
  EXPECT_THAT(offsets, ElementsAre(1000, 0));
  Written(PartName("b"), std::string(400'000, '?'));
  ASSERT_TRUE(Connected().attachments().DownloadFile("attachments/1", Path("b"), Patient()).ok());
  EXPECT_EQ(Read(Path("b")), content);
}

TEST_F(TransferTest, WhatIsNoPartOfItIsLeftAlone) {
  Store(Bytes(1000));
  Written("a.part", "somebody's");
  Written("victim", "somebody's");
  std::filesystem::create_symlink(Path("victim"), Part("a"));
  const auto refused = Connected().attachments().DownloadFile("attachments/1", Path("a"), Patient()).status();
  EXPECT_THAT(std::string(refused.message()), HasSubstr("is no file of ours"));
  EXPECT_FALSE(std::filesystem::exists(Path("a")));
  std::filesystem::remove(Part("a"));
  ASSERT_TRUE(Connected().attachments().DownloadFile("attachments/1", Path("a"), Patient()).ok());
  EXPECT_EQ(Read(Path("victim")), "somebody's");
  EXPECT_EQ(Read(Path("a.part")), "somebody's");
}

TEST_F(TransferTest, WrongBytesAreNoDownload) {
  Store(Bytes(1000));
  stored.set_sha256(Digest("other"));
  const auto status = Connected().attachments().DownloadFile("attachments/1", Path("a"), Patient()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(std::filesystem::exists(Path("a")));
  EXPECT_FALSE(std::filesystem::exists(Part("a")));
}

TEST_F(TransferTest, ASinkThatFailsEndsTheDownload) {
  Store(Bytes(350'000));
  v1::DownloadAttachmentRequest request;
  request.set_name("attachments/1");
  const auto status = Connected()
                          .attachments()
                          .Download(
                              request, [](absl::string_view) { return absl::DataLossError("no room"); }, Patient())
                          .status();
  EXPECT_EQ(status, absl::DataLossError("no room"));
  EXPECT_EQ(offsets.size(), 1u);
}

class ImportTest : public TransferTest {
 protected:
  // Rows 1 to `count`.
  RowSource Rows(int count) {
    return [this, count]() -> absl::StatusOr<std::optional<v1::DirectoryRow>> {
      if (given == count) return std::nullopt;
      v1::DirectoryRow row;
      row.mutable_customer()->set_external_id(absl::StrCat("K-", ++given));
      return row;
    };
  }

  int given = 0;
};

TEST_F(ImportTest, RowsGoOutAndReportsComeBackInTheirOrder) {
  std::vector<int> sizes;
  v1::ImportOptions seen;
  server.import_directory = [&](grpc::ServerContext&, auto& stream) {
    v1::ImportDirectoryRequest request;
    int64_t rows = 0;
    while (stream.Read(&request)) {
      if (request.has_options()) seen = request.options();
      if (request.rows_size() > 0) sizes.push_back(request.rows_size());
      v1::ImportDirectoryResponse response;
      for (const v1::DirectoryRow& row : request.rows()) {
        auto* report = response.add_reports();
        report->set_row(++rows);
        report->set_external_id(row.customer().external_id());
      }
      if (response.reports_size() > 0) stream.Write(response);
    }
    v1::ImportDirectoryResponse last;
    last.mutable_summary()->set_rows(rows);
    stream.Write(last);
    return grpc::Status::OK;
  };
  int64_t reported = 0;
  TransferOptions options;
  int64_t progress = 0;
  options.progress = [&](int64_t done, int64_t) { progress = done; };
  v1::ImportOptions import;
  import.set_mode(v1::IMPORT_MODE_ATOMIC);
  const auto summary = Connected().directory().ImportDirectory(
      import, Rows(1050),
      [&](const v1::RowReport& report) {
        EXPECT_EQ(report.row(), ++reported);
        EXPECT_EQ(report.external_id(), absl::StrCat("K-", reported));
        return absl::OkStatus();
      },
      options);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->rows(), 1050);
  EXPECT_EQ(reported, 1050);
  EXPECT_EQ(progress, 1050);
  EXPECT_EQ(seen.mode(), v1::IMPORT_MODE_ATOMIC);
  EXPECT_EQ(seen.request_id().size(), 36u);
  for (const int size : sizes) EXPECT_LE(size, 500);
  EXPECT_GT(sizes.size(), 2u);
}

// A server that answers before it reads on, and a client that sends before it reads on, would wait for each other for
// ever.
TEST_F(ImportTest, NeitherSideWaitsForTheOther) {
  server.import_directory = [&](grpc::ServerContext&, auto& stream) {
    v1::ImportDirectoryRequest request;
    while (stream.Read(&request)) {
      v1::ImportDirectoryResponse response;
      for (int i = 0; i < request.rows_size(); ++i) response.add_reports()->set_error(std::string(10'000, 'x'));
      if (!stream.Write(response)) break;
    }
    v1::ImportDirectoryResponse last;
    last.mutable_summary();
    stream.Write(last);
    return grpc::Status::OK;
  };
  int64_t reported = 0;
  const auto count = [&](const v1::RowReport&) {
    ++reported;
    return absl::OkStatus();
  };
  const auto summary = Connected().directory().ImportDirectory({}, Rows(20'000), count);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(reported, 20'000);
}

TEST_F(ImportTest, EveryRefusalEndsIt) {
  server.import_directory = [&](grpc::ServerContext&, auto& stream) {
    v1::ImportDirectoryRequest request;
    stream.Read(&request);
    stream.Read(&request);
    return Wire(FieldError("rows", "are too many"));
  };
  const auto refused = Connected().directory().ImportDirectory({}, Rows(1'000'000), nullptr).status();
  EXPECT_EQ(ErrorReasonOf(refused), v1::ERROR_REASON_FIELD_INVALID) << refused;
  EXPECT_LT(given, 1'000'000);
  const auto broken_rows = []() -> absl::StatusOr<std::optional<v1::DirectoryRow>> {
    return absl::DataLossError("line 7 is damaged");
  };
  EXPECT_EQ(Connected().directory().ImportDirectory({}, broken_rows, nullptr).status(),
            absl::DataLossError("line 7 is damaged"));
  server.import_directory = [&](grpc::ServerContext&, auto& stream) {
    v1::ImportDirectoryResponse response;
    response.add_reports();
    stream.Write(response);
    v1::ImportDirectoryRequest request;
    while (stream.Read(&request)) {
    }
    return grpc::Status::OK;
  };
  given = 0;
  const auto stop = [](const v1::RowReport&) { return absl::CancelledError("enough"); };
  EXPECT_EQ(Connected().directory().ImportDirectory({}, Rows(10), stop).status(), absl::CancelledError("enough"));
  given = 0;
  const auto without_sum = Connected().directory().ImportDirectory({}, Rows(10), nullptr).status();
  EXPECT_EQ(without_sum.code(), absl::StatusCode::kInternal);
}

TEST_F(ImportTest, AMockCanStandForTheServer) {
  auto connection = std::make_shared<::testing::NiceMock<testing::MockConnection>>();
  EXPECT_CALL(*connection, Exchange("/aftersales.v1.DirectoryService/ImportDirectory", _, _, _, _, _))
      .WillOnce([](const std::string&, google::protobuf::Message& request, const auto& next,
                   google::protobuf::Message& reply, const auto& take, const CallOptions&) -> absl::Status {
        int64_t rows = 0;
        for (absl::StatusOr<bool> more = true;; request.Clear()) {
          more = next();
          if (!more.ok()) return more.status();
          if (!*more) break;
          rows += static_cast<v1::ImportDirectoryRequest&>(request).rows_size();
        }
        static_cast<v1::ImportDirectoryResponse&>(reply).mutable_summary()->set_rows(rows);
        return take();
      });
  const auto summary = Client(connection).directory().ImportDirectory({}, Rows(7), nullptr);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->rows(), 7);
}

TEST_F(TransferTest, AServerThatIsNotThereIsUnavailable) {
  const Client client = Connected();
  server.Stop();
  const auto nothing = [](size_t) -> absl::StatusOr<std::string> { return std::string(); };
  TransferOptions options = Patient();
  EXPECT_EQ(client.attachments().Upload({}, nothing, options).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace aftersales
