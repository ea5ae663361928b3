// Currencies that are in use, as ISO 4217 lists them.
#ifndef AFTERSALES_SERVER_BASE_CURRENCY_H_
#define AFTERSALES_SERVER_BASE_CURRENCY_H_

#include <string>
#include <string_view>

#include "aftersales/v1/common.pb.h"

namespace aftersales {

// The code is that of a currency in which something can be paid. Codes of metals, funds, units of account and tests are
// none, nor are those of currencies that were given up.
bool IsCurrency(std::string_view code);

// An amount for people, in the currency's own unit: "CNY 1234.50", "JPY 1234".
std::string ForPeople(const v1::Money& money);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_BASE_CURRENCY_H_
