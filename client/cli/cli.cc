#include "client/cli/cli.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/call.h"
#include "client/cli/catalog.h"
#include "client/cli/completion.h"
#include "client/cli/composed.h"
#include "client/cli/help.h"
#include "client/cli/refusal.h"
#include "client/cli/text.h"

namespace aftersales::cli {
namespace {

constexpr size_t kMostWords = 2000;

std::vector<std::string> FirstWords() {
  std::vector<std::string> words = Nouns();
  for (const char* word : {"context", "completion", "help", "version"}) words.push_back(word);
  for (const std::string& word : SingleWordCommands()) words.push_back(word);
  return words;
}

std::vector<std::string> AllVerbs(const std::string& noun) {
  std::vector<std::string> verbs = VerbsOf(noun);
  for (const ComposedCommand& composed : ComposedCommands()) {
    if (composed.noun == noun) verbs.push_back(composed.verb);
  }
  return verbs;
}

int Mistake(const std::string& text, const Words& words, const Terminal& terminal) {
  return ReportUsage(absl::InvalidArgumentError(text), PeekFormat(words), terminal);
}

int UnknownNoun(const std::string& noun, const Words& words, const Terminal& terminal) {
  const std::string near = DidYouMean(noun, FirstWords());
  return Mistake(absl::StrCat("there is no command '", Printable(noun), "'",
                              near.empty() ? "; 'aftersales help' lists them" : near),
                 words, terminal);
}

int UnknownVerb(const std::string& noun, const std::string& verb, const Words& words, const Terminal& terminal) {
  const std::string near = DidYouMean(verb, AllVerbs(noun));
  return Mistake(absl::StrCat("'", noun, "' has no verb '", Printable(verb), "'",
                              near.empty() ? absl::StrCat("; 'aftersales help ", noun, "' lists them") : near),
                 words, terminal);
}

int Help(const std::string& noun, const std::string& verb, const Words& words, const Terminal& terminal) {
  if (noun.empty()) {
    PrintOverview(terminal.out);
    return kExitOk;
  }
  const Command* command = FindCommand(noun, noun == "whoami" && verb.empty() ? "show" : verb);
  if (command != nullptr) {
    PrintCommandHelp(terminal.out, *command);
    return kExitOk;
  }
  if (const ComposedCommand* composed = FindComposed(noun, verb)) {
    PrintComposedHelp(terminal.out, *composed);
    return kExitOk;
  }
  if (PrintOwnHelp(terminal.out, noun)) return kExitOk;
  if (verb.empty() && (PrintTopic(terminal.out, noun) || PrintNounHelp(terminal.out, noun))) return kExitOk;
  return AllVerbs(noun).empty() ? UnknownNoun(noun, words, terminal) : UnknownVerb(noun, verb, words, terminal);
}

// Words that are no command of the API.
int RunOwn(const CommandWords& split, const Words& words, const Terminal& terminal) {
  if (split.noun == "version") {
    terminal.out << "aftersales " AFTERSALES_VERSION "\n";
    return kExitOk;
  }
  if (split.noun == "help") return Help(split.verb, split.rest.empty() ? "" : split.rest[0], words, terminal);
  const std::string script = CompletionScript(split.verb);
  if (script.empty()) return Mistake("completion is for one of: bash, zsh, fish", words, terminal);
  terminal.out << script;
  return kExitOk;
}

int Dispatch(const Words& words, const Terminal& terminal) {
  if (!words.empty() && words[0] == "__complete") {
    for (const std::string& candidate : Complete(Words(words.begin() + 1, words.end()), terminal)) {
      terminal.out << candidate << "\n";
    }
    return kExitOk;
  }
  const CommandWords split = SplitWords(words);
  if (split.version) return RunOwn({.noun = "version"}, words, terminal);
  if (split.help)
    return Help(split.noun == "help" ? split.verb : split.noun, split.noun == "help" ? "" : split.verb, words,
                terminal);
  if (split.noun.empty()) {
    PrintOverview(terminal.err);
    return kExitUsage;
  }
  if (split.noun == "version" || split.noun == "help" || split.noun == "completion")
    return RunOwn(split, words, terminal);
  const std::string verb = split.noun == "whoami" && split.verb.empty() ? "show" : split.verb;
  if (const ComposedCommand* composed = FindComposed(split.noun, verb)) return composed->run(split.rest, terminal);
  if (const Command* command = FindCommand(split.noun, verb)) return RunCall(*command, split.rest, terminal);
  if (AllVerbs(split.noun).empty()) return UnknownNoun(split.noun, words, terminal);
  if (!verb.empty()) return UnknownVerb(split.noun, verb, words, terminal);
  PrintNounHelp(terminal.err, split.noun);
  return kExitUsage;
}

}  // namespace

int Run(const Words& words, const Terminal& terminal) {
  if (words.size() > kMostWords) return Mistake("the command line has too many words", {}, terminal);
  const int exit_code = Dispatch(words, terminal);
  terminal.out.flush();
  if (exit_code == kExitOk && !terminal.out) {
    return ReportFailure(absl::DataLossError("the output cannot be written"), PeekFormat(words), terminal);
  }
  return exit_code;
}

}  // namespace aftersales::cli
