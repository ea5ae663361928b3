// Attachments on both engines: what is taken in comes out again byte for byte, and nothing else is ever seen.
#include "server/attachments/attachment_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "aftersales/options/v1/options.pb.h"
#include "server/access/token_authenticator.h"
#include "server/attachments/attachment_rules.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/random.h"
#include "server/cases/case_root.h"
#include "server/cases/case_store.h"
#include "server/directory/directory_store.h"
#include "tests/service/workshop.h"

namespace aftersales {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int64_t kLimit = 2 * kMebibyte;
constexpr size_t kChunk = 300'000;  // fits no piece

// A photo's beginning, then all values that a byte can have.
std::string Photo(size_t size) {
  std::string bytes("\xff\xd8\xff\xe0", 4);
  while (bytes.size() < size) bytes += static_cast<char>(bytes.size() * 7 % 256);
  return bytes.substr(0, size);
}

std::string HexDigest(const std::string& bytes) { return ToHex(Sha256(bytes)); }

class AttachmentServiceTest : public ::testing::TestWithParam<testing::TestEngine> {
 protected:
  explicit AttachmentServiceTest(const char* pack = kWorkshopPack) : shop_(GetParam(), pack) {
    shop_.obligations->AddRootKind("cases", LockCaseRoot);
    shop_.obligations->AddRootKind("contacts", LockContactRoot);
    service_.parents().AddFilter("visits", CheckVisitVisible);
  }

  v1::UploadStart StartOf(const std::string& parent, const std::string& media_type = "image/jpeg") {
    v1::UploadStart start;
    start.set_request_id(RandomUuid());
    v1::Attachment& attachment = *start.mutable_attachment();
    attachment.set_parent(parent);
    attachment.set_filename("\xe5\x88\xb9\xe8\xbd\xa6.jpg");
    attachment.set_media_type(media_type);
    return start;
  }

  // What an upload's first message does.
  static absl::Status Begin(AttachmentService::UploadSink& upload, Call& call, const v1::UploadStart& start) {
    v1::UploadAttachmentRequest request;
    v1::Attachment reply;
    *request.mutable_start() = start;
    return upload.Take(call, request, reply).status();
  }
  static absl::Status Send(AttachmentService::UploadSink& upload, Call& call, const std::string& bytes) {
    v1::UploadAttachmentRequest request;
    v1::Attachment reply;
    request.set_chunk(bytes);
    return upload.Take(call, request, reply).status();
  }
  static absl::StatusOr<v1::Attachment> End(AttachmentService::UploadSink& upload, Call& call) {
    v1::Attachment reply;
    const absl::StatusOr<rpc::Next> sent = upload.Finish(call, reply);
    if (!sent.ok()) return sent.status();
    EXPECT_EQ(*sent, rpc::Next::kSend);
    v1::Attachment nothing;
    EXPECT_EQ(*upload.Finish(call, nothing), rpc::Next::kEnd);
    return reply;
  }

  absl::StatusOr<v1::Attachment> Upload(Call call, const v1::UploadStart& start, const std::string& bytes) {
    call.method = "aftersales.v1.AttachmentService/UploadAttachment";
    call.request_id.clear();
    auto upload = service_.UploadAttachment(call);
    RETURN_IF_ERROR(Begin(**upload, call, start));
    for (size_t at = 0; at < bytes.size(); at += kChunk)
      RETURN_IF_ERROR(Send(**upload, call, bytes.substr(at, kChunk)));
    return End(**upload, call);
  }
  absl::StatusOr<v1::Attachment> Upload(const v1::UploadStart& start, const std::string& bytes) {
    return Upload(AsDesk(), start, bytes);
  }
  v1::Attachment MustUpload(const std::string& parent, const std::string& bytes = Photo(100)) {
    const absl::StatusOr<v1::Attachment> uploaded = Upload(StartOf(parent), bytes);
    EXPECT_TRUE(uploaded.ok()) << uploaded.status();
    return uploaded.ok() ? *uploaded : v1::Attachment();
  }

  absl::StatusOr<std::string> Download(Call call, const std::string& name, int64_t offset = 0) {
    v1::DownloadAttachmentRequest request;
    request.set_name(name);
    request.set_offset(offset);
    ASSIGN_OR_RETURN(const std::unique_ptr<AttachmentService::DownloadSource> source,
                     service_.DownloadAttachment(call, request));
    std::string bytes;
    for (int message = 0;; ++message) {
      v1::DownloadAttachmentResponse reply;
      ASSIGN_OR_RETURN(const rpc::Next next, source->Produce(call, reply));
      if (next == rpc::Next::kEnd) return bytes;
      EXPECT_EQ(reply.has_attachment(), message == 0);
      EXPECT_LE(reply.chunk().size(), static_cast<size_t>(kPieceSize));
      bytes += reply.chunk();
    }
  }

  absl::StatusOr<v1::Attachment> Accept(Call call, const v1::Attachment& attachment, const std::string& etag = "") {
    v1::AcceptAttachmentRequest request;
    request.set_name(attachment.name());
    request.set_etag(etag);
    request.set_note("Shows the crack.");
    return service_.AcceptAttachment(call, request);
  }

  std::vector<std::string> Listed(Call call, const std::string& parent) {
    v1::ListAttachmentsRequest request;
    request.set_parent(parent);
    const auto response = service_.ListAttachments(call, request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> names;
    if (response.ok()) {
      for (const v1::Attachment& attachment : response->attachments()) names.push_back(attachment.name());
    }
    return names;
  }

  int64_t Count(const std::string& table) {
    Call call = shop_.AsManager();
    return *shop_.db->Read<int64_t>(call, [&](Reader& reader) -> absl::StatusOr<int64_t> {
      return reader.SelectOne(absl::StrCat("SELECT COUNT(*) FROM ", table), {}, "i")->Int(0);
    });
  }
  bool NothingIsStaged() { return Count("attachment_upload") == 0; }

  Call AsDesk() const { return shop_.As("principals/desk", {v1::ROLE_CUSTOMER_SERVICE}); }
  Call AsQuality() const { return shop_.As("principals/quality", {v1::ROLE_QUALITY}); }
  Call AsEngineer(const std::string& principal) const { return shop_.As(principal, {v1::ROLE_FIELD_ENGINEER}); }

  Workshop shop_;
  TokenAuthenticator authenticator_{*shop_.db};
  AttachmentService service_{*shop_.db, *shop_.obligations, authenticator_, kLimit};
};

TEST_P(AttachmentServiceTest, WhatGoesInComesOut) {
  const v1::Case service_case = shop_.AcceptedCase();
  for (const int64_t size : {int64_t{4}, int64_t{257}, kPieceSize - 1, kPieceSize, kPieceSize + 1, kLimit}) {
    const std::string bytes = Photo(static_cast<size_t>(size));
    v1::UploadStart start = StartOf(service_case.name());
    start.mutable_attachment()->set_title("The brake");
    *start.mutable_attachment()->mutable_origin_time() = ToProto(shop_.clock.Now() - absl::Hours(2));
    const auto uploaded = Upload(start, bytes);
    ASSERT_TRUE(uploaded.ok()) << size << uploaded.status();
    EXPECT_EQ(uploaded->size(), size);
    EXPECT_EQ(uploaded->sha256(), HexDigest(bytes));
    EXPECT_EQ(uploaded->state(), v1::ATTACHMENT_STATE_RECEIVED);
    EXPECT_EQ(uploaded->uploaded_by(), "principals/desk");
    EXPECT_EQ(uploaded->title(), "The brake");
    EXPECT_TRUE(uploaded->has_create_time());
    for (const int64_t offset : {int64_t{0}, size / 2, size - 1, size}) {
      const auto read = Download(AsQuality(), uploaded->name(), offset);
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_EQ(HexDigest(*read), HexDigest(bytes.substr(static_cast<size_t>(offset)))) << size << " from " << offset;
    }
    const absl::Status beyond = Download(AsQuality(), uploaded->name(), size + 1).status();
    EXPECT_EQ(ReasonOf(beyond), v1::ERROR_REASON_FIELD_INVALID) << beyond;
    EXPECT_THAT(shop_.EventsAbout(uploaded->name()), ElementsAre("attachment-added"));
  }
  EXPECT_TRUE(NothingIsStaged());
}

TEST_P(AttachmentServiceTest, AnotherServerReadsIt) {
  const v1::Case service_case = shop_.AcceptedCase();
  const std::string bytes = Photo(700'000);
  const v1::Attachment uploaded = MustUpload(service_case.name(), bytes);
  const std::unique_ptr<Database> other = shop_.database.Open(shop_.clock);
  AttachmentService restarted(*other, *shop_.obligations, authenticator_, kLimit);
  Call call = AsQuality();
  v1::DownloadAttachmentRequest request;
  request.set_name(uploaded.name());
  const auto source = restarted.DownloadAttachment(call, request);
  ASSERT_TRUE(source.ok());
  std::string read;
  v1::DownloadAttachmentResponse reply;
  while (*(*source)->Produce(call, reply) == rpc::Next::kSend) {
    read += reply.chunk();
    reply.Clear();
  }
  EXPECT_EQ(HexDigest(read), HexDigest(bytes));
}

TEST_P(AttachmentServiceTest, WhatIsNotAsAnnouncedIsNotKept) {
  const v1::Case service_case = shop_.AcceptedCase();
  const std::string bytes = Photo(400'000);
  v1::UploadStart start = StartOf(service_case.name());
  start.mutable_attachment()->set_size(400'001);
  EXPECT_EQ(ReasonOf(Upload(start, bytes).status()), v1::ERROR_REASON_CONTENT_INVALID);
  start.mutable_attachment()->set_size(399'999);
  EXPECT_EQ(ReasonOf(Upload(start, bytes).status()), v1::ERROR_REASON_CONTENT_INVALID);
  start.mutable_attachment()->set_size(400'000);
  start.mutable_attachment()->set_sha256(HexDigest("other"));
  const absl::Status wrong = Upload(start, bytes).status();
  EXPECT_EQ(ReasonOf(wrong), v1::ERROR_REASON_CONTENT_INVALID);
  EXPECT_EQ(MetadataOf(wrong).at("sha256"), HexDigest(bytes));
  const absl::Status empty = Upload(StartOf(service_case.name()), "").status();
  EXPECT_EQ(ReasonOf(empty), v1::ERROR_REASON_CONTENT_INVALID);
  EXPECT_THAT(std::string(empty.message()), HasSubstr("at least one byte"));
  const absl::Status too_large = Upload(StartOf(service_case.name()), Photo(kLimit + 1)).status();
  EXPECT_EQ(ReasonOf(too_large), v1::ERROR_REASON_CONTENT_INVALID);
  EXPECT_EQ(MetadataOf(too_large).at("limit"), absl::StrCat(kLimit));
  start = StartOf(service_case.name());
  start.mutable_attachment()->set_size(kLimit + 1);
  Call call = AsDesk();
  const auto upload = service_.UploadAttachment(call);
  EXPECT_EQ(ReasonOf(Begin(**upload, call, start)), v1::ERROR_REASON_CONTENT_INVALID) << "before a byte is sent";
  EXPECT_THAT(Listed(AsQuality(), service_case.name()), IsEmpty());
  EXPECT_EQ(Count("attachment_chunk"), 0);
  EXPECT_TRUE(NothingIsStaged());
  // As announced, it is kept.
  start.mutable_attachment()->set_size(400'000);
  start.mutable_attachment()->set_sha256(HexDigest(bytes));
  EXPECT_TRUE(Upload(start, bytes).ok());
}

TEST_P(AttachmentServiceTest, BytesFitTheirMediaType) {
  const v1::Case service_case = shop_.AcceptedCase();
  const auto status = [&](const std::string& type, const std::string& bytes) {
    return Upload(StartOf(service_case.name(), type), bytes).status();
  };
  EXPECT_TRUE(status("image/png", std::string("\x89PNG\r\n\x1a\n....", 12)).ok());
  EXPECT_TRUE(status("application/pdf", "%PDF-1.7").ok());
  EXPECT_TRUE(status("text/plain", "\xe5\x88\xb9\xe8\xbd\xa6 broke\r\n").ok());
  EXPECT_TRUE(status("image/webp", std::string("RIFF\0\0\0\0WEBPVP8 ", 16)).ok());
  EXPECT_TRUE(status("image/heic", std::string("\0\0\0\x18"
                                               "ftypheic....",
                                               16))
                  .ok());
  for (const auto& [type, bytes] :
       std::vector<std::pair<std::string, std::string>>{{"image/png", Photo(50)},
                                                        {"image/png", "\x89PN"},
                                                        {"image/webp", std::string("RIFF\0\0\0\0WAVEfmt ", 16)},
                                                        {"application/pdf", "MZ"},
                                                        {"text/plain", std::string("a\0b", 3)},
                                                        {"text/plain", "half a character \xe5\x88"},
                                                        {"text/plain", "\xc0\xaf"},
                                                        {"text/plain", "\xed\xa0\x80 surrogate"},
                                                        {"text/plain", "\xf4\x90\x80\x80"},
                                                        {"text/csv", Photo(100)}}) {
    EXPECT_EQ(ReasonOf(status(type, bytes)), v1::ERROR_REASON_CONTENT_INVALID) << type;
  }
  const absl::Status unknown = status("application/x-msdownload", "MZ");
  EXPECT_EQ(ReasonOf(unknown), v1::ERROR_REASON_CONTENT_INVALID);
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("application/pdf")) << "names what is taken";
  EXPECT_TRUE(NothingIsStaged());
}

TEST_P(AttachmentServiceTest, TextMayBeCutAnywhere) {
  const v1::Case service_case = shop_.AcceptedCase();
  Call call = AsDesk();
  const auto upload = service_.UploadAttachment(call);
  ASSERT_TRUE(Begin(**upload, call, StartOf(service_case.name(), "text/plain")).ok());
  for (const char c : std::string("\xe5\x88\xb9 \xf0\x9f\x9a\x86 end of a text that is longer than its beginning")) {
    ASSERT_TRUE(Send(**upload, call, std::string(1, c)).ok());
  }
  EXPECT_TRUE(End(**upload, call).ok());
}

TEST_P(AttachmentServiceTest, NamesAreNamesOfFiles) {
  const v1::Case service_case = shop_.AcceptedCase();
  for (const std::string& name :
       {std::string("../../etc/passwd"), std::string("a\\b.jpg"), std::string("."), std::string(".."),
        std::string("   "), std::string("a\nb.jpg"), std::string("a\x7f.jpg"), std::string("a\0b.jpg", 7),
        std::string("photo\xe2\x80\xaegpj.exe")}) {
    v1::UploadStart start = StartOf(service_case.name());
    start.mutable_attachment()->set_filename(name);
    EXPECT_EQ(ReasonOf(Upload(start, Photo(10)).status()), v1::ERROR_REASON_FIELD_INVALID) << absl::CHexEscape(name);
  }
  v1::UploadStart future = StartOf(service_case.name());
  *future.mutable_attachment()->mutable_origin_time() = ToProto(shop_.clock.Now() + absl::Hours(1));
  EXPECT_EQ(ReasonOf(Upload(future, Photo(10)).status()), v1::ERROR_REASON_FIELD_INVALID);
}

TEST_P(AttachmentServiceTest, MessagesComeInTheirOrder) {
  const v1::Case service_case = shop_.AcceptedCase();
  Call call = AsDesk();
  v1::Attachment reply;
  EXPECT_EQ(ReasonOf(Send(**service_.UploadAttachment(call), call, "x")), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(ReasonOf((*service_.UploadAttachment(call))->Finish(call, reply).status()), v1::ERROR_REASON_FIELD_INVALID);
  const auto upload = service_.UploadAttachment(call);
  v1::UploadAttachmentRequest both;
  *both.mutable_start() = StartOf(service_case.name());
  both.set_chunk("x");
  EXPECT_EQ(ReasonOf((*upload)->Take(call, both, reply).status()), v1::ERROR_REASON_FIELD_INVALID);
  ASSERT_TRUE(Begin(**upload, call, StartOf(service_case.name())).ok());
  EXPECT_EQ(ReasonOf(Begin(**upload, call, StartOf(service_case.name()))), v1::ERROR_REASON_FIELD_INVALID);
  EXPECT_EQ(ReasonOf(Send(**upload, call, "")), v1::ERROR_REASON_FIELD_INVALID);
}

TEST_P(AttachmentServiceTest, ABrokenUploadLeavesNothing) {
  const v1::Case service_case = shop_.AcceptedCase();
  Call call = AsDesk();
  {
    const auto upload = service_.UploadAttachment(call);
    ASSERT_TRUE(Begin(**upload, call, StartOf(service_case.name())).ok());
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(Send(**upload, call, Photo(kChunk)).ok());
    EXPECT_GT(Count("attachment_chunk"), 0);
    EXPECT_THAT(Listed(AsQuality(), service_case.name()), IsEmpty()) << "not seen before it is complete";
  }
  EXPECT_EQ(Count("attachment_chunk"), 0);
  EXPECT_TRUE(NothingIsStaged());
  EXPECT_EQ(Count("attachment"), 0);
}

TEST_P(AttachmentServiceTest, WhatACrashLeftGoesWithALaterUpload) {
  const v1::Case service_case = shop_.AcceptedCase();
  // A server that ends amid an upload runs no destructors.
  Call call = AsDesk();
  auto* left = service_.UploadAttachment(call)->release();
  ASSERT_TRUE(Begin(*left, call, StartOf(service_case.name())).ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Send(*left, call, Photo(kChunk)).ok());
  shop_.clock.Advance(absl::Minutes(59));
  MustUpload(service_case.name());
  EXPECT_FALSE(NothingIsStaged()) << "it might go on";
  shop_.clock.Advance(absl::Minutes(2));
  MustUpload(service_case.name());
  EXPECT_TRUE(NothingIsStaged());
  EXPECT_EQ(Count("attachment_chunk"), 2) << "those of the two that are complete";
  const absl::Status late = Send(*left, call, Photo(kChunk));
  EXPECT_EQ(ReasonOf(late), v1::ERROR_REASON_DEADLINE_PASSED) << "and it never comes back: " << late;
  EXPECT_EQ(ReasonOf(End(*left, call).status()), v1::ERROR_REASON_DEADLINE_PASSED);
  delete left;
  EXPECT_EQ(Count("attachment"), 2);
}

TEST_P(AttachmentServiceTest, ARepeatIsAnsweredAsTheFirstTime) {
  const v1::Case service_case = shop_.AcceptedCase();
  const std::string bytes = Photo(600'000);
  v1::UploadStart start = StartOf(service_case.name());
  const auto first = Upload(start, bytes);
  ASSERT_TRUE(first.ok()) << first.status();
  const int64_t pieces = Count("attachment_chunk");
  // The same bytes are the same upload, announced or not; and a UUID is the same in either case.
  start.mutable_attachment()->set_size(600'000);
  start.mutable_attachment()->set_sha256(HexDigest(bytes));
  start.set_request_id(absl::AsciiStrToUpper(start.request_id()));
  const auto second = Upload(start, bytes);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->name(), first->name());
  EXPECT_EQ(Count("attachment_chunk"), pieces);
  EXPECT_TRUE(NothingIsStaged());
  EXPECT_THAT(Listed(AsQuality(), service_case.name()), ElementsAre(first->name()));
  start = StartOf(service_case.name());
  start.set_request_id(RandomUuid());
  const std::string other_id = start.request_id();
  ASSERT_TRUE(Upload(start, bytes).ok());
  EXPECT_EQ(ReasonOf(Upload(start, Photo(600'001)).status()), v1::ERROR_REASON_REQUEST_ID_REUSED);
  EXPECT_TRUE(NothingIsStaged());
  EXPECT_EQ(Count("attachment_chunk"), 2 * pieces);
}

TEST_P(AttachmentServiceTest, ValidateOnlyKeepsNothing) {
  const v1::Case service_case = shop_.AcceptedCase();
  v1::UploadStart start = StartOf(service_case.name());
  start.set_validate_only(true);
  const auto checked = Upload(start, Photo(600'000));
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->sha256(), HexDigest(Photo(600'000)));
  EXPECT_EQ(ReasonOf(Upload(start, "MZ no photo").status()), v1::ERROR_REASON_CONTENT_INVALID);
  EXPECT_EQ(Count("attachment") + Count("attachment_chunk") + Count("attachment_upload"), 0);
  start.set_validate_only(false);
  EXPECT_TRUE(Upload(start, Photo(600'000)).ok()) << "the request id is free still";
}

TEST_P(AttachmentServiceTest, ManyAtOnceKeepApart) {
  const v1::Case service_case = shop_.AcceptedCase();
  std::vector<std::thread> uploads;
  std::vector<v1::Attachment> uploaded(6);
  for (size_t i = 0; i < uploaded.size(); ++i) {
    uploads.emplace_back([&, i] { uploaded[i] = MustUpload(service_case.name(), Photo(300'000 + i * 1000)); });
  }
  for (std::thread& upload : uploads) upload.join();
  for (size_t i = 0; i < uploaded.size(); ++i) {
    const auto read = Download(AsQuality(), uploaded[i].name());
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(HexDigest(*read), HexDigest(Photo(300'000 + i * 1000)));
  }
  EXPECT_EQ(Listed(AsQuality(), service_case.name()).size(), uploaded.size());
}

TEST_P(AttachmentServiceTest, ParentsMustExistAndBeVisible) {
  EXPECT_EQ(ReasonOf(Upload(StartOf("cases/C-none"), Photo(10)).status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  const v1::Case service_case = shop_.AcceptedCase();
  const v1::Attachment uploaded = MustUpload(service_case.name());
  // All roles of today read cases; one that does not would read none of their files.
  const Call stranger = shop_.As("principals/stranger", {});
  const absl::Status refused = Upload(stranger, StartOf(service_case.name()), Photo(10)).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_PERMISSION_MISSING);
  EXPECT_EQ(MetadataOf(refused).at("permission"), "cases.read");
  v1::ListAttachmentsRequest list;
  list.set_parent(service_case.name());
  Call call = stranger;
  EXPECT_EQ(ReasonOf(service_.ListAttachments(call, list).status()), v1::ERROR_REASON_PERMISSION_MISSING);
  v1::GetAttachmentRequest get;
  get.set_name(uploaded.name());
  call = stranger;
  EXPECT_EQ(ReasonOf(service_.GetAttachment(call, get).status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  EXPECT_EQ(ReasonOf(Download(stranger, uploaded.name()).status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  EXPECT_EQ(ReasonOf(Download(AsQuality(), "attachments/999999").status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  list.set_parent("cases/C-none");
  call = AsQuality();
  EXPECT_EQ(ReasonOf(service_.ListAttachments(call, list).status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(AttachmentServiceTest, EngineersSeeWhatBelongsToTheirVisits) {
  const v1::Case service_case = shop_.AcceptedCase();
  v1::Engineer mine;
  mine.set_principal("principals/mine");
  const v1::Visit visit = shop_.PlanVisit(service_case);
  ASSERT_TRUE(shop_.Assign(visit, shop_.AddEngineer(mine)).ok());
  const auto photo = Upload(AsEngineer("principals/mine"), StartOf(visit.name()), Photo(1000));
  ASSERT_TRUE(photo.ok()) << photo.status();
  EXPECT_TRUE(Download(AsEngineer("principals/mine"), photo->name()).ok());
  EXPECT_TRUE(Download(AsQuality(), photo->name()).ok());
  EXPECT_EQ(ReasonOf(Download(AsEngineer("principals/other"), photo->name()).status()),
            v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  EXPECT_EQ(ReasonOf(Upload(AsEngineer("principals/other"), StartOf(visit.name()), Photo(10)).status()),
            v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  v1::ListAttachmentsRequest list;
  list.set_parent(visit.name());
  Call other = AsEngineer("principals/other");
  EXPECT_EQ(ReasonOf(service_.ListAttachments(other, list).status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  EXPECT_THAT(Listed(AsEngineer("principals/mine"), visit.name()), ElementsAre(photo->name()));
  EXPECT_THAT(Listed(AsQuality(), service_case.name()), IsEmpty()) << "each parent has its own";
}

TEST_P(AttachmentServiceTest, WhatBelongsToACaseChangesTheCase) {
  const v1::Case service_case = shop_.AcceptedCase();
  const v1::Visit visit = shop_.PlanVisit(service_case);
  const auto version = [&] {
    Call call = shop_.AsManager();
    return shop_.db->Read<v1::Case>(call, [&](Reader& reader) { return Cases().Get(reader, service_case.name()); })
        ->etag();
  };
  std::string before = version();
  for (const std::string& parent : {service_case.name(), visit.name()}) {
    const v1::Attachment uploaded = MustUpload(parent);
    EXPECT_NE(version(), before) << parent;
    before = version();
    EXPECT_THAT(shop_.EventsAbout(uploaded.name()), ElementsAre("attachment-added"));
  }
  const v1::Attachment of_customer = MustUpload(service_case.customer());
  EXPECT_EQ(version(), before);
  EXPECT_THAT(shop_.EventsAbout(of_customer.name()), ElementsAre("attachment-added"));
}

TEST_P(AttachmentServiceTest, WhatBelongsToAnArchivedCaseTakesNothingUntilItIsReopened) {
  v1::Case service_case = shop_.AcceptedCase();
  v1::Contact contact;
  contact.set_name("contacts/77");
  contact.set_state(v1::CONTACT_STATE_ANSWERED);
  contact.set_service_case(service_case.name());
  contact.set_policy_version(service_case.policy_version());
  *contact.mutable_notice_time() = service_case.notice_time();
  const auto put = [&](v1::CaseState state) {
    Call call = shop_.AsManager();
    ASSERT_TRUE(shop_.db
                    ->WriteOwn(call,
                               [&](Tx& tx) -> absl::Status {
                                 if (contact.etag().empty()) {
                                   RETURN_IF_ERROR(Contacts().Insert(tx, contact));
                                 }
                                 ASSIGN_OR_RETURN(service_case, Cases().Lock(tx, service_case.name()));
                                 service_case.set_state(state);
                                 return Cases().Update(tx, service_case);
                               })
                    .ok());
  };
  put(v1::CASE_STATE_CLOSED);
  const v1::Attachment photo = MustUpload(contact.name()), evidence = MustUpload(service_case.name());
  put(v1::CASE_STATE_ARCHIVED);
  for (const absl::Status& refused :
       {Upload(StartOf(contact.name()), Photo(100)).status(), Upload(StartOf(service_case.name()), Photo(100)).status(),
        Accept(AsQuality(), evidence).status()}) {
    EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_STATE_FORBIDS) << refused;
    EXPECT_THAT(std::string(refused.message()), HasSubstr("ReopenCase"));
  }
  EXPECT_THAT(Listed(AsQuality(), contact.name()), ElementsAre(photo.name()));
  put(v1::CASE_STATE_ACCEPTED);
  EXPECT_TRUE(Upload(StartOf(contact.name()), Photo(100)).ok());
}

TEST_P(AttachmentServiceTest, EvidenceIsAcceptedOnceByAnother) {
  const v1::Case service_case = shop_.AcceptedCase();
  const v1::Attachment photo = MustUpload(service_case.name());
  EXPECT_EQ(ReasonOf(Accept(AsDesk(), photo).status()), v1::ERROR_REASON_OWN_SUBMISSION);
  EXPECT_EQ(ReasonOf(Accept(AsQuality(), photo, "77").status()), v1::ERROR_REASON_ETAG_MISMATCH);
  Call checked = AsQuality();
  checked.validate_only = true;
  EXPECT_TRUE(Accept(checked, photo, photo.etag()).ok());
  const Call call = AsQuality();
  const auto accepted = Accept(call, photo, photo.etag());
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->state(), v1::ATTACHMENT_STATE_ACCEPTED);
  EXPECT_EQ(accepted->accepted_by(), "principals/quality");
  EXPECT_EQ(accepted->accept_note(), "Shows the crack.");
  EXPECT_TRUE(accepted->has_accept_time());
  EXPECT_EQ(Accept(call, photo, photo.etag())->etag(), accepted->etag()) << "a repeat";
  EXPECT_EQ(ReasonOf(Accept(AsQuality(), photo).status()), v1::ERROR_REASON_STATE_FORBIDS);
  EXPECT_THAT(shop_.EventsAbout(photo.name()), ElementsAre("attachment-added", "attachment-accepted"));
  const v1::Attachment of_customer = MustUpload(service_case.customer());
  EXPECT_EQ(ReasonOf(Accept(AsQuality(), of_customer).status()), v1::ERROR_REASON_REFERENCE_INVALID);
  v1::Attachment unknown;
  unknown.set_name("attachments/999999");
  EXPECT_EQ(ReasonOf(Accept(AsQuality(), unknown).status()), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_P(AttachmentServiceTest, ListsAreByArrivalAndPaged) {
  const v1::Case service_case = shop_.AcceptedCase();
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) {
    names.push_back(MustUpload(service_case.name()).name());
    shop_.clock.Advance(absl::Seconds(1));
  }
  EXPECT_EQ(Listed(AsQuality(), service_case.name()), names);
  v1::ListAttachmentsRequest request;
  request.set_parent(service_case.name());
  request.set_page_size(2);
  std::vector<std::string> paged;
  do {
    Call call = AsQuality();
    const auto response = service_.ListAttachments(call, request);
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_LE(response->attachments_size(), 2);
    for (const v1::Attachment& attachment : response->attachments()) paged.push_back(attachment.name());
    request.set_page_token(response->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(paged, names);
}

INSTANTIATE_TEST_SUITE_P(Engines, AttachmentServiceTest, ::testing::ValuesIn(testing::TestEngines()),
                         testing::EngineName);

// Packs say who takes evidence in, and may ask for something before files are filed.
constexpr char kEvidencePack[] = R"(
  name: "evidence" title: "Evidence" effective_from: "2026-01-01" time_zone: "UTC" owner: "quality"
  only { action: "accept-attachment" roles: "quality" clauses: "T-1" }
  obligation {
    kind: "photo-judged" clauses: "T-2" on: "attachment-added" by: "quality" within { hours: 24 }
    met_by { event: "attachment-accepted" }
  }
)";

class EvidencePackTest : public AttachmentServiceTest {
 protected:
  EvidencePackTest() : AttachmentServiceTest(kEvidencePack) {}
};

TEST_P(EvidencePackTest, WhoAcceptsAndWhatIsOwedIsThePacksToSay) {
  const v1::Case service_case = shop_.AcceptedCase();
  const v1::Attachment photo = MustUpload(service_case.name());
  EXPECT_THAT(shop_.Owed(service_case.name()), Contains("photo-judged"));
  const absl::Status refused = Accept(shop_.AsManager(), photo).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_ROLE_MISSING) << refused;
  EXPECT_THAT(shop_.Owed(service_case.name()), Contains("photo-judged"));
  EXPECT_TRUE(Accept(AsQuality(), photo).ok());
  EXPECT_THAT(shop_.Owed(service_case.name()), Not(Contains("photo-judged")));
}

INSTANTIATE_TEST_SUITE_P(Engines, EvidencePackTest, ::testing::ValuesIn(testing::TestEngines()), testing::EngineName);

// The permission of the RPC that gets a resource, by its collection.
std::map<std::string, std::string> ReadPermissions() {
  std::map<std::string, std::string> permissions;
  for (const auto* file : {v1::Case::descriptor()->file(), v1::Visit::descriptor()->file(),
                           v1::Part::descriptor()->file(), v1::Customer::descriptor()->file()}) {
    for (int i = 0; i < file->service(0)->method_count(); ++i) {
      const auto* method = file->service(0)->method(i);
      if (method->name() != "Get" + method->output_type()->name()) continue;
      permissions[method->output_type()->options().GetExtension(options::v1::resource).collection()] =
          method->options().GetExtension(options::v1::method).permission();
    }
  }
  return permissions;
}

TEST(AttachmentParentsTest, AreThoseOfTheApiAndReadByThoseWhoReadThem) {
  std::vector<std::string> collections;
  const std::map<std::string, std::string> read = ReadPermissions();
  const std::map<std::string, std::string> parents = AttachmentParents::Permissions();
  for (const auto& [collection, permission] : parents) {
    collections.push_back(collection);
    ASSERT_EQ(read.count(collection), 1u) << collection;
    EXPECT_EQ(read.at(collection), permission) << collection;
  }
  for (const auto* message : {v1::Attachment::descriptor(), v1::ListAttachmentsRequest::descriptor()}) {
    const auto& rule = message->FindFieldByName("parent")->options().GetExtension(options::v1::field);
    EXPECT_THAT(collections, ::testing::UnorderedElementsAreArray(rule.reference())) << message->full_name();
  }
}

}  // namespace
}  // namespace aftersales
