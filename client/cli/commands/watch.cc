#include "client/cli/commands/watch.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "aftersales/event_subscription.h"
#include "client/cli/refusal.h"
#include "client/cli/stop_signals.h"
#include "client/cli/text.h"

namespace aftersales::cli {
namespace {

// Prints events one by one; rows come as they come, so the columns have fixed widths.
class EventPrinter {
 public:
  EventPrinter(const Command& command, Format format, const Terminal& terminal)
      : columns_(command.line().columns().begin(), command.line().columns().end()),
        format_(format),
        terminal_(terminal) {}

  void Print(const v1::Event& event) {
    if (format_ == Format::kJson) {
      terminal_.out << Json(event, false) << "\n";
    } else if (format_ == Format::kName) {
      terminal_.out << Printable(event.subject()) << "\n";
    } else {
      if (!headed_) PrintRow([](const std::string& column) { return Heading(column); });
      headed_ = true;
      PrintRow([&](const std::string& column) { return Cell(event, column, terminal_.zone); });
    }
    terminal_.out.flush();
  }

 private:
  template <typename CellOf>
  void PrintRow(CellOf cell_of) {
    std::string line;
    for (const std::string& column : columns_) {
      const size_t width = column == "position" ? 10 : column == "time" ? 18 : column == "type" ? 26 : 28;
      const std::string cell = cell_of(column);
      line += &column == &columns_.back() ? cell : Padded(cell.empty() ? "-" : cell, width) + " ";
    }
    terminal_.out << (terminal_.width > 0 && format_ != Format::kWide ? Cut(line, terminal_.width) : line) << "\n";
  }

  std::vector<std::string> columns_;
  Format format_;
  const Terminal& terminal_;
  bool headed_ = false;
};

}  // namespace

int RunWatch(const Command& command, std::shared_ptr<Connection> connection, const v1::WatchEventsRequest& request,
             const std::string& count, Format format, const Terminal& terminal) {
  int64_t wanted = 0;
  if (!count.empty() && (!absl::SimpleAtoi(count, &wanted) || wanted < 1)) {
    return ReportUsage(absl::InvalidArgumentError(absl::StrCat("--count '", Printable(count), "' is no number from 1")),
                       format, terminal);
  }
  SubscriptionOptions options;
  options.after_position = request.after_position();
  options.root = request.root();
  options.on_reconnect = [&](const absl::Status& why, absl::Duration wait) {
    terminal.err << "Disconnected (" << Printable(std::string(why.message())) << "); connecting again in "
                 << absl::FormatDuration(wait) << ".\n";
  };
  EventSubscription subscription(std::move(connection), std::move(options));
  const StopOnSignal stop([&subscription] { subscription.Stop(); });
  EventPrinter printer(command, format, terminal);
  for (int64_t printed = 0; wanted == 0 || printed < wanted; ++printed) {
    absl::StatusOr<v1::Event> event = subscription.Next();
    if (event.status().code() == absl::StatusCode::kCancelled) break;
    if (!event.ok()) return ReportRefusal(event.status(), &command, format, terminal);
    printer.Print(*event);
    if (!terminal.out) break;
  }
  if (format != Format::kJson) terminal.err << "Resume with --after-position " << subscription.position() << ".\n";
  return kExitOk;
}

}  // namespace aftersales::cli
