#include "client/cli/completion.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/catalog.h"
#include "client/cli/composed.h"
#include "client/cli/contexts.h"
#include "client/cli/help.h"
#include "client/cli/request_flags.h"
#include "client/cli/settings.h"
#include "client/cli/text.h"
#include "client/cli/update.h"
#include "client/cli/values.h"

namespace aftersales::cli {
namespace {

std::vector<std::string> ContextNames(const Terminal& terminal) {
  std::vector<std::string> names;
  absl::StatusOr<Contexts> contexts = ReadContexts(ContextsPath(terminal.environment));
  if (!contexts.ok()) return names;
  for (const auto& [name, context] : contexts->by_name) names.push_back(Printable(name));
  return names;
}

std::vector<std::string> FirstWords() {
  std::vector<std::string> words = Nouns();
  for (const char* word : {"completion", "context", "help", "version"}) words.push_back(word);
  for (const std::string& word : SingleWordCommands()) words.push_back(word);
  return words;
}

std::vector<std::string> SecondWords(const std::string& noun) {
  if (noun == "completion") return {"bash", "fish", "zsh"};
  std::vector<std::string> verbs = VerbsOf(noun);
  for (const ComposedCommand& composed : ComposedCommands()) {
    if (composed.noun == noun) verbs.push_back(composed.verb);
  }
  if (noun == "help") {
    verbs = Nouns();
    for (const std::string& word : SingleWordCommands()) verbs.push_back(word);
    for (const char* word : {"completion", "context", "help", "topics", "version"}) verbs.push_back(word);
    for (const std::string& topic : Topics()) verbs.push_back(topic);
  }
  return verbs;
}

std::vector<std::string> FlagWords(const Command* command, const ComposedCommand* composed) {
  std::vector<std::string> words = GlobalFlags::WithValue();
  words.insert(words.end(), GlobalFlags::Switches().begin(), GlobalFlags::Switches().end());
  if (composed != nullptr) {
    for (const ComposedFlag& flag : composed->flags) words.push_back(flag.name);
  }
  if (command == nullptr) return words;
  for (const Flag& flag : FlagsOf(*command)) {
    if (!flag.positional) words.push_back("--" + flag.name);
  }
  if (UpdateOf(*command)) words.push_back("--clear");
  words.push_back("--request");
  if (IsPaged(command->method->output_type())) words.push_back("--all");
  return words;
}

// What may stand after a flag that takes a value; `known` is false where the word before is no such flag.
std::vector<std::string> ValueWords(const std::string& flag_word, const Command* command,
                                    const ComposedCommand* composed, const Terminal& terminal, bool& known) {
  known = true;
  if (flag_word == "-o" || flag_word == "--output") return {"json", "name", "table", "wide"};
  if (flag_word == "--context") return ContextNames(terminal);
  if (absl::EndsWith(flag_word, "-file")) return {":files"};
  if (composed != nullptr) {
    for (const ComposedFlag& flag : composed->flags) {
      if (flag.name == flag_word && !flag.value.empty()) return flag.words;
    }
  }
  if (command != nullptr && flag_word == "--clear" && UpdateOf(*command)) return ClearableFields(*command);
  if (command != nullptr) {
    for (const Flag& flag : FlagsOf(*command)) {
      if ("--" + flag.name != flag_word || flag.IsSwitch()) continue;
      const auto* field = flag.field();
      if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_ENUM) return EnumWords(field->enum_type());
      if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE &&
          field->message_type() == v1::RoleGrant::descriptor()) {
        return EnumWords(v1::Role_descriptor());
      }
      return {};
    }
  }
  const auto& with_value = GlobalFlags::WithValue();
  known = flag_word == "--request" || std::find(with_value.begin(), with_value.end(), flag_word) != with_value.end();
  return {};
}

std::vector<std::string> Candidates(const Words& before, const std::string& current, const Terminal& terminal) {
  const CommandWords split = SplitWords(before);
  const Command* command = FindCommand(split.noun, split.verb);
  const ComposedCommand* composed = FindComposed(split.noun, split.verb);
  if (!before.empty() && absl::StartsWith(before.back(), "-")) {
    bool known = false;
    std::vector<std::string> values = ValueWords(before.back(), command, composed, terminal, known);
    if (known) return values;
  }
  if (absl::StartsWith(current, "-")) return FlagWords(command, composed);
  if (split.noun.empty()) return FirstWords();
  if (composed != nullptr && composed->takes_files) return {":files"};
  if (split.verb.empty() && composed == nullptr) return SecondWords(split.noun);
  if (split.noun == "help") return SecondWords(split.verb);
  if (split.noun == "context") return ContextNames(terminal);
  return {};
}

}  // namespace

std::vector<std::string> Complete(const Words& words, const Terminal& terminal) {
  const std::string current = words.empty() ? "" : words.back();
  const Words before = words.empty() ? words : Words(words.begin(), words.end() - 1);
  if (absl::StartsWith(current, "@")) return {":files"};
  std::vector<std::string> fitting;
  for (const std::string& candidate : Candidates(before, current, terminal)) {
    if (candidate == ":files" || absl::StartsWith(candidate, current)) fitting.push_back(candidate);
  }
  std::sort(fitting.begin(), fitting.end());
  return fitting;
}

std::string CompletionScript(const std::string& shell) {
  if (shell == "bash") {
    return R"(# Completion for bash: source <(aftersales completion bash)
_aftersales() {
  local candidates
  candidates=$(aftersales __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ $candidates == ":files" ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
    return
  fi
  mapfile -t COMPREPLY < <(printf '%s' "$candidates")
}
complete -F _aftersales aftersales
)";
  }
  if (shell == "zsh") {
    return R"(#compdef aftersales
# Completion for zsh: source <(aftersales completion zsh)
_aftersales() {
  local -a candidates
  candidates=("${(@f)$(aftersales __complete "${words[@]:1:$((CURRENT-1))}" 2>/dev/null)}")
  if [[ ${candidates[1]} == ":files" ]]; then
    _files
    return
  fi
  [[ -n ${candidates[1]} ]] && compadd -- "${candidates[@]}"
}
compdef _aftersales aftersales
)";
  }
  if (shell == "fish") {
    return R"(# Completion for fish: aftersales completion fish | source
function __aftersales_complete
  set -l words (commandline -opc)
  set -l candidates (aftersales __complete $words[2..-1] (commandline -ct) 2>/dev/null)
  if test "$candidates" = ":files"
    __fish_complete_path (commandline -ct)
  else
    printf '%s\n' $candidates
  end
end
complete -c aftersales -f -a '(__aftersales_complete)'
)";
  }
  return "";
}

}  // namespace aftersales::cli
