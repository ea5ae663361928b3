// Obligations and policy versions in the database.
#ifndef AFTERSALES_SERVER_OBLIGATIONS_OBLIGATION_STORE_H_
#define AFTERSALES_SERVER_OBLIGATIONS_OBLIGATION_STORE_H_

#include <string>
#include <vector>

#include "aftersales/v1/policy.pb.h"
#include "server/storage/table.h"

namespace aftersales {

const Table<v1::Obligation>& ObligationTable();
const Table<v1::PolicyVersion>& PolicyVersions();

// The root's obligations, oldest first; only the open ones when `open_only`.
std::vector<v1::Obligation> ObligationsOf(Reader& reader, const std::string& root, bool open_only);

// Names and inserts them; one statement for all.
absl::Status InsertObligations(Tx& tx, std::vector<v1::Obligation>& obligations);

// The version in force; "" where there is none. With `lock` nobody else changes it until the transaction ends.
std::string ActivePolicyVersion(Reader& reader, bool lock);
void SetActivePolicyVersion(Tx& tx, const std::string& name);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_OBLIGATIONS_OBLIGATION_STORE_H_
