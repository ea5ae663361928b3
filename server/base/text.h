// Texts that people write: whether they say anything, and whether they look like what they are.
#ifndef AFTERSALES_SERVER_BASE_TEXT_H_
#define AFTERSALES_SERVER_BASE_TEXT_H_

#include <string_view>

namespace aftersales {

// Nothing but blanks: ASCII's, the ideographic space, and those that have no width.
bool IsBlank(std::string_view text);

// Has a control of the second block (U+0080 to U+009F), a separator of lines or paragraphs, or a mark that reorders what is
// read (CVE-2021-42574). The text is valid UTF-8.
bool HasDeceivingCharacter(std::string_view text);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_BASE_TEXT_H_
