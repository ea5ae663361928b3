#include "tests/bench/sql_script.h"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/random.h"
#include "server/base/status_macros.h"
#include "tests/bench/processes.h"

namespace aftersales::bench {
namespace {

// Far above the ids that the server gives out meanwhile.
std::atomic<int64_t> next_id{1'000'000'000'000};

RE2::Options Bytes() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);  // the log holds whatever bytes were sent
  options.set_dot_nl(true);
  return options;
}

// The log's lines are: time or nothing, number of the connection, command, text. A text goes on in lines of no such
// shape.
std::vector<LoggedStatement> ParseLog(const std::string& text) {
  static const RE2 entry(R"((?:\d{6} [ \d]\d:\d\d:\d\d)?\t+ *(\d+) (\w[\w ]*)\t(.*))", Bytes());
  std::vector<LoggedStatement> found;
  bool in_statement = false;
  for (const auto& line : absl::StrSplit(text, '\n')) {
    int64_t connection = 0;
    std::string command;
    std::string sql;
    if (RE2::FullMatch(re2::StringPiece(line.data(), line.size()), entry, &connection, &command, &sql)) {
      in_statement = command == "Query" || command == "Execute";
      if (in_statement) found.push_back({connection, sql});
    } else if (in_statement) {
      absl::StrAppend(&found.back().sql, "\n", line);
    }
  }
  // Every entry ends with a line break, the last one with the text's.
  for (LoggedStatement& statement : found) {
    while (absl::EndsWith(statement.sql, "\n")) statement.sql.pop_back();
  }
  return found;
}

std::string NumberOf(const std::string& case_name) { return case_name.substr(case_name.find('/') + 1); }

bool IsDigit(const std::string& text, size_t at) {
  return at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0;
}

// Row ids that a transaction uses: names of obligations, keys of events.
std::vector<std::string> IdsOf(const std::vector<std::string>& statements) {
  static const RE2 named(R"(obligations/(\d+))", Bytes());
  static const RE2 first_column(R"((?:VALUES |\), )\((\d+), ')", Bytes());
  std::vector<std::string> ids;
  const auto collect = [&ids](const std::string& sql, const RE2& pattern) {
    re2::StringPiece rest(sql);
    std::string id;
    while (RE2::FindAndConsume(&rest, pattern, &id)) {
      if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    }
  };
  for (const std::string& sql : statements) {
    collect(sql, named);
    if (absl::StartsWith(sql, "INSERT INTO event")) collect(sql, first_column);
  }
  return ids;
}

}  // namespace

absl::StatusOr<std::vector<LoggedStatement>> Capture(SqlConnection& root, const std::string& folder,
                                                     absl::FunctionRef<absl::Status()> work) {
  const std::string path = absl::StrCat(folder, "/statements.log");
  std::filesystem::remove(path);
  RETURN_IF_ERROR(root.Run("SET GLOBAL log_output = 'FILE'"));
  RETURN_IF_ERROR(root.Run(absl::StrCat("SET GLOBAL general_log_file = '", path, "'")));
  RETURN_IF_ERROR(root.Run("SET GLOBAL general_log = 1"));
  const absl::Status worked = work();
  RETURN_IF_ERROR(root.Run("SET GLOBAL general_log = 0"));
  RETURN_IF_ERROR(worked);
  return ParseLog(ReadFile(path));
}

absl::StatusOr<SqlScript> SqlScript::OfGet(const std::vector<LoggedStatement>& log, const std::string& case_name) {
  SqlScript script;
  const std::vector<Token> tokens = {{.text = NumberOf(case_name), .slot = Slot::kNumber}};
  for (const LoggedStatement& statement : log) {
    const bool about_it = absl::StartsWith(statement.sql, "SELECT") && absl::StrContains(statement.sql, case_name);
    if (about_it) script.statements_.push_back(Cut(statement.sql, tokens));
  }
  if (script.size() == 0) return absl::InternalError("GetCase sent no select that names the case");
  return script;
}

absl::StatusOr<SqlScript> SqlScript::OfCreate(const std::vector<LoggedStatement>& log, const std::string& case_name,
                                              const std::string& request_id) {
  const auto inserts = std::find_if(log.begin(), log.end(), [&](const LoggedStatement& statement) {
    return absl::StartsWith(statement.sql, "INSERT INTO service_case") && absl::StrContains(statement.sql, case_name);
  });
  if (inserts == log.end()) return absl::InternalError("CreateCase sent no INSERT INTO service_case");
  std::vector<std::string> statements;
  bool complete = false;
  for (auto it = log.begin(); it != log.end() && !complete; ++it) {
    if (it->connection != inserts->connection) continue;
    if (it <= inserts && it->sql == "BEGIN") statements.clear();
    statements.push_back(it->sql);
    complete = it > inserts && it->sql == "COMMIT";
  }
  if (!complete || statements.front() != "BEGIN") {
    return absl::InternalError("the statements of CreateCase are no transaction from BEGIN to COMMIT");
  }
  SqlScript script;
  std::vector<Token> tokens = {{.text = NumberOf(case_name), .slot = Slot::kNumber},
                               {.text = request_id, .slot = Slot::kRequest}};
  for (const std::string& id : IdsOf(statements))
    tokens.push_back({.text = id, .slot = Slot::kId, .id = script.ids_++});
  for (const std::string& sql : statements) script.statements_.push_back(Cut(sql, tokens));
  return script;
}

std::vector<SqlScript::Piece> SqlScript::Cut(const std::string& sql, const std::vector<Token>& tokens) {
  const auto token_at = [&](size_t at) -> const Token* {
    for (const Token& token : tokens) {
      if (sql.compare(at, token.text.size(), token.text) != 0) continue;
      // An id must not be found inside a longer number, such as a time.
      const bool part = (at > 0 && IsDigit(sql, at - 1)) || IsDigit(sql, at + token.text.size());
      if (token.slot != Slot::kId || !part) return &token;
    }
    return nullptr;
  };
  std::vector<Piece> pieces(1);
  for (size_t at = 0; at < sql.size();) {
    const Token* token = token_at(at);
    if (token == nullptr) {
      pieces.back().text += sql[at++];
      continue;
    }
    pieces.push_back({.slot = token->slot, .id = token->id});
    pieces.emplace_back();
    at += token->text.size();
  }
  return pieces;
}

void SqlScript::Write(const std::string& case_name, std::vector<std::string>& statements) const {
  const std::string number = NumberOf(case_name);
  const std::string request_id = RandomUuid();
  const int64_t first_id = ids_ == 0 ? 0 : next_id.fetch_add(static_cast<int64_t>(ids_));
  statements.resize(statements_.size());
  for (size_t i = 0; i < statements_.size(); ++i) {
    std::string& sql = statements[i];
    sql.clear();
    for (const Piece& piece : statements_[i]) {
      switch (piece.slot) {
        case Slot::kText: sql += piece.text; break;
        case Slot::kNumber: sql += number; break;
        case Slot::kRequest: sql += request_id; break;
        case Slot::kId: absl::StrAppend(&sql, first_id + static_cast<int64_t>(piece.id)); break;
      }
    }
  }
}

size_t SqlScript::bytes() const {
  size_t total = 0;
  for (const auto& statement : statements_) {
    for (const Piece& piece : statement) total += piece.text.size();
  }
  return total;
}

}  // namespace aftersales::bench
