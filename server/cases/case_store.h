// Contacts, cases, solutions and documents in the database.
#ifndef AFTERSALES_SERVER_CASES_CASE_STORE_H_
#define AFTERSALES_SERVER_CASES_CASE_STORE_H_

#include "aftersales/v1/case.pb.h"
#include "server/storage/table.h"

namespace aftersales {

const Table<v1::Contact>& Contacts();
const Table<v1::Case>& Cases();
const Table<v1::Solution>& Solutions();
const Table<v1::Document>& Documents();

// The case of a visit; empty where there is no such visit. (Cases call no dispatch; this one column is all they ask.)
std::string CaseOfVisit(Reader& reader, const std::string& visit);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_CASE_STORE_H_
