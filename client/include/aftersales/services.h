// The API's services as C++: one class per service, one method per RPC, named as it is there. api/aftersales/v1/*.proto
// documents each.
//
// Every method fills in an empty request_id once, so that retries of the call repeat it, and returns the reply or a
// status with the server's details (errors.h). The ...All methods walk through a list's pages.
#ifndef AFTERSALES_SERVICES_H_
#define AFTERSALES_SERVICES_H_

#include "aftersales/services/access.h"
#include "aftersales/services/archive.h"
#include "aftersales/services/attachments.h"
#include "aftersales/services/cases.h"
#include "aftersales/services/directory.h"
#include "aftersales/services/dispatch.h"
#include "aftersales/services/events.h"
#include "aftersales/services/feedback.h"
#include "aftersales/services/improvement.h"
#include "aftersales/services/parts.h"
#include "aftersales/services/policy.h"
#include "aftersales/services/reports.h"
#include "aftersales/services/settlement.h"

#endif  // AFTERSALES_SERVICES_H_
