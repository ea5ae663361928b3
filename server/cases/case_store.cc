#include "server/cases/case_store.h"

namespace aftersales {

const Table<v1::Contact>& Contacts() {
  static const auto* table = new Table<v1::Contact>;
  return *table;
}

const Table<v1::Case>& Cases() {
  static const auto* table = new Table<v1::Case>;
  return *table;
}

const Table<v1::Solution>& Solutions() {
  static const auto* table = new Table<v1::Solution>;
  return *table;
}

const Table<v1::Document>& Documents() {
  static const auto* table = new Table<v1::Document>;
  return *table;
}

std::string CaseOfVisit(Reader& reader, const std::string& visit) {
  const auto row = reader.SelectOne("SELECT service_case FROM visit WHERE name = ?", {visit}, "t");
  return row.has_value() ? row->Text(0) : "";
}

}  // namespace aftersales
