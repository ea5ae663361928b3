// `aftersales event watch`: prints events as they come, through disconnections, until Ctrl-C.
#ifndef AFTERSALES_CLIENT_CLI_COMMANDS_WATCH_H_
#define AFTERSALES_CLIENT_CLI_COMMANDS_WATCH_H_

#include <memory>
#include <string>

#include "aftersales/connection.h"
#include "aftersales/v1/event.pb.h"
#include "client/cli/catalog.h"
#include "client/cli/render.h"
#include "client/cli/terminal.h"

namespace aftersales::cli {

// `count` ends it after so many events; empty means never. Answers the exit code.
int RunWatch(const Command& command, std::shared_ptr<Connection> connection, const v1::WatchEventsRequest& request,
             const std::string& count, Format format, const Terminal& terminal);

}  // namespace aftersales::cli

#endif  // AFTERSALES_CLIENT_CLI_COMMANDS_WATCH_H_
