// AttachmentClient: uploads and downloads as one call each.
#include "aftersales/services/attachments.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "aftersales/errors.h"
#include "client/src/sha256.h"

namespace aftersales {
namespace {

constexpr size_t kChunk = 256 * 1024;
constexpr char kUpload[] = "/aftersales.v1.AttachmentService/UploadAttachment";
constexpr char kDownload[] = "/aftersales.v1.AttachmentService/DownloadAttachment";

// What is left of the time for all of a transfer, and the waits between its attempts.
class Attempts {
 public:
  explicit Attempts(const TransferOptions& options) : options_(options), left_(options.repeats) {
    if (options.timeout > absl::ZeroDuration()) deadline_ = absl::Now() + options.timeout;
  }

  CallOptions ForCall() const {
    CallOptions call;
    call.idle_timeout = options_.idle_timeout;
    // A call without any time left still ends with the right status.
    if (deadline_ != absl::InfiniteFuture()) call.timeout = std::max(deadline_ - absl::Now(), absl::Milliseconds(1));
    return call;
  }

  // It got somewhere: what breaks off now is a new mishap.
  void Progress() {
    left_ = options_.repeats;
    wait_ = kFirstWait;
  }

  // Waits for the next attempt; false where there is none to be made.
  bool Again(const absl::Status& why) {
    if (!absl::IsUnavailable(why) || left_ <= 0) return false;
    const absl::Duration wait = std::max(wait_, RetryDelay(why).value_or(absl::ZeroDuration()));
    if (absl::Now() + wait >= deadline_) return false;
    --left_;
    wait_ *= 2;
    if (options_.sleep) {
      options_.sleep(wait);
    } else {
      absl::SleepFor(wait);
    }
    return true;
  }

 private:
  static constexpr absl::Duration kFirstWait = absl::Milliseconds(500);

  const TransferOptions& options_;
  absl::Time deadline_ = absl::InfiniteFuture();
  absl::Duration wait_ = kFirstWait;
  int left_;
};

absl::Status FileError(const std::string& path, const std::string& what) {
  return absl::FailedPreconditionError(absl::StrCat(path, " ", what));
}

struct FileContent {
  int64_t size = 0;
  std::string sha256;
};

absl::StatusOr<FileContent> Measure(const std::string& path) {
  struct stat about = {};
  if (stat(path.c_str(), &about) != 0) return FileError(path, "does not exist or may not be read");
  if (!S_ISREG(about.st_mode)) return FileError(path, "is no file");
  std::ifstream file(path, std::ios::binary);
  FileContent content;
  Sha256 digest;
  std::string bytes(kChunk, '\0');
  while (file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())), file.gcount() > 0) {
    digest.Add(absl::string_view(bytes.data(), static_cast<size_t>(file.gcount())));
    content.size += file.gcount();
  }
  if (!file.eof()) return FileError(path, "cannot be read");
  content.sha256 = digest.Hex();
  return content;
}

std::string Basename(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// By what the file's name ends with; empty where that says nothing.
std::string MediaTypeOf(const std::string& filename) {
  static constexpr std::pair<const char*, const char*> kEndings[] = {
      {"amr", "audio/amr"},
      {"csv", "text/csv"},
      {"doc", "application/msword"},
      {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
      {"gif", "image/gif"},
      {"heic", "image/heic"},
      {"jpeg", "image/jpeg"},
      {"jpg", "image/jpeg"},
      {"m4a", "audio/mp4"},
      {"mov", "video/quicktime"},
      {"mp3", "audio/mpeg"},
      {"mp4", "video/mp4"},
      {"odp", "application/vnd.oasis.opendocument.presentation"},
      {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
      {"odt", "application/vnd.oasis.opendocument.text"},
      {"ogg", "audio/ogg"},
      {"pdf", "application/pdf"},
      {"png", "image/png"},
      {"ppt", "application/vnd.ms-powerpoint"},
      {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
      {"tif", "image/tiff"},
      {"tiff", "image/tiff"},
      {"txt", "text/plain"},
      {"wav", "audio/wav"},
      {"webp", "image/webp"},
      {"xls", "application/vnd.ms-excel"},
      {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
      {"zip", "application/zip"},
  };
  const size_t dot = filename.rfind('.');
  if (dot == std::string::npos) return "";
  const std::string ending = absl::AsciiStrToLower(filename.substr(dot + 1));
  for (const auto& [known, type] : kEndings) {
    if (ending == known) return type;
  }
  return "";
}

}  // namespace

absl::StatusOr<v1::Attachment> AttachmentClient::SendUpload(const v1::UploadStart& start, const ByteSource& source,
                                                            const TransferOptions& options,
                                                            const CallOptions& call) const {
  v1::UploadAttachmentRequest request;
  v1::Attachment reply;
  bool started = false;
  bool answered = false;
  int64_t sent = 0;
  const auto next = [&]() -> absl::StatusOr<bool> {
    if (!started) {
      started = true;
      *request.mutable_start() = start;
      return true;
    }
    if (options.progress) options.progress(sent, start.attachment().size());
    absl::StatusOr<std::string> bytes = source(kChunk);
    if (!bytes.ok()) return bytes.status();
    if (bytes->empty()) return false;
    sent += static_cast<int64_t>(bytes->size());
    request.set_chunk(*std::move(bytes));
    return true;
  };
  const auto take = [&] {
    answered = true;
    return absl::OkStatus();
  };
  const absl::Status status = connection()->Exchange(kUpload, request, next, reply, take, call);
  if (!status.ok()) return status;
  if (!answered) return absl::InternalError("the server ended the upload without an answer");
  return reply;
}

absl::StatusOr<v1::Attachment> AttachmentClient::Upload(v1::UploadStart start, const ByteSource& source,
                                                        const TransferOptions& options) const {
  EnsureRequestId(start);
  return SendUpload(start, source, options, Attempts(options).ForCall());
}

absl::StatusOr<v1::Attachment> AttachmentClient::UploadFile(v1::UploadStart start, const std::string& path,
                                                            const TransferOptions& options) const {
  const absl::StatusOr<FileContent> content = Measure(path);
  if (!content.ok()) return content.status();
  EnsureRequestId(start);
  v1::Attachment& attachment = *start.mutable_attachment();
  if (attachment.filename().empty()) attachment.set_filename(Basename(path));
  if (attachment.media_type().empty()) attachment.set_media_type(MediaTypeOf(attachment.filename()));
  if (attachment.media_type().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": its name does not tell what type it is of; name a media type, such as image/jpeg"));
  }
  attachment.set_size(content->size);
  attachment.set_sha256(content->sha256);
  for (Attempts attempts(options);;) {
    std::ifstream file(path, std::ios::binary);
    const auto source = [&](size_t most) -> absl::StatusOr<std::string> {
      std::string bytes(most, '\0');
      file.read(bytes.data(), static_cast<std::streamsize>(most));
      if (file.bad() || (file.fail() && !file.eof())) return FileError(path, "cannot be read");
      bytes.resize(static_cast<size_t>(file.gcount()));
      return bytes;
    };
    absl::StatusOr<v1::Attachment> uploaded = SendUpload(start, source, options, attempts.ForCall());
    if (uploaded.ok() || !attempts.Again(uploaded.status())) return uploaded;
  }
}

absl::StatusOr<v1::Attachment> AttachmentClient::Download(v1::DownloadAttachmentRequest request, const ByteSink& sink,
                                                          const TransferOptions& options) const {
  v1::Attachment attachment;
  for (Attempts attempts(options);;) {
    const std::unique_ptr<MessageStream> stream = connection()->ServerStream(kDownload, request, attempts.ForCall());
    v1::DownloadAttachmentResponse message;
    while (stream->Read(message)) {
      if (message.has_attachment()) attachment = message.attachment();
      if (!message.chunk().empty()) {
        attempts.Progress();
        if (absl::Status taken = sink(message.chunk()); !taken.ok()) {
          stream->Cancel();
          stream->Finish().IgnoreError();
          return taken;
        }
        request.set_offset(request.offset() + static_cast<int64_t>(message.chunk().size()));
      }
      if (options.progress) options.progress(request.offset(), attachment.size());
      message.Clear();
    }
    absl::Status ending = stream->Finish();
    if (ending.ok() && request.offset() != attachment.size()) {
      ending = absl::UnavailableError(absl::StrCat("the download of ", request.name(), " ended early"));
    }
    if (ending.ok()) return attachment;
    if (!attempts.Again(ending)) return ending;
  }
}

absl::StatusOr<v1::Attachment> AttachmentClient::DownloadFile(const std::string& name, const std::string& path,
                                                              const TransferOptions& options) const {
  v1::GetAttachmentRequest get;
  get.set_name(name);
  const absl::StatusOr<v1::Attachment> wanted = GetAttachment(get);
  if (!wanted.ok()) return wanted.status();
  // Of these bytes and no others: what somebody else keeps under a name like it is neither continued nor replaced.
  const std::string part = absl::StrCat(path, ".", wanted->sha256().substr(0, 16), ".part");
  struct stat about = {};
  const bool exists = lstat(part.c_str(), &about) == 0;
  if (exists && !S_ISREG(about.st_mode)) return FileError(part, "is no file of ours; remove it");
  const bool there = exists && about.st_size <= wanted->size();
  // A part that turns out to be of something else is thrown away, and everything is fetched once more.
  for (int64_t offset = there ? about.st_size : 0;; offset = 0) {
    absl::Status fetched = FetchInto(*wanted, part, offset, options);
    if (!fetched.ok()) return fetched;
    const absl::StatusOr<FileContent> got = Measure(part);
    if (!got.ok()) return got.status();
    if (got->sha256 == wanted->sha256()) break;
    std::remove(part.c_str());
    if (offset == 0) return absl::DataLossError(absl::StrCat(name, " came with other bytes than its SHA-256 says"));
  }
  if (std::rename(part.c_str(), path.c_str()) != 0) return FileError(path, "cannot be written");
  return wanted;
}

absl::Status AttachmentClient::FetchInto(const v1::Attachment& attachment, const std::string& path, int64_t offset,
                                         const TransferOptions& options) const {
  std::ofstream file(path, std::ios::binary | (offset > 0 ? std::ios::app : std::ios::trunc));
  if (!file) return FileError(path, "cannot be written");
  v1::DownloadAttachmentRequest request;
  request.set_name(attachment.name());
  request.set_offset(offset);
  const auto sink = [&](absl::string_view bytes) {
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return file ? absl::OkStatus() : FileError(path, "cannot be written; is the disk full?");
  };
  const absl::Status status = Download(std::move(request), sink, options).status();
  if (!status.ok()) return status;
  return file.flush() ? absl::OkStatus() : FileError(path, "cannot be written; is the disk full?");
}

}  // namespace aftersales
