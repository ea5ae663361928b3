// Where investigations and meetings are kept. (Corrective actions: server/cases/recurrences.h, because cases reopen
// their checks.)
#ifndef AFTERSALES_SERVER_IMPROVEMENT_IMPROVEMENT_STORE_H_
#define AFTERSALES_SERVER_IMPROVEMENT_IMPROVEMENT_STORE_H_

#include <string>

#include "aftersales/v1/improvement.pb.h"
#include "server/storage/table.h"

namespace aftersales {

const Table<v1::Investigation>& Investigations();
const Table<v1::Meeting>& Meetings();

// How many of them a case has, counting to `most`.
int CountMeetings(Reader& reader, const std::string& service_case, int most);
int CountCorrectiveActions(Reader& reader, const std::string& service_case, int most);

// The list that is answered, on an index for every filter.
ListQuery CorrectiveActionQuery(const v1::CorrectiveActionFilter& filter);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_IMPROVEMENT_IMPROVEMENT_STORE_H_
