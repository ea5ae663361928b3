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

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_CASES_CASE_STORE_H_
