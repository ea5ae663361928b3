#include "tests/bench/processes.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace aftersales::bench {
namespace {

constexpr absl::Duration kLook = absl::Milliseconds(10);
constexpr absl::Duration kStopPatience = absl::Seconds(30);
constexpr size_t kLogShown = 2000;

std::atomic<bool> interrupted{false};

// Seconds that all processors together have been busy since the machine's start; what the host took away counts as
// well.
double BusySeconds() {
  const std::string text = ReadFile("/proc/stat");
  const std::vector<std::string> fields = absl::StrSplit(text.substr(0, text.find('\n')), ' ', absl::SkipEmpty());
  // cpu user nice system idle iowait irq softirq steal
  int64_t busy = 0;
  for (const size_t field : {1, 2, 3, 6, 7, 8}) {
    int64_t ticks = 0;
    if (field < fields.size() && absl::SimpleAtoi(fields[field], &ticks)) busy += ticks;
  }
  return static_cast<double>(busy) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

void CatchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = true; };
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool Interrupted() { return interrupted; }
absl::Status InterruptedError() { return absl::CancelledError("interrupted"); }

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

double ProcessorSeconds(pid_t pid) {
  if (pid <= 0) return 0;
  const std::string line = ReadFile(absl::StrCat("/proc/", pid, "/stat"));
  // The second field is the program's name in parentheses and may hold spaces; utime and stime are fields 14 and 15.
  const size_t end_of_name = line.rfind(')');
  if (end_of_name == std::string::npos) return 0;
  const std::vector<std::string> fields = absl::StrSplit(line.substr(end_of_name + 2), ' ');
  int64_t user = 0;
  int64_t system = 0;
  if (fields.size() < 13 || !absl::SimpleAtoi(fields[11], &user) || !absl::SimpleAtoi(fields[12], &system)) return 0;
  return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

Neighbours::Neighbours(std::vector<pid_t> own) : own_(std::move(own)), begin_(absl::Now()) {
  own_.push_back(getpid());
  busy_before_ = BusySeconds();
  own_before_ = OwnSeconds();
}

double Neighbours::OwnSeconds() const {
  double seconds = 0;
  for (const pid_t pid : own_) seconds += ProcessorSeconds(pid);
  return seconds;
}

double Neighbours::Share() const {
  const double others = (BusySeconds() - busy_before_) - (OwnSeconds() - own_before_);
  const double available =
      absl::ToDoubleSeconds(absl::Now() - begin_) * static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN));
  return available <= 0 ? 0 : std::clamp(others / available, 0.0, 1.0);
}

absl::StatusOr<ChildProcess> ChildProcess::Start(std::vector<std::string> argv, const std::string& log) {
  std::vector<char*> words;
  for (std::string& word : argv) words.push_back(word.data());
  words.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return absl::ResourceExhaustedError("cannot start another process");
  if (pid == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(127);
    const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(nothing, 0);
    dup2(file, 1);
    dup2(file, 2);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    execvp(words[0], words.data());
    _exit(127);
  }
  return ChildProcess(pid, argv[0], log);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), program_(std::move(other.program_)), log_(std::move(other.log_)) {}
ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(program_, other.program_);
  std::swap(log_, other.log_);
  return *this;
}
ChildProcess::~ChildProcess() { Stop(); }

bool ChildProcess::Ended(int* status) {
  if (pid_ <= 0) return true;
  if (waitpid(pid_, status, WNOHANG) != pid_) return false;
  pid_ = 0;
  return true;
}

absl::Status ChildProcess::Failure(const std::string& what) const {
  std::string text = ReadFile(log_);
  if (text.size() > kLogShown) text = text.substr(text.size() - kLogShown);
  return absl::FailedPreconditionError(absl::StrCat(program_, " ", what, ". It printed:\n", text));
}

absl::Status ChildProcess::Await(absl::FunctionRef<bool()> ready, absl::Duration patience) {
  const absl::Time give_up = absl::Now() + patience;
  while (!ready()) {
    if (Interrupted()) return InterruptedError();
    int status = 0;
    if (Ended(&status)) return Failure("ended at its start");
    if (absl::Now() > give_up) return Failure(absl::StrCat("is not ready after ", absl::FormatDuration(patience)));
    absl::SleepFor(kLook);
  }
  return absl::OkStatus();
}

absl::Status ChildProcess::AwaitEnd(absl::Duration patience) {
  const absl::Time give_up = absl::Now() + patience;
  int status = 0;
  while (!Ended(&status)) {
    if (Interrupted()) return InterruptedError();
    if (absl::Now() > give_up) return Failure(absl::StrCat("has not ended after ", absl::FormatDuration(patience)));
    absl::SleepFor(kLook);
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? absl::OkStatus() : Failure("failed");
}

void ChildProcess::Stop() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  const absl::Time give_up = absl::Now() + kStopPatience;
  int status = 0;
  while (!Ended(&status)) {
    if (absl::Now() > give_up) {
      kill(pid_, SIGKILL);
      waitpid(pid_, &status, 0);
      pid_ = 0;
      return;
    }
    absl::SleepFor(kLook);
  }
}

}  // namespace aftersales::bench
