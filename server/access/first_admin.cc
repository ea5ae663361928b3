#include "server/access/first_admin.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "aftersales/v1/event.pb.h"
#include "server/access/access_rules.h"
#include "server/access/access_store.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/obligations/obligations.h"

namespace aftersales {
namespace {

constexpr char kFirstToken[] = "tokens/first";

absl::Status FileError(const std::string& path, const std::string& what) {
  return Error(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_STATE_FORBIDS,
               absl::StrCat("The first administrator's token cannot be delivered: ", path, " ", what))
      .With("resource", path);
}

absl::Status SystemError(const std::string& path, const std::string& what) {
  return FileError(path, absl::StrCat(what, ": ", std::strerror(errno),
                                      ". Name another file with --admin-token-file, or put this right."));
}

bool Exists(const std::string& path) {
  struct stat found;
  return lstat(path.c_str(), &found) == 0;
}

// The file in which a token waits. Locked while this lives, so that of two servers with one path the second waits.
class PendingFile {
 public:
  static absl::StatusOr<PendingFile> Open(const std::string& path) {
    while (true) {
      const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
      if (fd < 0) return SystemError(path, "cannot be opened");
      PendingFile file(path, fd);
      if (flock(fd, LOCK_EX) != 0) return SystemError(path, "cannot be locked");
      struct stat opened;
      if (fstat(fd, &opened) != 0) return SystemError(path, "cannot be examined");
      if (!S_ISREG(opened.st_mode) || opened.st_uid != geteuid() || (opened.st_mode & 077) != 0) {
        return FileError(path, "is not a private file of this user. Remove it and start again.");
      }
      // Who held the lock before may have removed the file meanwhile.
      if (file.IsAlso(path)) return file;
    }
  }
  PendingFile(PendingFile&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
  PendingFile& operator=(PendingFile&&) = delete;
  ~PendingFile() {
    if (fd_ >= 0) close(fd_);
  }

  std::string Read() const {
    char text[128];
    const ssize_t count = pread(fd_, text, sizeof(text), 0);
    return count <= 0 ? "" : std::string(absl::StripSuffix(absl::string_view(text, static_cast<size_t>(count)), "\n"));
  }

  absl::Status Write(const std::string& secret) const {
    const std::string line = absl::StrCat(secret, "\n");
    if (ftruncate(fd_, 0) != 0 || pwrite(fd_, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size()) ||
        fsync(fd_) != 0) {
      return SystemError(path_, "cannot be written");
    }
    return SyncFolder();
  }

  // Gives the file its final name; fails where something has that name already.
  absl::Status Deliver(const std::string& token_file) const {
    if (link(path_.c_str(), token_file.c_str()) != 0) {
      if (errno != EEXIST) return SystemError(token_file, "cannot be made");
      // Killed between the link and the removal of the other name, it is this very file.
      if (!IsAlso(token_file)) {
        return FileError(token_file, absl::StrCat("exists already and is never overwritten; the token waits in ", path_,
                                                  ". Move the older file away and start again."));
      }
    }
    return Remove();
  }

  absl::Status Remove() const {
    if (unlink(path_.c_str()) != 0) return SystemError(path_, "cannot be removed");
    return SyncFolder();
  }

 private:
  PendingFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  bool IsAlso(const std::string& other) const {
    struct stat mine;
    struct stat named;
    return fstat(fd_, &mine) == 0 && lstat(other.c_str(), &named) == 0 && mine.st_ino == named.st_ino &&
           mine.st_dev == named.st_dev;
  }

  absl::Status SyncFolder() const {
    const size_t slash = path_.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path_.substr(0, slash);
    const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return SystemError(folder, "cannot be opened");
    const bool synced = fsync(fd) == 0;
    close(fd);
    return synced ? absl::OkStatus() : SystemError(folder, "cannot be written");
  }

  std::string path_;
  int fd_;
};

void RecordMade(Tx& tx, const std::string& name, const std::string& change) {
  v1::Event event;
  event.set_type(v1::EVENT_TYPE_ACCESS_CHANGED);
  event.set_root(name);
  event.set_root_version(1);
  event.set_subject(name);
  event.mutable_access_change()->set_change(change);
  Obligations::RecordPlain(tx, event);
}

// Makes the administrator unless there is a principal already.
absl::Status MakeAdmin(Database& db, Call& call, const std::string& hash) {
  return db.WriteOwn(call, [&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(LockPrincipals(tx));
    if (HasPrincipals(tx)) return absl::OkStatus();
    v1::Principal admin;
    admin.set_name(kFirstAdmin);
    admin.set_display_name("First administrator");
    admin.add_roles()->set_role(v1::ROLE_ADMIN);
    RETURN_IF_ERROR(Principals().Insert(tx, admin));
    v1::Token token;
    token.set_name(kFirstToken);
    token.set_state(v1::TOKEN_STATE_VALID);
    token.set_principal(kFirstAdmin);
    token.set_description("Made by the first start");
    *token.mutable_expire_time() = ToProto(tx.now() + kLongestTokenLife);
    RETURN_IF_ERROR(Tokens().Insert(tx, token));
    KeepSecretHash(tx, kFirstToken, hash);
    RecordMade(tx, kFirstAdmin, "principal-created");
    RecordMade(tx, kFirstToken, "token-created");
    return absl::OkStatus();
  });
}

// A further token for the first administrator, who is put back in office.
absl::Status RestoreAdmin(Database& db, Call& call, const std::string& hash) {
  return db.WriteOwn(call, [&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(LockPrincipals(tx));
    ASSIGN_OR_RETURN(v1::Principal admin, Principals().Lock(tx, kFirstAdmin));
    if (!IsEnabledAdmin(admin)) {
      admin.set_disabled(false);
      admin.add_roles()->set_role(v1::ROLE_ADMIN);
      RETURN_IF_ERROR(Principals().Update(tx, admin));
      RecordMade(tx, kFirstAdmin, "principal-restored");
    }
    v1::Token token;
    token.set_name(absl::StrCat("tokens/restored-", tx.NewId()));
    token.set_state(v1::TOKEN_STATE_VALID);
    token.set_principal(kFirstAdmin);
    token.set_description("Made by aftersalesd admin-token");
    *token.mutable_expire_time() = ToProto(tx.now() + kLongestTokenLife);
    RETURN_IF_ERROR(Tokens().Insert(tx, token));
    KeepSecretHash(tx, token.name(), hash);
    RecordMade(tx, token.name(), "token-created");
    return absl::OkStatus();
  });
}

absl::StatusOr<bool> AnyPrincipal(Database& db, Call& call) {
  return db.Read<bool>(call, [](Reader& reader) -> absl::StatusOr<bool> { return HasPrincipals(reader); });
}

// The waiting token was registered before the server that wrote it was killed.
absl::StatusOr<bool> IsRegistered(Database& db, Call& call, const std::string& secret) {
  if (!LooksLikeSecret(secret)) return false;
  return db.Read<bool>(
      call, [&](Reader& reader) -> absl::StatusOr<bool> { return !TokenOfHash(reader, HashOfSecret(secret)).empty(); });
}

}  // namespace

absl::Status EnsureFirstAdmin(Database& db, Call& call, const std::string& token_file) {
  const std::string pending_path = absl::StrCat(token_file, ".pending");
  ASSIGN_OR_RETURN(const bool has_principals, AnyPrincipal(db, call));
  if (has_principals && (token_file.empty() || !Exists(pending_path))) return absl::OkStatus();
  if (token_file.empty()) {
    return FileError("--admin-token-file",
                     "is not set, and nobody can sign in to this database yet. Set it to a new file.");
  }
  ASSIGN_OR_RETURN(const PendingFile pending, PendingFile::Open(pending_path));
  ASSIGN_OR_RETURN(const bool registered, IsRegistered(db, call, pending.Read()));
  if (registered) return pending.Deliver(token_file);
  ASSIGN_OR_RETURN(const bool appeared, AnyPrincipal(db, call));
  if (appeared) return pending.Remove();
  if (Exists(token_file)) {
    RETURN_IF_ERROR(pending.Remove());
    return FileError(
        token_file,
        "exists already, and nobody can sign in to this database yet. A file is never overwritten: move it "
        "away, or name another one with --admin-token-file.");
  }
  const std::string secret = MakeSecret();
  RETURN_IF_ERROR(pending.Write(secret));
  // Where this fails the commit may have happened all the same: the file stays, and the next start finds out.
  RETURN_IF_ERROR(MakeAdmin(db, call, HashOfSecret(secret)));
  // Asked instead of remembered: a transaction run again after a lost connection finds what it made itself.
  ASSIGN_OR_RETURN(const bool mine, IsRegistered(db, call, secret));
  return mine ? pending.Deliver(token_file) : pending.Remove();
}

absl::Status IssueAdminToken(Database& db, Call& call, const std::string& token_file) {
  if (Exists(token_file)) {
    return FileError(token_file,
                     "exists already. A file is never overwritten: move it away, or name another one with "
                     "--admin-token-file.");
  }
  ASSIGN_OR_RETURN(const PendingFile pending, PendingFile::Open(absl::StrCat(token_file, ".pending")));
  const std::string secret = MakeSecret();
  RETURN_IF_ERROR(pending.Write(secret));
  RETURN_IF_ERROR(RestoreAdmin(db, call, HashOfSecret(secret)));
  return pending.Deliver(token_file);
}

}  // namespace aftersales
