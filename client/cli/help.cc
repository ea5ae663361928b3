#include "client/cli/help.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/request_flags.h"
#include "client/cli/text.h"

namespace aftersales::cli {
namespace {

constexpr size_t kLineWidth = 100;
constexpr size_t kWidestName = 34;

constexpr char kUpdateHelp[] =
    "It is read first, and what is not given stays as it is. A list that is given replaces the whole\n"
    "list; --clear empties a field. A change that somebody else makes in between is not overwritten:\n"
    "the update is refused then.\n";

const std::vector<HelpLine>& GlobalLines() {
  static const auto& lines = *new std::vector<HelpLine>{
      {"--endpoint ADDRESS", "Server, HOST:PORT or unix:/PATH."},
      {"--token-file FILE", "File that holds your token."},
      {"--ca-file FILE", "Authorities to trust for TLS (PEM)."},
      {"--certificate-file FILE", "Your own certificate for TLS (PEM), with --key-file FILE."},
      {"--tls", "TLS also on this machine."},
      {"--context NAME", "A server by its name; see 'aftersales context list'."},
      {"-o, --output FORMAT", "table (the default), wide (every field, nothing cut), name, or json."},
      {"--timeout DURATION", "The longest time for one call; 30s unless given, for files none."},
  };
  return lines;
}

const std::map<std::string, std::string>& TopicTexts() {
  static const auto& texts = *new std::map<std::string, std::string>{
      {"environment",
       "Environment variables. A flag counts before its variable, the variable before the context\n"
       "in use; a context named by --context counts before the variables.\n\n"
       "  AFTERSALES_ENDPOINT    the server, HOST:PORT or unix:/PATH            (--endpoint)\n"
       "  AFTERSALES_TOKEN_FILE  a file that holds your token                   (--token-file)\n"
       "  AFTERSALES_TOKEN       the token itself; there is no flag for it, because other\n"
       "                         users of the machine can see the words of a command\n"
       "  AFTERSALES_CA_FILE     authorities to trust for TLS (PEM)             (--ca-file)\n"
       "  AFTERSALES_CONTEXT     the context to use                             (--context)\n"
       "  XDG_CONFIG_HOME        contexts are kept in $XDG_CONFIG_HOME/aftersales/contexts.json,\n"
       "                         else in ~/.config/aftersales/contexts.json\n"
       "  TZ                     the time zone of times without one, read and written\n"},
      {"exit-codes",
       "Exit codes.\n\n"
       "  0     done\n"
       "  1     something on this machine failed: a file, the output; or a check found mistakes\n"
       "  2     the command line is wrong; nothing was sent\n"
       "  64+N  the server refused, or cannot be reached; N is the gRPC code:\n"
       "        67 a field is wrong       68 too slow              69 not found\n"
       "        70 exists already         71 not allowed           72 overloaded\n"
       "        73 the state or something owed forbids it          74 changed in between\n"
       "        77 a defect of the server 78 cannot be reached     80 not signed in\n"},
      {"values",
       "How values are written.\n\n"
       "  names     cases/C2026-000123, or short where the kind is clear: C2026-000123;\n"
       "            what belongs to a case in full: cases/C2026-000123/costs/7\n"
       "  times     now, -25m, +2h30m, -1d, '2026-11-22 14:00' (local), 2026-11-22T14:00:00+08:00\n"
       "  dates     2027-01-01\n"
       "  money     'CNY 12.50'\n"
       "  words     lower case, with - or _: field-engineer\n"
       "  texts     as they are; @FILE stands for a file's content, @- for standard input,\n"
       "            @@... for a text that begins with @\n"
       "  lists     the flag once for each entry\n"
       "  messages  FIELD=VALUE,FIELD=VALUE (\\, is a comma) or JSON:\n"
       "            --lines part=parts/1,warehouse=warehouses/1,quantity=2\n"
       "  roles     quality, or quality:head\n"
       "  anything  --request JSON or --request @FILE gives the whole request; flags count after it\n"},
      {"output",
       "What is printed. Data goes to standard output, messages to standard error.\n\n"
       "  -o table  columns for people, cut to the terminal; one resource shows all its fields\n"
       "  -o wide   every field, nothing cut\n"
       "  -o name   resource names, one a line, for use in other commands\n"
       "  -o json   one JSON document: protobuf's JSON with the field names of the API, every field\n"
       "            present; it changes only as the API does. Errors are JSON on standard error.\n"
       "            'event watch' prints one document a line.\n\n"
       "Lists print their first page; --all prints everything. Times are those of your zone (TZ);\n"
       "in JSON they are UTC.\n"
       "Characters that could steer a terminal are printed as escapes.\n"},
  };
  return texts;
}

// What the program's own words do.
const std::map<std::string, std::string>& OwnTexts() {
  static const auto& texts = *new std::map<std::string, std::string>{
      {"completion",
       "A script that completes commands, flags and words in your shell.\n\n"
       "Usage: aftersales completion bash|zsh|fish\n\n"
       "  bash  source <(aftersales completion bash)       in ~/.bashrc\n"
       "  zsh   source <(aftersales completion zsh)        in ~/.zshrc, after compinit\n"
       "  fish  aftersales completion fish | source        in ~/.config/fish/config.fish\n"},
      {"help",
       "What there is, or more about one of it.\n\n"
       "Usage: aftersales help [NOUN [VERB]]\n"
       "       aftersales help TOPIC\n\n"
       "'aftersales help' lists the nouns, 'aftersales help topics' the topics.\n"},
      {"version", "The program's version.\n\nUsage: aftersales version\n"},
  };
  return texts;
}

std::string Wrapped(const std::string& text, size_t indent) {
  std::string result;
  size_t column = indent;
  for (const std::string& word : std::vector<std::string>(absl::StrSplit(text, ' ', absl::SkipEmpty()))) {
    const bool first = result.empty();
    if (!first && column + 1 + Width(word) > kLineWidth) {
      absl::StrAppend(&result, "\n", std::string(indent, ' '));
      column = indent;
    } else if (!first) {
      result += ' ';
      ++column;
    }
    result += word;
    column += Width(word);
  }
  return result;
}

std::string UsageOf(const Command& command) {
  std::string usage = absl::StrCat("aftersales ", command.noun);
  if (command.noun != "whoami") absl::StrAppend(&usage, " ", command.verb);  // a word that needs no second
  for (const Flag& flag : FlagsOf(command)) {
    if (flag.positional) absl::StrAppend(&usage, " ", flag.ValueName());
  }
  for (const Flag& flag : FlagsOf(command)) {
    if (!flag.positional && flag.required && !flag.kept && flag.name != "request-id") {
      absl::StrAppend(&usage, " --", flag.name, " ", flag.ValueName());
    }
  }
  return usage + " [flags]";
}

std::vector<HelpLine> FlagLines(const Command& command) {
  std::vector<HelpLine> lines;
  const bool update = UpdateOf(command).has_value();
  for (const Flag& flag : FlagsOf(command)) {
    std::string shown = flag.positional ? flag.ValueName() : absl::StrCat("--", flag.name);
    if (!flag.positional && !flag.IsSwitch()) absl::StrAppend(&shown, " ", flag.ValueName());
    std::string text = flag.name == "request-id"
                           ? "A UUID; the same again answers what the first call answered. Made anew unless given."
                           : flag.Description();
    if (update && flag.FieldPath() == "etag") text += " Taken from what is read unless given.";
    if (flag.required && !flag.kept && flag.name != "request-id" && !flag.positional) text += " Required.";
    if (!flag.one_of.empty() && !flag.kept) absl::StrAppend(&text, " One of ", flag.one_of, " is required.");
    lines.emplace_back(shown, text);
  }
  if (update)
    lines.emplace_back("--clear FIELD[,FIELD]", "Empty these: names of the flags that stand for them, without dashes.");
  lines.emplace_back("--request JSON", absl::StrCat("The whole request as JSON, or @FILE; flags count after it.",
                                                    update ? " Nothing is read then, and nothing stays." : ""));
  if (IsPaged(command.method->output_type())) lines.emplace_back("--all", "Every page.");
  if (command.method->server_streaming()) lines.emplace_back("--count NUMBER", "End after so many events.");
  if (command.rule->issues_secret()) {
    lines.emplace_back("--secret-file FILE", "Write the secret to a new file that only you can read.");
    lines.emplace_back("--force", "Replace that file where it exists.");
  }
  return lines;
}

}  // namespace

void PrintHelpLines(std::ostream& out, const std::vector<HelpLine>& lines) {
  size_t widest = 0;
  for (const auto& [name, text] : lines) widest = std::max(widest, std::min(kWidestName, Width(name)));
  for (const auto& [name, text] : lines) {
    out << "  " << Padded(name, widest + 2);
    if (Width(name) > widest) out << "\n" << std::string(widest + 4, ' ');
    out << Wrapped(text, widest + 4) << "\n";
  }
}

void PrintOverview(std::ostream& out) {
  out << "aftersales: after-sales service from the command line.\n\n"
         "Usage: aftersales NOUN VERB [NAME] [flags]\n\nNouns:\n";
  std::vector<HelpLine> lines;
  for (const std::string& noun : Nouns()) {
    std::vector<std::string> verbs = VerbsOf(noun);
    for (const ComposedCommand& composed : ComposedCommands()) {
      if (composed.noun == noun) verbs.push_back(composed.verb);
    }
    if (noun != "whoami") lines.emplace_back(noun, absl::StrJoin(verbs, ", "));
  }
  PrintHelpLines(out, lines);
  out << "\nOthers:\n";
  lines.clear();
  for (const ComposedCommand& composed : ComposedCommands()) {
    if (composed.verb.empty()) {
      lines.emplace_back(absl::StrCat(composed.noun, composed.takes_files ? " FILE..." : ""), composed.summary);
    }
  }
  lines.insert(lines.end(), {{"whoami", "Who you are to the server, and what you may do."},
                             {"context", "Name the servers you work with: set, use, list, show, remove."},
                             {"completion bash|zsh|fish", "A script that completes these words in your shell."},
                             {"help [NOUN [VERB]]", "More about one of them; help topics lists what else there is."},
                             {"version", "The program's version."}});
  PrintHelpLines(out, lines);
  out << "\nFlags of every command:\n";
  PrintHelpLines(out, GlobalLines());
}

bool PrintNounHelp(std::ostream& out, const std::string& noun) {
  std::vector<HelpLine> lines;
  for (const std::string& verb : VerbsOf(noun)) {
    const Command& command = *FindCommand(noun, verb);
    lines.emplace_back(
        verb, absl::StrCat(Summary(CommentOf(command.method)), UpdateOf(command) ? ". What is not given stays." : "."));
  }
  for (const ComposedCommand& composed : ComposedCommands()) {
    if (composed.noun == noun) lines.emplace_back(composed.verb, composed.summary);
  }
  if (lines.empty()) return false;
  out << "Usage: aftersales " << noun << " VERB [NAME] [flags]\n\nVerbs:\n";
  PrintHelpLines(out, lines);
  out << "\n'aftersales help " << noun << " VERB' tells more.\n";
  return true;
}

void PrintCommandHelp(std::ostream& out, const Command& command) {
  out << Wrapped(CommentOf(command.method), 0) << "\n\n";
  if (UpdateOf(command)) out << kUpdateHelp << "\n";
  out << "Usage: " << UsageOf(command) << "\n\nFlags:\n";
  PrintHelpLines(out, FlagLines(command));
  out << "\nFlags of every command:\n";
  PrintHelpLines(out, GlobalLines());
  out << "\n'aftersales help values' tells how times, amounts and lists are written.\n";
}

void PrintComposedHelp(std::ostream& out, const ComposedCommand& command) {
  out << command.summary << "\n\nUsage: " << command.usage
      << (command.flags.empty() ? " [flags of every command]\n" : "\n");
  if (!command.more.empty()) out << "\n" << command.more;
  if (command.flags.empty()) return;
  std::vector<HelpLine> lines;
  for (const ComposedFlag& flag : command.flags) {
    const std::string words = flag.words.empty() ? "" : absl::StrCat(" One of: ", absl::StrJoin(flag.words, ", "), ".");
    lines.emplace_back(flag.value.empty() ? flag.name : absl::StrCat(flag.name, " ", flag.value),
                       absl::StrCat(flag.text, words));
  }
  out << "\nFlags:\n";
  PrintHelpLines(out, lines);
  out << "\nFlags of every command:\n";
  PrintHelpLines(out, GlobalLines());
}

bool PrintOwnHelp(std::ostream& out, const std::string& word) {
  const auto found = OwnTexts().find(word);
  if (found == OwnTexts().end()) return false;
  out << found->second;
  return true;
}

bool PrintTopic(std::ostream& out, const std::string& topic) {
  if (topic == "topics") {
    out << "Topics of 'aftersales help TOPIC': " << absl::StrJoin(Topics(), ", ") << ".\n";
    return true;
  }
  const auto found = TopicTexts().find(topic);
  if (found == TopicTexts().end()) return false;
  out << found->second;
  return true;
}

std::vector<std::string> Topics() {
  std::vector<std::string> topics;
  for (const auto& [topic, text] : TopicTexts()) topics.push_back(topic);
  return topics;
}

}  // namespace aftersales::cli
