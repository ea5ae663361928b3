#include "client/cli/import_source.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cli/catalog.h"
#include "client/cli/text.h"
#include "client/cli/values.h"

namespace aftersales::cli {
namespace {

namespace fs = std::filesystem;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kByteOrderMark[] = "\xef\xbb\xbf";
constexpr char kNotUtf8[] = "is not UTF-8; convert the file first, as in 'iconv -f GB18030 -t UTF-8'";

std::string Normal(const std::string& word) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(absl::StripAsciiWhitespace(word)), {{"-", "_"}, {" ", "_"}});
}

// The field of a row whose kind has this name, in the singular or plural.
const FieldDescriptor* KindNamed(const std::string& word) {
  const auto* row = v1::DirectoryRow::descriptor();
  for (int i = 0; i < row->field_count(); ++i) {
    const FieldDescriptor* field = row->field(i);
    const std::string& collection = field->message_type()->options().GetExtension(options::v1::resource).collection();
    if (word == field->name() || word == field->name() + "s" || word == collection) return field;
  }
  return nullptr;
}

// What a column of CSV can be filled from.
bool FitsInCell(const FieldDescriptor* field) {
  if (RuleOf(field).output_only()) return false;
  return field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || (IsTimestamp(field) && !field->is_repeated());
}

std::vector<std::string> ColumnNames(const google::protobuf::Descriptor* type) {
  std::vector<std::string> names;
  for (int i = 0; i < type->field_count(); ++i) {
    if (!FitsInCell(type->field(i))) continue;
    names.push_back(type->field(i)->name());
    if (RuleOf(type->field(i)).reference_size() == 1) names.push_back(type->field(i)->name() + ".external_id");
  }
  return names;
}

}  // namespace

std::vector<std::string> ImportKinds() {
  std::vector<std::string> kinds;
  const auto* row = v1::DirectoryRow::descriptor();
  for (int i = 0; i < row->field_count(); ++i) {
    const std::string& name = row->field(i)->name();
    kinds.push_back(name == "staff_member" ? "staff" : name);
  }
  std::sort(kinds.begin(), kinds.end());
  return kinds;
}

absl::StatusOr<std::unique_ptr<ImportSource>> ImportSource::Open(ImportFiles files) {
  std::unique_ptr<ImportSource> source(new ImportSource(std::move(files)));
  if (const std::string& kind = source->files_.kind; !kind.empty() && KindNamed(Normal(kind)) == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("--kind '", Printable(kind),
                                                   "' is none of: ", absl::StrJoin(ImportKinds(), ", "),
                                                   DidYouMean(kind, ImportKinds())));
  }
  bool sized = true;
  for (const std::string& path : source->files_.paths) {
    if (source->IsCsv(path) && source->KindOf(path) == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("which kind the rows of '", Printable(path),
                                                     "' are is not known; give "
                                                     "--kind, or name the file after it, as in customers.csv"));
    }
    if (path == "-") {
      sized = false;
      continue;
    }
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status) || fs::is_directory(status) || !std::ifstream(path)) {
      return absl::NotFoundError(absl::StrCat("the file '", Printable(path), "' cannot be read"));
    }
    sized = sized && fs::is_regular_file(status);
    if (sized) source->bytes_ += static_cast<int64_t>(fs::file_size(path, error));
  }
  if (!sized) source->bytes_ = 0;
  return source;
}

bool ImportSource::IsCsv(const std::string& path) const {
  if (files_.format != ImportFormat::kByName) return files_.format == ImportFormat::kCsv;
  return absl::EndsWithIgnoreCase(path, ".csv");
}

const FieldDescriptor* ImportSource::KindOf(const std::string& path) const {
  if (!files_.kind.empty()) return KindNamed(Normal(files_.kind));
  // "customers-2026-11.csv" holds customers.
  std::string stem = Normal(fs::path(path).stem().string());
  while (!stem.empty()) {
    if (const FieldDescriptor* kind = KindNamed(stem)) return kind;
    const size_t cut = stem.find_last_of("_.");
    stem.resize(cut == std::string::npos ? 0 : cut);
  }
  return nullptr;
}

std::string ImportSource::Text(RowPlace place) const {
  return absl::StrCat(Printable(files_.paths[place.file]), ":", place.line);
}

int64_t ImportSource::bytes_read() {
  if (in_ != &file_) return bytes_before_;
  const auto position = static_cast<int64_t>(file_.rdbuf()->pubseekoff(0, std::ios::cur, std::ios::in));
  return bytes_before_ + std::max<int64_t>(0, position);
}

absl::Status ImportSource::OpenNext() {
  const std::string& path = files_.paths[next_file_];
  place_ = {next_file_++, 0};
  if (path == "-") {
    in_ = &std::cin;
  } else {
    file_ = std::ifstream(path, std::ios::binary);
    if (!file_) return absl::NotFoundError(absl::StrCat("the file '", Printable(path), "' cannot be read"));
    in_ = &file_;
  }
  // Some programs begin their files with it.
  for (const char* c = kByteOrderMark; *c != '\0' && in_->rdbuf()->sgetc() == static_cast<unsigned char>(*c); ++c) {
    in_->rdbuf()->sbumpc();
  }
  csv_ = nullptr;
  if (!IsCsv(path)) return absl::OkStatus();
  csv_ = std::make_unique<CsvReader>(*in_);
  kind_ = KindOf(path);
  absl::Status read = ReadHeader();
  if (read.ok()) return read;
  return absl::FailedPreconditionError(absl::StrCat(Text(place_), ": ", std::string(read.message())));
}

absl::Status ImportSource::ReadHeader() {
  absl::StatusOr<std::optional<std::vector<std::string>>> header = csv_->Next();
  place_.line = csv_->line();
  if (!header.ok()) return header.status();
  if (!header->has_value())
    return absl::InvalidArgumentError("the first line with the names of the columns is missing");
  columns_.clear();
  std::set<const FieldDescriptor*> seen;
  for (const std::string& title : **header) {
    std::string name = Normal(title);
    Column column{nullptr, absl::EndsWith(name, ".external_id")};
    if (column.external_id) name.resize(name.size() - (sizeof(".external_id") - 1));
    column.field = kind_->message_type()->FindFieldByName(name);
    const bool fits = column.field != nullptr && FitsInCell(column.field) &&
                      (!column.external_id || RuleOf(column.field).reference_size() == 1);
    if (!fits) {
      const std::vector<std::string> names = ColumnNames(kind_->message_type());
      return absl::InvalidArgumentError(absl::StrCat(
          "the column '", Printable(title), "' is none of: ", absl::StrJoin(names, ", "), DidYouMean(title, names)));
    }
    if (!seen.insert(column.field).second) {
      return absl::InvalidArgumentError(absl::StrCat("there are two columns for ", name, "; leave one out"));
    }
    columns_.push_back(column);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<v1::DirectoryRow>> ImportSource::Next() {
  while (true) {
    if (in_ == nullptr) {
      if (next_file_ == files_.paths.size()) return std::nullopt;
      if (absl::Status opened = OpenNext(); !opened.ok()) {
        return absl::FailedPreconditionError(std::string(opened.message()));
      }
    }
    absl::StatusOr<std::optional<v1::DirectoryRow>> row = csv_ != nullptr ? NextCsv() : NextJson();
    if (absl::IsInvalidArgument(row.status())) return row;
    if (!row.ok()) {
      return absl::FailedPreconditionError(absl::StrCat(Text(place_), ": ", std::string(row.status().message())));
    }
    if (row->has_value()) return row;
    bytes_before_ = bytes_read();
    in_ = nullptr;
  }
}

absl::StatusOr<std::optional<v1::DirectoryRow>> ImportSource::NextJson() {
  while (true) {
    absl::StatusOr<std::optional<std::string>> line = ReadLine(*in_);
    ++place_.line;
    if (!line.ok()) return line.status();
    if (!line->has_value()) return std::nullopt;
    if (absl::StripAsciiWhitespace(**line).empty()) continue;
    if (!IsUtf8(**line)) return absl::InvalidArgumentError(kNotUtf8);
    v1::DirectoryRow row;
    const auto parsed = google::protobuf::util::JsonStringToMessage(**line, &row);
    if (parsed.ok()) return row;
    // Protobuf's parser shows the place below its first line.
    const std::string reason(parsed.message());
    return absl::InvalidArgumentError(
        absl::StrCat("is no row in JSON, such as {\"customer\":{\"external_id\":\"K-1\",\"display_name\":\"...\"}}: ",
                     Printable(reason.substr(0, reason.find('\n')))));
  }
}

absl::StatusOr<std::optional<v1::DirectoryRow>> ImportSource::NextCsv() {
  absl::StatusOr<std::optional<std::vector<std::string>>> cells = csv_->Next();
  place_.line = csv_->line();
  if (!cells.ok()) return cells.status();
  if (!cells->has_value()) return std::nullopt;
  if ((*cells)->size() != columns_.size()) {
    return absl::InvalidArgumentError(absl::StrCat("has ", (*cells)->size(), (*cells)->size() == 1 ? " cell" : " cells",
                                                   " where the first line names ", columns_.size(),
                                                   "; a cell with a comma in it stands in quotes"));
  }
  v1::DirectoryRow row;
  Message* entry = row.GetReflection()->MutableMessage(&row, kind_);
  for (size_t i = 0; i < columns_.size(); ++i) {
    const std::string& cell = (**cells)[i];
    if (cell.empty()) continue;
    absl::Status filled = FillIn(columns_[i], cell, *entry);
    if (!filled.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(kind_->name(), ".", columns_[i].field->name(), ": ", std::string(filled.message())));
    }
  }
  return row;
}

absl::Status ImportSource::FillIn(const Column& column, const std::string& cell, Message& entry) const {
  if (!IsUtf8(cell)) return absl::InvalidArgumentError(kNotUtf8);
  if (column.external_id || absl::StartsWith(cell, "ext:")) {
    const bool reference = RuleOf(column.field).reference_size() == 1;
    if (reference) {
      entry.GetReflection()->SetString(&entry, column.field, column.external_id ? absl::StrCat("ext:", cell) : cell);
      return absl::OkStatus();
    }
  }
  if (!column.field->is_repeated()) return SetField(column.field, cell, files_.now, files_.zone, entry);
  for (const std::string& piece : std::vector<std::string>(absl::StrSplit(cell, ';'))) {
    const std::string item(absl::StripAsciiWhitespace(piece));
    if (item.empty()) continue;
    if (absl::Status set = SetField(column.field, item, files_.now, files_.zone, entry); !set.ok()) return set;
  }
  return absl::OkStatus();
}

}  // namespace aftersales::cli
