// The words of a command line: which command they name, and what they say to it.
#ifndef AFTERSALES_CLIENT_CLI_WORDS_H_
#define AFTERSALES_CLIENT_CLI_WORDS_H_

#include <optional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "client/cli/render.h"

namespace aftersales::cli {

using Words = std::vector<std::string>;

// The first two words that are no flags, and the rest; a command of one word has no verb.
struct CommandWords {
  std::string noun;
  std::string verb;
  Words rest;
  bool help = false;     // --help or -h stands somewhere
  bool version = false;  // --version stands before any noun
};
CommandWords SplitWords(const Words& words);

// What -o says, also when the words are wrong; a word unknown counts as a table.
Format PeekFormat(const Words& words);

// So begins what Parse() says of words that no flag and no place takes.
inline constexpr char kTooManyWords[] = "there are words too many:";

// Lets CLI11 parse the words; an INVALID_ARGUMENT names the flag that is wrong and the one that was meant.
absl::Status Parse(CLI::App& app, Words words);

// A flag that takes a value; each time it is given adds one to `values`. Given twice it is refused unless `repeated`.
void AddValueFlag(CLI::App& app, const std::string& names, std::vector<std::string>& values, bool repeated);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_WORDS_H_
