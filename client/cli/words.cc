#include "client/cli/words.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/composed.h"
#include "client/cli/settings.h"
#include "client/cli/text.h"

namespace aftersales::cli {
namespace {

bool Among(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::vector<std::string> NamesOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

// The first word that looks like a flag and is none; "" where there is no such word.
std::string UnknownFlag(const CLI::App& app, const Words& words) {
  const std::vector<std::string> known = NamesOf(app);
  for (const std::string& word : words) {
    if (word == "--") return "";
    const std::string name = word.substr(0, word.find('='));
    if (absl::StartsWith(word, "--") && !Among(known, name)) return name;
  }
  return "";
}

// CLI11's mistakes, said as ours are.
std::string InOurWords(const CLI::Error& error) {
  const std::string text = error.what();
  const std::string flag = text.substr(0, text.find(':'));
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return absl::StrCat(Printable(flag),
                        absl::StrContains(text, "missing") ? " needs a value" : " is given more than once");
  }
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    return absl::StrCat(kTooManyWords, Printable(text.substr(text.find(':') + 1)));
  }
  return Printable(text);
}

}  // namespace

CommandWords SplitWords(const Words& words) {
  CommandWords split;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--help" || word == "-h") {
      split.help = true;
    } else if (word == "--version" && split.noun.empty()) {
      split.version = true;
    } else if (!word.empty() && word[0] == '-') {
      split.rest.push_back(word);
      // Before the verb only the flags of every command can stand, so whether a value follows is known.
      if (split.verb.empty() && Among(GlobalFlags::WithValue(), word) && i + 1 < words.size())
        split.rest.push_back(words[++i]);
    } else if (split.noun.empty()) {
      split.noun = word;
    } else if (split.verb.empty() && FindComposed(split.noun, "") == nullptr) {
      split.verb = word;
    } else {
      split.rest.push_back(word);
    }
  }
  return split;
}

Format PeekFormat(const Words& words) {
  std::string word;
  for (size_t i = 0; i < words.size(); ++i) {
    if ((words[i] == "-o" || words[i] == "--output") && i + 1 < words.size()) word = words[i + 1];
    if (absl::StartsWith(words[i], "--output=")) word = words[i].substr(sizeof("--output=") - 1);
    if (absl::StartsWith(words[i], "-o") && words[i].size() > 2) word = words[i].substr(words[i][2] == '=' ? 3 : 2);
  }
  return ParseFormat(word).value_or(Format::kTable);
}

absl::Status Parse(CLI::App& app, Words words) {
  const Words given = words;
  std::reverse(words.begin(), words.end());  // as CLI11 takes them
  try {
    app.parse(words);
    return absl::OkStatus();
  } catch (const CLI::Error& error) {
    if (const std::string unknown = UnknownFlag(app, given); !unknown.empty()) {
      const std::string near = DidYouMean(unknown, NamesOf(app));
      return absl::InvalidArgumentError(
          absl::StrCat("there is no flag '", Printable(unknown), "'", near.empty() ? "; --help lists them" : near));
    }
    return absl::InvalidArgumentError(InOurWords(error));
  }
}

void AddValueFlag(CLI::App& app, const std::string& names, std::vector<std::string>& values, bool repeated) {
  CLI::Option* option = app.add_option(names, [&values](const CLI::results_t& given) {
    values = given;
    return true;
  });
  option->type_size(1)->expected(1);
  if (repeated) option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace aftersales::cli
