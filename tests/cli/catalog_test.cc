// The commands that the API's descriptors make: complete, without contradictions, and usable.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "client/cli/catalog.h"
#include "client/cli/cli.h"
#include "client/cli/completion.h"
#include "client/cli/composed.h"
#include "client/cli/refusal.h"
#include "client/cli/request_flags.h"
#include "client/cli/settings.h"

namespace aftersales::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

// A terminal into strings, without any environment.
struct Sheet {
  std::ostringstream out;
  std::ostringstream err;
  Terminal terminal{out, err, 0, [](const std::string&) { return std::string(); }};
};

TEST(Catalog, HasEveryMethodOnce) {
  std::set<std::string> methods;
  std::set<std::pair<std::string, std::string>> words;
  for (const Command& command : Catalog()) {
    methods.insert(command.method->full_name());
    EXPECT_TRUE(words.emplace(command.noun, command.verb).second) << command.noun << " " << command.verb;
    EXPECT_FALSE(CommentOf(command.method).empty()) << command.method->full_name();
  }
  const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName("aftersales/v1/case.proto");
  ASSERT_NE(file, nullptr);
  for (int i = 0; i < file->service(0)->method_count(); ++i) {
    EXPECT_TRUE(methods.count(file->service(0)->method(i)->full_name())) << file->service(0)->method(i)->full_name();
  }
  EXPECT_GT(Catalog().size(), 70u);
}

// "coverage.decision"
bool LeadsSomewhere(const google::protobuf::Descriptor* type, const std::string& path) {
  for (const std::string& name : std::vector<std::string>(absl::StrSplit(path, '.'))) {
    const auto* field = type == nullptr ? nullptr : type->FindFieldByName(name);
    if (field == nullptr) return false;
    type = field->message_type();
  }
  return true;
}

TEST(Catalog, NamesOnlyFieldsThatExist) {
  for (const Command& command : Catalog()) {
    const auto* shown = ItemsField(command.method->output_type()) != nullptr
                            ? ItemsField(command.method->output_type())->message_type()
                            : command.method->output_type();
    for (const std::string& column : command.line().columns()) {
      EXPECT_TRUE(LeadsSomewhere(shown, column)) << command.noun << " " << command.verb << ": " << column;
    }
    for (const std::string& positional : command.line().positional()) {
      EXPECT_NE(command.method->input_type()->FindFieldByName(positional), nullptr) << positional;
    }
  }
}

TEST(Catalog, FlagsHaveOneNameEach) {
  for (const Command& command : Catalog()) {
    std::set<std::string> names = {"request", "all", "count", "secret-file", "force", "version", "clear"};
    for (const auto* globals : {&GlobalFlags::WithValue(), &GlobalFlags::Switches()}) {
      for (const std::string& flag : *globals) names.insert(flag.substr(flag.find_first_not_of('-')));
    }
    for (const Flag& flag : FlagsOf(command)) {
      EXPECT_TRUE(names.insert(flag.name).second) << command.noun << " " << command.verb << " --" << flag.name;
      EXPECT_FALSE(CommentOf(flag.field()).empty()) << flag.field()->full_name();
    }
  }
}

// An update that read nothing would wipe what is not given. What is masked shows as a text; of other kinds of fields
// nobody could tell what is masked from what is empty.
TEST(Catalog, EveryUpdateReadsFirst) {
  int updates = 0;
  for (const Command& command : Catalog()) {
    if (command.verb != "update") continue;
    ++updates;
    const std::optional<Update> update = UpdateOf(command);
    ASSERT_TRUE(update.has_value()) << command.noun;
    EXPECT_EQ(update->get->output_type(), command.method->output_type());
    for (const Flag& flag : FlagsOf(command)) {
      EXPECT_EQ(flag.kept, flag.path[0] == update->resource || flag.name == "etag") << flag.name;
      EXPECT_EQ(flag.positional, flag.name == "name") << flag.name;
      for (const auto* field : flag.path) {
        if (RuleOf(field).personal()) EXPECT_EQ(field->type(), google::protobuf::FieldDescriptor::TYPE_STRING);
      }
    }
  }
  EXPECT_GE(updates, 11);
  EXPECT_FALSE(UpdateOf(*FindCommand("case", "open")).has_value());
}

// What a server refuses is told by the flag that gives it, and a part with several flags by all of them.
TEST(Catalog, RefusalsNameTheFlagsThatHelp) {
  const Command& determine = *FindCommand("cause", "determine");
  EXPECT_EQ(FlagForField(determine, "findings"), "--findings.*");
  EXPECT_EQ(FlagForField(determine, "findings.evidence"), "--findings.evidence.*");
  EXPECT_EQ(FlagForField(determine, "findings.evidence.text"), "--findings.evidence.text");
  EXPECT_EQ(FlagForField(*FindCommand("action", "check"), "evidence"), "--evidence.*");
  EXPECT_EQ(FlagForField(*FindCommand("responsibility", "propose"), "responsibility.shares[1].department"),
            "--shares[1].department");
  EXPECT_EQ(FlagForField(determine, "unheard_of"), "");
}

// What a server tells to do by the API's methods is told by the commands that call them.
TEST(Catalog, RefusalsNameTheCommandsThatHelp) {
  std::ostringstream out, err;
  const Terminal terminal{out, err, 0, [](const std::string&) { return std::string(); }};
  const absl::Status refused = absl::FailedPreconditionError(
      "cases/C2026-000001 cannot be archived: contacts/7 is not answered (AnswerContact); no 'AnswerContactX'.");
  EXPECT_EQ(ReportRefusal(refused, nullptr, Format::kTable, terminal), kExitRefused + 9);
  EXPECT_EQ(err.str(),
            "Failed (FAILED_PRECONDITION): cases/C2026-000001 cannot be archived: contacts/7 is not answered "
            "('aftersales contact answer'); no 'AnswerContactX'.\n");
}

TEST(Catalog, OnlyTheFeedStreams) {
  for (const Command& command : Catalog()) {
    if (!command.method->server_streaming() && !command.method->client_streaming()) continue;
    EXPECT_EQ(command.method->name(), "WatchEvents") << "streams need a command of their own";
  }
}

TEST(Catalog, NoNounIsAWordOfTheProgramsOwn) {
  std::set<std::string> own = {"help", "version", "completion", "context"};
  for (const std::string& word : SingleWordCommands()) own.insert(word);
  for (const std::string& noun : Nouns()) EXPECT_EQ(own.count(noun), 0u) << noun;
}

TEST(Catalog, EveryCommandHelpsAndParses) {
  for (const Command& command : Catalog()) {
    Sheet help;
    EXPECT_EQ(cli::Run({command.noun, command.verb, "--help"}, help.terminal), 0);
    EXPECT_THAT(help.out.str(), ::testing::HasSubstr("Usage: aftersales " + command.noun));
    Sheet bare;
    EXPECT_EQ(cli::Run({command.noun, command.verb}, bare.terminal), 2) << command.noun << " " << command.verb;
    EXPECT_TRUE(absl::StrContains(bare.err.str(), "needs") || absl::StrContains(bare.err.str(), "no server is named"))
        << bare.err.str();
    EXPECT_EQ(bare.out.str(), "");
  }
  for (const ComposedCommand& command : ComposedCommands()) {
    Sheet help;
    EXPECT_EQ(cli::Run({"help", command.noun, command.verb}, help.terminal), 0);
  }
}

TEST(Completion, FollowsTheDescriptors) {
  Sheet s;
  EXPECT_THAT(Complete({"ca"}, s.terminal), ElementsAre("calendar", "call", "callback", "case", "case-file", "cause"));
  EXPECT_THAT(Complete({"case", "cl"}, s.terminal), ElementsAre("classify", "close"));
  EXPECT_THAT(Complete({"case", "list", "--st"}, s.terminal), ElementsAre("--state"));
  EXPECT_THAT(Complete({"case", "list", "--state", ""}, s.terminal),
              ElementsAre("accepted", "archived", "closed", "open", "refused"));
  EXPECT_THAT(Complete({"case", "list", "--state", "op"}, s.terminal), ElementsAre("open"));
  EXPECT_THAT(Complete({"-o", "json", "case", "list", "-o", "j"}, s.terminal), ElementsAre("json"));
  EXPECT_THAT(Complete({"case", "list", "--token-file", ""}, s.terminal), ElementsAre(":files"));
  EXPECT_THAT(Complete({"policy", "load", "--text", "@se"}, s.terminal), ElementsAre(":files"));
  EXPECT_THAT(Complete({"customer", "update", "--cl"}, s.terminal), ElementsAre("--clear"));
  EXPECT_THAT(Complete({"customer", "update", "--clear", "te"}, s.terminal), ElementsAre("telephone"));
  EXPECT_THAT(Complete({"completion", ""}, s.terminal), ElementsAre("bash", "fish", "zsh"));
  EXPECT_THAT(Complete({"case", "list", "--page-size", ""}, s.terminal), IsEmpty());
  EXPECT_THAT(Complete({"principal", "create", "--roles", "exe"}, s.terminal), ElementsAre("executive"));
  EXPECT_THAT(Complete({"help", "exi"}, s.terminal), ElementsAre("exit-codes"));
  EXPECT_THAT(Complete({"case", ""}, s.terminal), Contains("timeline"));
  EXPECT_THAT(Complete({"nonsense", "x", ""}, s.terminal), IsEmpty());
  EXPECT_THAT(Complete({"im"}, s.terminal), ElementsAre("import", "improper-use"));
  EXPECT_THAT(Complete({"import", ""}, s.terminal), ElementsAre(":files"));
  EXPECT_THAT(Complete({"import", "--at"}, s.terminal), ElementsAre("--atomic"));
  EXPECT_THAT(Complete({"import", "--kind", "s"}, s.terminal), ElementsAre("site", "staff"));
  EXPECT_THAT(Complete({"due", "--role", "qu"}, s.terminal), ElementsAre("quality"));
  EXPECT_THAT(Complete({"due", ""}, s.terminal), IsEmpty());
  EXPECT_THAT(Complete({"help", "du"}, s.terminal), ElementsAre("due"));
  EXPECT_THAT(Complete({}, s.terminal), Contains("case"));
  EXPECT_THAT(Complete({""}, s.terminal), Not(Contains("")));
}

TEST(Completion, HasAScriptForEachShell) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_THAT(CompletionScript(shell), ::testing::HasSubstr("aftersales __complete"));
  }
  EXPECT_EQ(CompletionScript("tcsh"), "");
  EXPECT_EQ(CompletionScript(""), "");
}

}  // namespace
}  // namespace aftersales::cli
