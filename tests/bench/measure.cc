#include "tests/bench/measure.h"

#include <algorithm>
#include <atomic>
#include <functional>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "server/base/random.h"
#include "server/base/status_macros.h"
#include "tests/bench/processes.h"
#include "tests/bench/rpc_load.h"
#include "tests/bench/sql_load.h"

namespace aftersales::bench {
namespace {

constexpr char kGetCase[] = "/aftersales.v1.CaseService/GetCase";
constexpr char kCreateCase[] = "/aftersales.v1.CaseService/CreateCase";

const std::string& AnyOf(const std::vector<std::string>& names) {
  thread_local absl::InsecureBitGen random;
  return names[absl::Uniform<size_t>(random, 0, names.size())];
}

// Requests about cases that exist, taken at random.
RpcLoad::Requests GetRequests(const Stage& stage) {
  std::vector<grpc::ByteBuffer> made;
  for (const std::string& name : stage.cases()) {
    v1::GetCaseRequest request;
    request.set_name(name);
    const grpc::Slice slice(request.SerializeAsString());
    made.emplace_back(&slice, 1);
  }
  return [made = std::move(made)] {
    thread_local absl::InsecureBitGen random;
    return made[absl::Uniform<size_t>(random, 0, made.size())];
  };
}

// The same request each time, but for its request id, which is written over in the serialized bytes.
RpcLoad::Requests CreateRequests(const Stage& stage) {
  v1::CreateCaseRequest request = stage.create_request();
  request.set_request_id(RandomUuid());
  const std::string bytes = request.SerializeAsString();
  const size_t place = bytes.find(request.request_id());
  return [bytes, place] {
    const std::string fresh = RandomUuid();
    std::string copy = bytes;
    copy.replace(place, fresh.size(), fresh);
    const grpc::Slice slice(copy);
    return grpc::ByteBuffer(&slice, 1);
  };
}

// Measures one series for one round.
using Runner = std::function<absl::StatusOr<Round>(int clients, absl::Duration length)>;

struct Contender {
  std::string name;
  bool on_database = false;  // one connection per client, never more than the server has workers
  Runner run;
};

class Bench {
 public:
  Bench(const Plan& plan, Stage& stage)
      : plan_(plan),
        stage_(stage),
        product_(stage.endpoint(), stage.token()),
        empty_(stage.empty().endpoint(), stage.token()),
        sql_(stage.socket(), kReplayDatabase),
        get_requests_(GetRequests(stage)),
        create_requests_(CreateRequests(stage)) {}

  absl::StatusOr<Result> Measure(LoadKind load, int clients) {
    const std::vector<Contender> contenders = ContendersOf(load);
    Result result{.load = load, .clients = clients};
    for (const Contender& contender : contenders) {
      result.series.push_back(
          {.name = contender.name, .clients = contender.on_database ? std::min(clients, plan_.workers) : clients});
    }
    const std::string method = load == LoadKind::kGetCase ? "GetCase" : "CreateCase";
    ASSIGN_OR_RETURN(const StatementCount before, stage_.Statements(method));
    for (int round = 0; round < plan_.rounds; ++round) {
      for (size_t step = 0; step < contenders.size(); ++step) {
        // Forth and back, so that a machine that grows slower or faster favours nobody.
        const size_t i = round % 2 == 0 ? step : contenders.size() - 1 - step;
        ASSIGN_OR_RETURN(Round measured, contenders[i].run(result.series[i].clients, RoundLength(plan_)));
        if (Interrupted()) return InterruptedError();
        if (measured.micros.empty()) {
          return absl::InternalError(
              absl::StrCat("not one call of ", contenders[i].name, " succeeded: ", measured.failure));
        }
        result.series[i].rounds.push_back(std::move(measured));
      }
      result.ratios.push_back(RatioOf(result, static_cast<size_t>(round)));
    }
    ASSIGN_OR_RETURN(const StatementCount after, stage_.Statements(method));
    result.statements_per_call = (after.statements - before.statements) / std::max(1.0, after.calls - before.calls);
    return result;
  }

 private:
  std::vector<Contender> ContendersOf(LoadKind load) {
    const bool reads = load == LoadKind::kGetCase;
    const char* method = reads ? kGetCase : kCreateCase;
    const RpcLoad::Requests& requests = reads ? get_requests_ : create_requests_;
    const Watch product = {.server = stage_.server_pid(), .database = stage_.database_pid()};
    const Watch empty = {.server = stage_.empty().pid()};
    const Watch database = {.database = stage_.database_pid()};
    std::vector<Contender> contenders;
    contenders.push_back(
        {"product", false, [=, this, &requests](int clients, absl::Duration length) -> absl::StatusOr<Round> {
           Round round = product_.Run(method, requests, clients, length, product);
           if (!reads) RETURN_IF_ERROR(stage_.AwaitFeed());
           return round;
         }});
    contenders.push_back({"empty_rpc", false, [=, this, &requests](int clients, absl::Duration length) {
                            return empty_.Run(method, requests, clients, length, empty);
                          }});
    contenders.push_back({reads ? "select" : "replayed_sql", true, [=, this](int clients, absl::Duration length) {
                            return sql_.Run(StatementsOf(reads), clients, length, database);
                          }});
    return contenders;
  }

  SqlLoad::Statements StatementsOf(bool reads) {
    if (reads) {
      return [this](std::vector<std::string>& statements) {
        stage_.get_script().Write(AnyOf(stage_.cases()), statements);
      };
    }
    return [this](std::vector<std::string>& statements) {
      stage_.create_script().Write(absl::StrCat("cases/R", next_case_.fetch_add(1)), statements);
    };
  }

  // Reads: against one empty call and one select after the other. Creates: against the same SQL.
  static double RatioOf(const Result& result, size_t round) {
    const auto per_second = [&](size_t series) { return result.series[series].rounds[round].per_second(); };
    if (result.load == LoadKind::kCreateCase) return per_second(0) / per_second(2);
    return per_second(0) * (1 / per_second(1) + 1 / per_second(2));
  }

  const Plan& plan_;
  Stage& stage_;
  RpcLoad product_;
  RpcLoad empty_;
  SqlLoad sql_;
  const RpcLoad::Requests get_requests_;
  const RpcLoad::Requests create_requests_;
  std::atomic<int64_t> next_case_{1'000'000'000};
};

}  // namespace

const char* NameOf(LoadKind load) { return load == LoadKind::kGetCase ? "get-case" : "create-case"; }

absl::Duration RoundLength(const Plan& plan) {
  constexpr int kSeries = 3;
  const size_t rounds = plan.loads.size() * plan.clients.size() * kSeries * static_cast<size_t>(plan.rounds);
  return std::max(plan.measured / static_cast<double>(std::max<size_t>(1, rounds)), absl::Milliseconds(100));
}

absl::StatusOr<std::vector<Result>> Measure(const Plan& plan, Stage& stage,
                                            absl::FunctionRef<void(const std::string&)> tell) {
  Bench bench(plan, stage);
  std::vector<Result> results;
  for (const LoadKind load : plan.loads) {
    for (const int clients : plan.clients) {
      tell(absl::StrCat(NameOf(load), ", ", clients, clients == 1 ? " client" : " clients"));
      ASSIGN_OR_RETURN(Result result, bench.Measure(load, clients));
      results.push_back(std::move(result));
    }
  }
  return results;
}

}  // namespace aftersales::bench
