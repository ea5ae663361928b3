// A case's file: what it must hold, judged by the case's pack, and what it holds.
#ifndef AFTERSALES_SERVER_ARCHIVE_CASE_FILE_H_
#define AFTERSALES_SERVER_ARCHIVE_CASE_FILE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "aftersales/v1/archive.pb.h"
#include "aftersales/v1/case.pb.h"
#include "server/obligations/obligations.h"
#include "server/storage/database.h"

namespace aftersales {

struct FileJudgement {
  std::vector<v1::FileRequirement> requirements;
  bool timely = false;
};

absl::StatusOr<FileJudgement> JudgeFile(Reader& reader, Obligations& obligations, const v1::Case& service_case);
absl::StatusOr<v1::CaseFile> ReadCaseFile(Reader& reader, Obligations& obligations, const v1::Case& service_case);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ARCHIVE_CASE_FILE_H_
