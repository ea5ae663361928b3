#include "tests/bench/stage.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "server/base/clock.h"
#include "server/base/random.h"
#include "server/base/status_macros.h"

namespace aftersales::bench {
namespace {

constexpr char kDatabase[] = "aftersales";
constexpr int kSettingUpClients = 16;
constexpr int64_t kMostOpenedByCalls = 2000;
// Enough for the few thousand cases that are measured beside their floors.
constexpr int kPoolMib = 256;
constexpr absl::Duration kFeedPatience = absl::Seconds(10);

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A port that nobody listens on at this moment.
int FreePort() {
  const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  const bool bound = bind(file, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(file, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(file);
  return bound ? ntohs(address.sin_port) : 0;
}

absl::StatusOr<std::string> HttpGet(int port, const std::string& path) {
  const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port);
  const std::string request = absl::StrCat("GET ", path, " HTTP/1.0\r\nHost: localhost\r\n\r\n");
  std::string answer;
  bool fine = connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
              send(file, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size());
  for (char buffer[16384]; fine;) {
    const ssize_t got = recv(file, buffer, sizeof(buffer), 0);
    if (got <= 0) break;
    answer.append(buffer, static_cast<size_t>(got));
  }
  close(file);
  if (!absl::StartsWith(answer, "HTTP/1.") || !absl::StrContains(answer.substr(0, 20), " 200 ")) {
    return absl::UnavailableError("the server's metrics cannot be read");
  }
  return answer;
}

// The value of the series of this name whose labels contain `label`.
double ValueIn(const std::string& metrics, const std::string& name, const std::string& label) {
  for (const auto line : absl::StrSplit(metrics, '\n')) {
    if (!absl::StartsWith(line, name) || !absl::StrContains(line, label)) continue;
    const std::vector<std::string> words = absl::StrSplit(absl::StripAsciiWhitespace(line), ' ');
    double value = 0;
    if (absl::SimpleAtod(words.back(), &value)) return value;
  }
  return 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Stage>> Stage::SetUp(const std::string& folder, const std::string& program, int workers,
                                                    int cases) {
  std::unique_ptr<Stage> stage(new Stage(folder, program, workers));
  RETURN_IF_ERROR(stage->StartDatabase(kPoolMib));
  RETURN_IF_ERROR(stage->StartServer());
  RETURN_IF_ERROR(stage->SignIn());
  RETURN_IF_ERROR(stage->Furnish());
  RETURN_IF_ERROR(stage->OpenCases(cases));
  RETURN_IF_ERROR(stage->LearnSql());
  RETURN_IF_ERROR(stage->CopyDatabase());
  RETURN_IF_ERROR(stage->TryScripts());
  return stage;
}

absl::StatusOr<std::unique_ptr<Stage>> Stage::SetUpForSize(const std::string& folder, const std::string& program,
                                                           int workers, int64_t cases, int pool_mib) {
  std::unique_ptr<Stage> stage(new Stage(folder, program, workers));
  const int64_t opened = std::min<int64_t>(cases, kMostOpenedByCalls);
  RETURN_IF_ERROR(stage->StartDatabase(pool_mib));
  RETURN_IF_ERROR(stage->StartServer());
  RETURN_IF_ERROR(stage->SignIn());
  RETURN_IF_ERROR(stage->Furnish());
  RETURN_IF_ERROR(stage->OpenCases(static_cast<int>(opened)));
  RETURN_IF_ERROR(stage->AcceptCases());
  RETURN_IF_ERROR(stage->AwaitFeed());
  // The feed's numbers are the server's while it runs.
  stage->server_.Stop();
  RETURN_IF_ERROR(stage->Multiply(cases / opened - 1));
  RETURN_IF_ERROR(stage->StartServer());
  return stage;
}

Stage::~Stage() {
  empty_.reset();
  client_.reset();
  server_.Stop();
  root_.reset();
}

absl::Status Stage::StartDatabase(int pool_mib) {
  // What production has and the tests leave out: a commit is on the disk before it is acknowledged.
  database_ = std::make_unique<testing::MariaDb>(
      folder_, std::vector<std::string>{"--innodb-flush-log-at-trx-commit=1", "--innodb-doublewrite=1",
                                        "--innodb-log-file-size=256M",
                                        absl::StrCat("--innodb-buffer-pool-size=", pool_mib, "M")});
  ASSIGN_OR_RETURN(root_, SqlConnection::Connect(database_->socket(), ""));
  ASSIGN_OR_RETURN(const std::vector<std::string> version, root_->Ask("SELECT VERSION()"));
  database_version_ = version.at(0);
  RETURN_IF_ERROR(MigrateDatabase(kDatabase));
  return MigrateDatabase(kReplayDatabase);
}

absl::Status Stage::MigrateDatabase(const std::string& name) {
  if (Interrupted()) return InterruptedError();
  RETURN_IF_ERROR(root_->Run(absl::StrCat("CREATE DATABASE ", name, " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")));
  ASSIGN_OR_RETURN(ChildProcess migrate,
                   ChildProcess::Start({program_, "migrate", "--data", folder_, "--database",
                                        absl::StrCat("mysql:socket=", socket(), ",user=root,database=", name)},
                                       folder_ + "/migrate.log"));
  return migrate.AwaitEnd(absl::Seconds(60));
}

absl::Status Stage::StartServer() {
  metrics_port_ = FreePort();
  std::filesystem::remove(folder_ + "/port-of-server");
  ASSIGN_OR_RETURN(
      server_, ChildProcess::Start({program_, "serve", "--data", folder_, "--database",
                                    absl::StrCat("mysql:socket=", socket(), ",user=root,database=", kDatabase),
                                    "--listen", "127.0.0.1:0", "--port-file", folder_ + "/port-of-server",
                                    "--admin-token-file", folder_ + "/admin.token", "--workers", absl::StrCat(workers_),
                                    "--metrics", absl::StrCat("127.0.0.1:", metrics_port_)},
                                   folder_ + "/server.log"));
  const std::string port_file = folder_ + "/port-of-server";
  RETURN_IF_ERROR(server_.Await([&] { return std::filesystem::exists(port_file); }, absl::Seconds(60)));
  endpoint_ = absl::StrCat("127.0.0.1:", absl::StripAsciiWhitespace(ReadFile(port_file)));
  return absl::OkStatus();
}

// Cases are opened by customer service; the administrator may not.
absl::Status Stage::SignIn() {
  ClientOptions options;
  options.endpoint = endpoint_;
  options.token = std::string(absl::StripAsciiWhitespace(ReadFile(folder_ + "/admin.token")));
  ASSIGN_OR_RETURN(Client admin, Client::Create(options));
  client_ = std::make_unique<Client>(admin);
  v1::CreatePrincipalRequest principal;
  principal.mutable_principal()->set_display_name("Telephone desk");
  for (const v1::Role role : {v1::ROLE_CUSTOMER_SERVICE, v1::ROLE_QUALITY}) {
    principal.mutable_principal()->add_roles()->set_role(role);
  }
  ASSIGN_OR_RETURN(const v1::Principal made, admin.access().CreatePrincipal(principal));
  v1::CreateTokenRequest token;
  token.mutable_token()->set_principal(made.name());
  ASSIGN_OR_RETURN(const v1::IssuedToken issued, admin.access().CreateToken(token));
  token_ = issued.secret();
  return absl::OkStatus();
}

absl::Status Stage::Furnish() {
  v1::CreatePolicyVersionRequest load;
  load.mutable_policy_version()->set_text(
      ReadFile(absl::StrCat(AFTERSALES_SOURCE_DIR, "/server/packs/hongxing.textproto")));
  ASSIGN_OR_RETURN(const v1::PolicyVersion version, client_->policy().CreatePolicyVersion(load));
  v1::ActivatePolicyVersionRequest activate;
  activate.set_name(version.name());
  RETURN_IF_ERROR(client_->policy().ActivatePolicyVersion(activate).status());

  v1::CreateCustomerRequest customer;
  customer.mutable_customer()->set_display_name("Harbour Tramways");
  customer.mutable_customer()->set_region("jilin");
  ASSIGN_OR_RETURN(const v1::Customer owner, client_->directory().CreateCustomer(customer));
  v1::CreateProductRequest product;
  product.mutable_product()->set_display_name("Brake unit BU-7");
  ASSIGN_OR_RETURN(const v1::Product brake, client_->directory().CreateProduct(product));
  v1::CreateEquipmentRequest equipment;
  equipment.mutable_equipment()->set_serial_number("BU7-0001");
  equipment.mutable_equipment()->set_product(brake.name());
  equipment.mutable_equipment()->set_customer(owner.name());
  ASSIGN_OR_RETURN(const v1::Equipment sold, client_->directory().CreateEquipment(equipment));

  v1::Case& opened = *create_request_.mutable_service_case();
  opened.set_subject(v1::CASE_SUBJECT_PRODUCT);
  opened.set_customer(owner.name());
  opened.set_equipment(sold.name());
  opened.add_nonconforming_items("release valve");
  opened.set_description(
      "The brake of the second bogie does not release after a stop longer than ten minutes; the driver "
      "reset it twice. Car 3, line 1, since this morning's first run.");
  *opened.mutable_notice_time() = ToProto(absl::Now() - absl::Minutes(30));
  return absl::OkStatus();
}

absl::Status Stage::OpenCases(int count) {
  ClientOptions options;
  options.endpoint = endpoint_;
  options.token = token_;
  ASSIGN_OR_RETURN(Client desk, Client::Create(options));
  client_ = std::make_unique<Client>(desk);
  std::atomic<int> next{0};
  absl::Mutex mutex;
  absl::Status failed;
  std::vector<std::thread> threads;
  for (int i = 0; i < kSettingUpClients; ++i) {
    threads.emplace_back([&] {
      while (next++ < count && !Interrupted()) {
        const auto opened = client_->cases().CreateCase(create_request_);
        absl::MutexLock lock(&mutex);
        if (!opened.ok()) {
          failed = opened.status();
          return;
        }
        cases_.push_back(opened->name());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (Interrupted()) return InterruptedError();
  return failed;
}

// Every second case, so that there are open and accepted ones, and duties with a time.
absl::Status Stage::AcceptCases() {
  for (size_t i = 0; i < cases_.size(); i += 2) {
    if (Interrupted()) return InterruptedError();
    v1::AcceptCaseRequest request;
    request.set_name(cases_[i]);
    request.set_service_mode(v1::SERVICE_MODE_ON_SITE);
    RETURN_IF_ERROR(client_->cases().AcceptCase(request).status());
  }
  return absl::OkStatus();
}

// Copies of all that belongs to cases, under names of their own: "cases/C2026-000001" becomes "cases/C2026-000001-7".
// What is kept serialized still names the original, which none of the measured calls looks at.
absl::Status Stage::Multiply(int64_t times) {
  if (times <= 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(SqlConnection database, SqlConnection::Connect(socket(), kDatabase));
  RETURN_IF_ERROR(database.Run("SET SESSION max_statement_time = 0, unique_checks = 0"));
  ASSIGN_OR_RETURN(const std::vector<std::string> positions,
                   database.Ask("SELECT COALESCE(MAX(position), 0) FROM event"));
  const auto column = [&](const std::string& table, const std::string& name) -> std::string {
    const bool of_case = name == "root" || name == "subject" || name == "service_case";
    if (name == "name" || (of_case && !(table == "service_case" && name == "subject"))) {
      return absl::StrCat("CONCAT(", name, ", '-', seq)");
    }
    if (table == "event" && name == "id") return "-(id + seq * 10000000)";
    if (table == "event" && name == "position") return absl::StrCat("position + seq * ", positions.at(0));
    return name;
  };
  for (const std::string table : {"service_case", "case_item", "obligation", "event"}) {
    ASSIGN_OR_RETURN(
        const std::vector<std::string> columns,
        root_->Ask(absl::StrCat("SELECT column_name FROM information_schema.columns WHERE table_schema = '", kDatabase,
                                "' AND table_name = '", table, "' ORDER BY ordinal_position")));
    std::vector<std::string> values;
    for (const std::string& name : columns) values.push_back(column(table, name));
    // A hundred copies at a time: one transaction of a million rows would be measured long after it.
    for (int64_t from = 1; from <= times; from += 100) {
      if (Interrupted()) return InterruptedError();
      RETURN_IF_ERROR(database.Run(absl::StrCat(
          "INSERT INTO ", table, " (", absl::StrJoin(columns, ", "), ") SELECT ", absl::StrJoin(values, ", "), " FROM ",
          table, " JOIN seq_", from, "_to_", std::min(times, from + 99), " WHERE ",
          table == "case_item"                        ? "service_case"
          : table == "event" || table == "obligation" ? "root"
                                                      : "name",
          " NOT LIKE '%-%-%'", table == "event" ? " AND position IS NOT NULL AND root LIKE 'cases/%'" : "")));
    }
    RETURN_IF_ERROR(database.Run(absl::StrCat("ANALYZE TABLE ", table)));
  }
  const size_t opened = cases_.size();
  for (int64_t copy = 1; copy <= times; ++copy) {
    for (size_t i = 0; i < opened; ++i) cases_.push_back(absl::StrCat(cases_[i], "-", copy));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Stage::SizeInMib() {
  ASSIGN_OR_RETURN(const std::vector<std::string> size,
                   root_->Ask(absl::StrCat("SELECT CAST(SUM(data_length + index_length) / 1048576 AS INTEGER) FROM "
                                           "information_schema.tables WHERE table_schema = '",
                                           kDatabase, "'")));
  int64_t mib = 0;
  if (!absl::SimpleAtoi(size.at(0), &mib)) return absl::InternalError("the database does not tell its size");
  return mib;
}

absl::Status Stage::LearnSql() {
  RETURN_IF_ERROR(AwaitFeed());
  v1::Case made;
  v1::CreateCaseRequest request = create_request_;
  request.set_request_id(RandomUuid());
  ASSIGN_OR_RETURN(const std::vector<LoggedStatement> creating, Capture(*root_, folder_, [&]() -> absl::Status {
                     ASSIGN_OR_RETURN(made, client_->cases().CreateCase(request));
                     return absl::OkStatus();
                   }));
  ASSIGN_OR_RETURN(create_script_, SqlScript::OfCreate(creating, made.name(), request.request_id()));
  ASSIGN_OR_RETURN(const std::vector<LoggedStatement> reading, Capture(*root_, folder_, [&]() -> absl::Status {
                     v1::GetCaseRequest get;
                     get.set_name(made.name());
                     return client_->cases().GetCase(get).status();
                   }));
  ASSIGN_OR_RETURN(get_script_, SqlScript::OfGet(reading, made.name()));
  ASSIGN_OR_RETURN(empty_, EmptyServer::Start(folder_, made));
  return absl::OkStatus();
}

absl::Status Stage::CopyDatabase() {
  RETURN_IF_ERROR(AwaitFeed());
  RETURN_IF_ERROR(root_->Run("SET SESSION foreign_key_checks = 0, max_statement_time = 0"));
  ASSIGN_OR_RETURN(const std::vector<std::string> tables,
                   root_->Ask(absl::StrCat("SELECT table_name FROM information_schema.tables WHERE table_schema = '",
                                           kDatabase, "' AND table_type = 'BASE TABLE'")));
  for (const std::string& table : tables) {
    RETURN_IF_ERROR(root_->Run(absl::StrCat("DELETE FROM ", kReplayDatabase, ".", table)));
    RETURN_IF_ERROR(root_->Run(
        absl::StrCat("INSERT INTO ", kReplayDatabase, ".", table, " SELECT * FROM ", kDatabase, ".", table)));
  }
  return absl::OkStatus();
}

// Sends what will be replayed a few times: keys that are not fresh show now.
absl::Status Stage::TryScripts() {
  ASSIGN_OR_RETURN(SqlConnection connection, SqlConnection::Connect(socket(), kReplayDatabase));
  std::vector<std::string> statements;
  const auto count = [&]() -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const std::vector<std::string> rows, connection.Ask("SELECT COUNT(*) FROM service_case"));
    return rows.at(0);
  };
  ASSIGN_OR_RETURN(const std::string before, count());
  for (const char* name : {"cases/trial-1", "cases/trial-2"}) {
    create_script_->Write(name, statements);
    for (const std::string& sql : statements) RETURN_IF_ERROR(connection.Run(sql));
    get_script_->Write(name, statements);
    for (const std::string& sql : statements) {
      ASSIGN_OR_RETURN(const std::vector<std::string> rows, connection.Ask(sql));
      if (rows.size() != 1) return absl::InternalError(absl::StrCat("a replayed case cannot be read back: ", sql));
    }
  }
  ASSIGN_OR_RETURN(const std::string after, count());
  int64_t more = 0;
  int64_t were = 0;
  if (!absl::SimpleAtoi(after, &more) || !absl::SimpleAtoi(before, &were) || more != were + 2) {
    return absl::InternalError("the replayed transaction does not make one case each time");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Stage::Metrics() const { return HttpGet(metrics_port_, "/metrics"); }

absl::StatusOr<StatementCount> Stage::Statements(const std::string& method) const {
  ASSIGN_OR_RETURN(const std::string metrics, Metrics());
  const std::string label = absl::StrCat("grpc_method=\"", method, "\"");
  return StatementCount{ValueIn(metrics, "aftersales_call_statements_count", label),
                        ValueIn(metrics, "aftersales_call_statements_sum", label)};
}

absl::Status Stage::AwaitFeed() const {
  const absl::Time give_up = absl::Now() + kFeedPatience;
  // The number told is that of the feed's last look, so one zero may be older than the last commit.
  for (int zeros = 0; zeros < 3 && absl::Now() < give_up;) {
    if (Interrupted()) return InterruptedError();
    ASSIGN_OR_RETURN(const std::string metrics, Metrics());
    zeros = ValueIn(metrics, "aftersales_feed_pending_events", "") == 0 ? zeros + 1 : 0;
    absl::SleepFor(absl::Milliseconds(30));
  }
  return absl::OkStatus();
}

}  // namespace aftersales::bench
