#include "server/storage/dialect.h"

#include <cctype>
#include <map>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace aftersales {
namespace {

// SQLite's result codes, by their documented numbers: its header cannot be included beside SOCI's.
enum SqliteCode {
  kSqliteError = 1,
  kSqlitePermission = 3,
  kSqliteBusy = 5,
  kSqliteLocked = 6,
  kSqliteReadOnly = 8,
  kSqliteInterrupt = 9,
  kSqliteInputOutput = 10,
  kSqliteCorrupt = 11,
  kSqliteFull = 13,
  kSqliteCannotOpen = 14,
  kSqliteTooBig = 18,
  kSqliteConstraint = 19,
  kSqliteMismatch = 20,
  kSqliteNotADatabase = 26,
  kSqlitePrimaryKey = 1555,
  kSqliteUnique = 2067,
  kSqliteRowId = 2579,
};

std::string_view TableOptions(Engine engine) {
  switch (engine) {
    case Engine::kSqlite: return "";
    // Compared byte by byte without padding, as SQLite does.
    case Engine::kMariaDb:
      return "ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
    case Engine::kMySql:
      return "ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin";
  }
  return "";
}

}  // namespace

FaultKind ClassifyMySql(unsigned int number) {
  switch (number) {
    case 1062:
    case 1586:
    case 1859: return FaultKind::kDuplicate;
    case 1213:
    case 1020: return FaultKind::kDeadlock;
    case 1205: return FaultKind::kLockTimeout;
    // 1040 too many connections, 1047 node not ready, 1053 shutting down, 1080 forced close, 1152..1161 broken packets,
    // 1158..1161 network, 1180 error during commit, 1184 aborted, 1203 user's connections, 1317 interrupted (KILL
    // QUERY), 1927 killed, 2002..2055 the client's own.
    case 1040:
    case 1047:
    case 1053:
    case 1080:
    case 1152:
    case 1154:
    case 1156:
    case 1157:
    case 1158:
    case 1159:
    case 1160:
    case 1161:
    case 1180:
    case 1184:
    case 1203:
    case 1317:
    case 1927:
    case 2002:
    case 2003:
    case 2005:
    case 2006:
    case 2012:
    case 2013:
    case 2014:
    case 2026:
    case 2027:
    case 2048:
    case 2055:
    case 3169:
    case 4031: return FaultKind::kConnection;
    case 1969:
    case 3024: return FaultKind::kStatementTime;
    // 3 and 20 come from the file layer; 1021 disk full, 1026 error writing, 1114 table full.
    case 3:
    case 20:
    case 1021:
    case 1026:
    case 1114: return FaultKind::kFull;
    case 1290:
    case 1792:
    case 1836:
    case 3100: return FaultKind::kReadOnly;
    case 1048:
    case 1153:
    case 1162:
    case 1264:
    case 1265:
    case 1292:
    case 1300:
    case 1364:
    case 1366:
    case 1406:
    case 2020:
    case 3140: return FaultKind::kData;
    case 1044:
    case 1045:
    case 1049:
    case 1129:
    case 1130:
    case 1142:
    case 1143:
    case 1227:
    case 1251:
    case 1698:
    case 2054:
    case 2059:
    case 4151: return FaultKind::kRefused;
    case 1054:
    case 1146: return FaultKind::kSchema;
    default: return FaultKind::kDefect;
  }
}

FaultKind ClassifySqlite(int code) {
  if (code == kSqliteUnique || code == kSqlitePrimaryKey || code == kSqliteRowId) return FaultKind::kDuplicate;
  switch (code & 0xff) {
    case kSqliteBusy:
    case kSqliteLocked: return FaultKind::kLockTimeout;
    case kSqliteReadOnly:
    case kSqlitePermission: return FaultKind::kReadOnly;
    case kSqliteInterrupt: return FaultKind::kStatementTime;
    case kSqliteFull: return FaultKind::kFull;
    case kSqliteInputOutput: return FaultKind::kConnection;
    case kSqliteCannotOpen:
    case kSqliteNotADatabase:
    case kSqliteCorrupt: return FaultKind::kRefused;
    case kSqliteTooBig:
    case kSqliteMismatch: return FaultKind::kData;
    default: return FaultKind::kDefect;
  }
}

std::string_view LockClause(Engine engine) { return engine == Engine::kSqlite ? "" : " FOR UPDATE"; }

absl::StatusOr<std::string> ExpandMacros(Engine engine, std::string_view text) {
  const bool sqlite = engine == Engine::kSqlite;
  std::string expanded;
  size_t at = 0;
  while (at < text.size()) {
    if (text[at] != '@') {
      expanded += text[at++];
      continue;
    }
    size_t end = at + 1;
    while (end < text.size() && (std::islower(static_cast<unsigned char>(text[end])) || text[end] == '_')) ++end;
    const std::string_view name = text.substr(at + 1, end - at - 1);
    if (name == "long_text") {
      expanded += sqlite ? "TEXT" : "LONGTEXT";
    } else if (name == "bytes") {
      expanded += sqlite ? "BLOB" : "LONGBLOB";
    } else if (name == "table_options") {
      expanded += TableOptions(engine);
    } else if (name == "time" && end < text.size() && text[end] == '(') {
      const size_t close = text.find(')', end);
      if (close == std::string_view::npos) return InternalError("@time( is not closed");
      const std::string column(text.substr(end + 1, close - end - 1));
      expanded += sqlite ? absl::StrCat("strftime('%Y-%m-%d %H:%M:%f', ", column, " / 1000000.0, 'unixepoch')")
                         : absl::StrCat("TIMESTAMPADD(MICROSECOND, ", column, ", TIMESTAMP '1970-01-01 00:00:00')");
      end = close + 1;
    } else {
      return InternalError(absl::StrCat("the migration has an unknown macro: @", std::string(name)));
    }
    at = end;
  }
  return expanded;
}

std::string WithNames(std::string_view sql, size_t* parameters) {
  std::string named;
  named.reserve(sql.size() + 64);
  bool quoted = false;
  *parameters = 0;
  for (size_t i = 0; i < sql.size(); ++i) {
    const char c = sql[i];
    if (c == '\'') quoted = !quoted;
    if (quoted || c != '?') {
      const bool misread =
          c == '"' || c == '`' || c == ':' || c == '#' || (c == '-' && i + 1 < sql.size() && sql[i + 1] == '-');
      if (misread && !quoted) {
        throw Fault(FaultKind::kDefect, 0,
                    absl::StrCat("statement with a sign that SOCI misreads: ", std::string(sql)));
      }
      named += c;
      continue;
    }
    absl::StrAppend(&named, ":v", (*parameters)++);
  }
  return named;
}

}  // namespace aftersales
