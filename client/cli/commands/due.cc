#include "client/cli/commands/due.h"

#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "aftersales/client.h"
#include "client/cli/refusal.h"
#include "client/cli/render.h"
#include "client/cli/settings.h"
#include "client/cli/stop_signals.h"
#include "client/cli/table.h"
#include "client/cli/text.h"
#include "client/cli/values.h"

namespace aftersales::cli {
namespace {

constexpr int kMostShown = 1000;
// Not more often, however much happens; and not less often, since time passes by itself.
constexpr absl::Duration kShortestPause = absl::Seconds(1);
constexpr absl::Duration kLongestPause = absl::Minutes(1);
// Where nobody tells that something happened.
constexpr absl::Duration kPollingPause = absl::Seconds(30);

// What the words asked for.
struct Asked {
  GlobalFlags globals;
  absl::Duration within = absl::Hours(24);
  std::string within_text = "24h";
  bool overdue = false;
  bool watch = false;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  int64_t count = 0;  // 0: no end
  Format format = Format::kTable;
};

absl::Status ReadWithin(const std::string& text, const Terminal& terminal, Asked& asked) {
  absl::StatusOr<absl::Time> until = ParseTime("+" + text, terminal.now(), terminal.zone);
  if (!until.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--within '", Printable(text), "' is no duration such as 45m, 4h or 3d"));
  }
  asked.within = *until - terminal.now();
  asked.within_text = text;
  return absl::OkStatus();
}

absl::Status ParseAsked(const Words& words, const Terminal& terminal, Asked& asked) {
  std::vector<std::string> within;
  std::vector<std::string> role;
  std::vector<std::string> count;
  CLI::App app;
  app.set_help_flag();
  asked.globals.AddTo(app);
  AddValueFlag(app, "--within", within, false);
  AddValueFlag(app, "--role", role, false);
  AddValueFlag(app, "--count", count, false);
  app.add_flag("--overdue", asked.overdue);
  app.add_flag("--watch", asked.watch);
  absl::Status parsed = Parse(app, words);
  if (!parsed.ok()) return parsed;
  if (!within.empty() && asked.overdue) {
    return absl::InvalidArgumentError("--within looks ahead and --overdue does not; give one of them");
  }
  if (!within.empty()) {
    if (absl::Status read = ReadWithin(within[0], terminal, asked); !read.ok()) return read;
  }
  if (!role.empty()) {
    absl::StatusOr<int> number = ParseEnumWord(v1::Role_descriptor(), role[0]);
    if (!number.ok())
      return absl::InvalidArgumentError(absl::StrCat("--role: ", std::string(number.status().message())));
    asked.role = static_cast<v1::Role>(*number);
  }
  if (!count.empty() && (!asked.watch || !absl::SimpleAtoi(count[0], &asked.count) || asked.count < 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--count '", Printable(count[0]), "' goes with --watch and is a number from 1"));
  }
  absl::StatusOr<Format> format = ParseFormat(asked.globals.output);
  if (!format.ok()) return format.status();
  asked.format = *format;
  return absl::OkStatus();
}

absl::StatusOr<v1::ListObligationsResponse> Fetch(const Asked& asked, const Client& client, absl::Time now) {
  v1::ListObligationsRequest request;
  request.set_page_size(kMostShown);
  request.mutable_filter()->set_state(v1::OBLIGATION_STATE_OPEN);
  request.mutable_filter()->set_owner(asked.role);
  *request.mutable_filter()->mutable_due_before() = ToTimestamp(asked.overdue ? now : now + asked.within);
  return client.policy().ListObligations(request);
}

std::string Left(const v1::Obligation& o, absl::Time now) {
  return absl::StrCat(TimeLeft(ToTime(o.due_time()), now), o.paused() ? ", paused" : "");
}

void PrintTable(const Asked& asked, const v1::ListObligationsResponse& found, absl::Time now,
                const Terminal& terminal) {
  const bool wide = asked.format == Format::kWide;
  std::vector<std::string> headings = {"DUE", "LEFT", "WHAT", "ROOT", "OWNER", "CLAUSES"};
  if (wide) {
    headings.insert(headings.end(), {"KIND", "SUBJECT", "NAME"});
  } else {
    headings.emplace_back("OBLIGATION");
  }
  Table table(std::move(headings));
  for (const v1::Obligation& o : found.obligations()) {
    std::vector<std::string> cells = {FormatTime(o.due_time(), terminal.zone),
                                      Left(o, now),
                                      Printable(o.title().empty() ? o.kind() : o.title()),
                                      Printable(o.root()),
                                      absl::StrCat(Cell(o, "owner", terminal.zone), o.owner_head() ? " (head)" : ""),
                                      Cell(o, "clauses", terminal.zone)};
    if (wide) {
      cells.insert(cells.end(), {Printable(o.kind()), Printable(o.subject()), Printable(o.name())});
    } else {
      // As 'obligation explain' takes it, too.
      cells.push_back(Printable(o.name().substr(o.name().rfind('/') + 1)));
    }
    table.Add(std::move(cells));
  }
  if (!table.empty()) table.Print(terminal.out, wide ? 0 : terminal.width);
}

void Print(const Asked& asked, v1::ListObligationsResponse found, absl::Time now, const Terminal& terminal) {
  const bool more = !found.next_page_token().empty();
  found.clear_next_page_token();
  if (asked.format == Format::kJson) {
    // Watching, each document stands on a line of its own.
    terminal.out << Json(found, !asked.watch) << "\n";
  } else if (asked.format == Format::kName) {
    for (const v1::Obligation& o : found.obligations()) terminal.out << Printable(o.name()) << "\n";
  } else {
    PrintTable(asked, found, now, terminal);
    if (found.obligations().empty()) {
      terminal.err << (asked.overdue
                           ? "Nothing is overdue."
                           : absl::StrCat("Nothing is overdue or due within ", Printable(asked.within_text), "."))
                   << "\n";
    }
  }
  if (more && asked.format != Format::kJson) {
    terminal.err << "There is more than these " << kMostShown << ": --role shows less, 'obligation list --all' all.\n";
  }
  terminal.out.flush();
}

int Show(const Asked& asked, const Client& client, const Terminal& terminal) {
  const absl::Time now = terminal.now();
  absl::StatusOr<v1::ListObligationsResponse> found = Fetch(asked, client, now);
  if (!found.ok()) return ReportRefusal(found.status(), nullptr, asked.format, terminal);
  if (asked.watch && asked.format == Format::kTable) {
    if (terminal.width > 0) terminal.out << "\x1b[H\x1b[2J";
    terminal.out << "As of " << FormatTime(ToTimestamp(now), terminal.zone) << ":\n";
  }
  Print(asked, *std::move(found), now, terminal);
  return kExitOk;
}

// Where the feed ends now. A position beyond it is refused with the newest there is.
absl::StatusOr<int64_t> NewestPosition(const Client& client) {
  v1::ListEventsRequest request;
  request.set_after_position(std::numeric_limits<int64_t>::max());
  request.set_page_size(1);
  const absl::Status refused = client.events().ListEvents(request).status();
  if (ErrorReasonOf(refused) != v1::ERROR_REASON_POSITION_INVALID) return refused;
  int64_t head = 0;
  const std::map<std::string, std::string> metadata = ErrorMetadata(refused);
  const auto said = metadata.find("head");
  if (said == metadata.end() || !absl::SimpleAtoi(said->second, &head)) {
    return absl::InternalError("the server does not say where the feed of events ends");
  }
  return head;
}

bool ConcernsObligations(const v1::Event& event) { return event.has_obligation(); }

// Follows the feed on a thread of its own, and tells when there is something new to show. Without a feed only time
// tells.
class Changes {
 public:
  explicit Changes(std::unique_ptr<EventSubscription> feed)
      : subscription_(std::move(feed)), longest_pause_(subscription_ == nullptr ? kPollingPause : kLongestPause) {
    if (subscription_ != nullptr) reading_ = std::thread([this] { Read(); });
  }
  ~Changes() {
    Stop();
    if (reading_.joinable()) reading_.join();
  }
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;

  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    if (subscription_ != nullptr) subscription_->Stop();
  }

  // Waits until it is time to show things anew; false at the end. What has ended the feed is in status().
  bool Wait() {
    std::unique_lock lock(mutex_);
    const auto ended = [this] { return stopped_ || !status_.ok(); };
    changed_.wait_for(lock, absl::ToChronoMilliseconds(kShortestPause), ended);
    changed_.wait_for(lock, absl::ToChronoMilliseconds(longest_pause_ - kShortestPause),
                      [&] { return news_ || ended(); });
    news_ = false;
    return !ended();
  }

  absl::Status status() {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  void Read() {
    const absl::Status ended = subscription_->ForEach([this](const v1::Event& event) {
      if (!ConcernsObligations(event)) return absl::OkStatus();
      {
        const std::lock_guard lock(mutex_);
        news_ = true;
      }
      changed_.notify_all();
      return absl::OkStatus();
    });
    {
      const std::lock_guard lock(mutex_);
      if (!stopped_) status_ = ended;
    }
    changed_.notify_all();
  }

  const std::unique_ptr<EventSubscription> subscription_;
  const absl::Duration longest_pause_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool news_ = false;
  bool stopped_ = false;
  absl::Status status_;
  std::thread reading_;  // last: it uses what stands above
};

int Watch(const Asked& asked, const Client& client, const Terminal& terminal) {
  // Before the first look: what happens in between is news.
  absl::StatusOr<int64_t> newest = NewestPosition(client);
  std::unique_ptr<EventSubscription> feed;
  if (newest.ok()) {
    SubscriptionOptions options;
    options.after_position = *newest;
    feed = client.events().Subscribe(std::move(options));
  } else if (absl::IsPermissionDenied(newest.status())) {
    // Those who may see what is owed need not be allowed to see everything that happens.
    terminal.err << "You may not read events, so this looks every " << absl::FormatDuration(kPollingPause)
                 << " instead of whenever something changes.\n";
  } else {
    return ReportRefusal(newest.status(), nullptr, asked.format, terminal);
  }
  Changes changes(std::move(feed));
  const StopOnSignal stop([&changes] { changes.Stop(); });
  for (int64_t shown = 1;; ++shown) {
    if (const int exit_code = Show(asked, client, terminal); exit_code != kExitOk) return exit_code;
    if (shown == asked.count || !terminal.out || !changes.Wait()) break;
  }
  const absl::Status ended = changes.status();
  return ended.ok() ? kExitOk : ReportRefusal(ended, nullptr, asked.format, terminal);
}

}  // namespace

std::string TimeLeft(absl::Time due, absl::Time now) {
  const bool late = due < now;
  const int64_t minutes = absl::ToInt64Minutes(late ? now - due : due - now);
  if (minutes == 0) return late ? "just late" : "now";
  const int64_t days = minutes / (24 * 60);
  const int64_t hours = minutes / 60 % 24;
  std::string text;
  // Two units are as exact as anybody needs.
  if (days > 0) absl::StrAppend(&text, days, "d");
  if (hours > 0) absl::StrAppend(&text, text.empty() ? "" : " ", hours, "h");
  if (days == 0 && minutes % 60 > 0) absl::StrAppend(&text, text.empty() ? "" : " ", minutes % 60, "m");
  return late ? absl::StrCat(text, " late") : absl::StrCat("in ", text);
}

int RunDue(const Words& words, const Terminal& terminal) {
  Asked asked;
  absl::Status parsed = ParseAsked(words, terminal, asked);
  if (!parsed.ok()) return ReportUsage(parsed, PeekFormat(words), terminal);
  absl::StatusOr<ClientOptions> options = ResolveServer(asked.globals, terminal);
  if (!options.ok()) return ReportUsage(options.status(), asked.format, terminal);
  if (asked.watch) HoldStopSignals();
  absl::StatusOr<Client> client = Client::Create(*options);
  if (!client.ok()) return ReportUsage(client.status(), asked.format, terminal);
  return asked.watch ? Watch(asked, *client, terminal) : Show(asked, *client, terminal);
}

}  // namespace aftersales::cli
