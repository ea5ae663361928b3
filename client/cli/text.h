// Text for terminals: made harmless, measured, cut and compared.
#ifndef AFTERSALES_CLIENT_CLI_TEXT_H_
#define AFTERSALES_CLIENT_CLI_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aftersales::cli {

// The text with everything shown as escapes that could steer a terminal or deceive its reader: control characters,
// marks that change the direction of writing, bytes that are not UTF-8. The result is one line.
std::string Printable(std::string_view text);

// The same for JSON, where such characters can only stand inside of strings and are written as \uXXXX.
std::string PrintableJson(std::string_view json);

bool IsUtf8(std::string_view text);

// Columns that a printable text takes on a terminal; East Asian wide characters take two.
size_t Width(std::string_view text);

// The text cut to at most `width` columns, with an ellipsis where something was cut off.
std::string Cut(const std::string& text, size_t width);

// The text filled up with blanks to `width` columns.
std::string Padded(std::string text, size_t width);

// The candidates that `word` may have been meant to be, nearest first, at most three.
std::vector<std::string> Closest(std::string_view word, const std::vector<std::string>& candidates);

// ", did you mean 'accept' or 'close'?" or, where nothing is near, "".
std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_TEXT_H_
