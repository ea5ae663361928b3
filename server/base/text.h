// Texts that people write: whether they say anything, and whether they look like what they are.
#ifndef AFTERSALES_SERVER_BASE_TEXT_H_
#define AFTERSALES_SERVER_BASE_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

namespace aftersales {

// Nothing that a reader would see: spaces of all widths, controls, marks without a letter, fillers.
bool IsBlank(std::string_view text);

// Has a control of the second block (U+0080 to U+009F), a separator of lines or paragraphs, or a mark that reorders
// what is read (CVE-2021-42574). The text is valid UTF-8.
bool HasDeceivingCharacter(std::string_view text);

// The text as it is compared where people may write the same in many ways: the same for full and half width,
// compatibility characters and both cases (Unicode's NFKC_Casefold), without what has no width, with one space between
// words and none beside the characters of scripts that write none. The text is valid UTF-8.
std::string Folded(std::string_view text);

// The one of `known` that the word was most likely meant to be: no more than two letters have to be changed, added or
// left out. Empty where there is none.
std::string NearestOf(std::string_view word, const std::vector<std::string>& known);
// "; did you mean "accept"?", or nothing where no word is near.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& known);

// No more than so many characters (code points) of the text, which is valid UTF-8.
std::string FirstCharacters(std::string_view text, size_t most);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_BASE_TEXT_H_
