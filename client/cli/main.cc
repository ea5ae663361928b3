// The `aftersales` command.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "client/cli/cli.h"
#include "client/cli/terminal.h"

namespace {

size_t TerminalWidth(int file) {
  winsize size = {};
  if (isatty(file) == 0 || ioctl(file, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

std::string Environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  aftersales::cli::Terminal terminal{std::cout, std::cerr, TerminalWidth(STDOUT_FILENO), Environment};
  terminal.err_width = TerminalWidth(STDERR_FILENO);
  return aftersales::cli::Run({argv + 1, argv + argc}, terminal);
}
