#include "tests/bench/sizes.h"

#include <algorithm>
#include <functional>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/random.h"
#include "server/base/status_macros.h"
#include "tests/bench/processes.h"
#include "tests/bench/rpc_load.h"

namespace aftersales::bench {
namespace {

constexpr double kGoal = 1.3;

template <typename Request>
grpc::ByteBuffer Bytes(const Request& request) {
  const grpc::Slice slice(request.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

const std::string& AnyCase(const Stage& stage) {
  thread_local absl::InsecureBitGen random;
  return stage.cases()[absl::Uniform<size_t>(random, 0, stage.cases().size())];
}

// One kind of call: its method and how a request about this stage is made.
struct CallKind {
  std::string name;
  std::string method;
  std::function<grpc::ByteBuffer(const Stage& stage)> request;
  bool writes = false;
};

template <typename Request>
Request FirstPage() {
  Request request;
  request.set_page_size(50);
  return request;
}

std::vector<CallKind> CallKinds() {
  const std::string cases = "/aftersales.v1.CaseService/", policy = "/aftersales.v1.PolicyService/";
  return {
      {"GetCase", cases + "GetCase",
       [](const Stage& stage) {
         v1::GetCaseRequest request;
         request.set_name(AnyCase(stage));
         return Bytes(request);
       }},
      {"ListCases, first page", cases + "ListCases",
       [](const Stage&) { return Bytes(FirstPage<v1::ListCasesRequest>()); }},
      {"ListCases, open", cases + "ListCases",
       [](const Stage&) {
         auto request = FirstPage<v1::ListCasesRequest>();
         request.mutable_filter()->set_state(v1::CASE_STATE_OPEN);
         return Bytes(request);
       }},
      {"ListCases of a customer", cases + "ListCases",
       [](const Stage& stage) {
         auto request = FirstPage<v1::ListCasesRequest>();
         request.mutable_filter()->set_customer(stage.create_request().service_case().customer());
         return Bytes(request);
       }},
      {"ListSimilarCases", cases + "ListSimilarCases",
       [](const Stage& stage) {
         auto request = FirstPage<v1::ListSimilarCasesRequest>();
         request.set_name(AnyCase(stage));
         return Bytes(request);
       }},
      {"ListObligations, next due", policy + "ListObligations",
       [](const Stage&) {
         auto request = FirstPage<v1::ListObligationsRequest>();
         request.mutable_filter()->set_state(v1::OBLIGATION_STATE_OPEN);
         return Bytes(request);
       }},
      {"ListObligations of a case", policy + "ListObligations",
       [](const Stage& stage) {
         auto request = FirstPage<v1::ListObligationsRequest>();
         request.mutable_filter()->set_root(AnyCase(stage));
         return Bytes(request);
       }},
      {"ClassifyCase", cases + "ClassifyCase",
       [](const Stage& stage) {
         v1::ClassifyCaseRequest request;
         request.set_request_id(RandomUuid());
         request.set_name(AnyCase(stage));
         request.set_classification("A");
         request.mutable_evidence()->set_text("Seen at the site.");
         return Bytes(request);
       },
       /*writes=*/true},
      {"CreateCase", cases + "CreateCase",
       [](const Stage& stage) {
         v1::CreateCaseRequest request = stage.create_request();
         request.set_request_id(RandomUuid());
         return Bytes(request);
       },
       /*writes=*/true},
  };
}

double MedianOf(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double MicrosOf(const std::vector<Round>& rounds) {
  std::vector<double> all;
  for (const Round& round : rounds) all.insert(all.end(), round.micros.begin(), round.micros.end());
  return MedianOf(std::move(all));
}

absl::StatusOr<Round> Measured(const CallKind& kind, RpcLoad& load, Stage& stage, const SizePlan& plan,
                               absl::Duration length) {
  Round round = load.Run(kind.method, [&] { return kind.request(stage); }, plan.clients, length,
                         {.server = stage.server_pid(), .database = stage.database_pid()});
  if (Interrupted()) return InterruptedError();
  if (round.micros.empty()) {
    return absl::InternalError(absl::StrCat("not one ", kind.name, " succeeded: ", round.failure));
  }
  if (kind.writes) RETURN_IF_ERROR(stage.AwaitFeed());
  return round;
}

}  // namespace

absl::StatusOr<std::vector<SizeResult>> MeasureSizes(const SizePlan& plan, Stage& small, Stage& large,
                                                     absl::FunctionRef<void(const std::string&)> tell) {
  const std::vector<CallKind> kinds = CallKinds();
  const absl::Duration length =
      std::max(plan.measured / static_cast<double>(kinds.size() * 2 * static_cast<size_t>(plan.rounds)),
               absl::Milliseconds(100));
  RpcLoad load_small(small.endpoint(), small.token()), load_large(large.endpoint(), large.token());
  std::vector<SizeResult> results;
  for (const CallKind& kind : kinds) {
    tell(kind.name);
    SizeResult result{.call = kind.name, .small = {}, .large = {}, .ratios = {}};
    for (int round = 0; round < plan.rounds; ++round) {
      // Forth and back, so that a machine that grows slower or faster favours neither.
      for (int turn = 0; turn < 2; ++turn) {
        const bool is_small = (round + turn) % 2 == 0;
        ASSIGN_OR_RETURN(Round measured,
                         Measured(kind, is_small ? load_small : load_large, is_small ? small : large, plan, length));
        (is_small ? result.small : result.large).push_back(std::move(measured));
      }
      result.ratios.push_back(result.small.back().per_second() / result.large.back().per_second());
    }
    results.push_back(std::move(result));
  }
  return results;
}

absl::StatusOr<std::string> DatabaseSizes(const SizePlan& plan, Stage& small, Stage& large) {
  ASSIGN_OR_RETURN(const int64_t small_mib, small.SizeInMib());
  ASSIGN_OR_RETURN(const int64_t large_mib, large.SizeInMib());
  return absl::StrCat("databases of ", small_mib, " and ", large_mib, " MiB, each with a buffer pool of ",
                      plan.pool_mib, " MiB\n");
}

std::string AsTable(const SizePlan& plan, const std::vector<SizeResult>& results) {
  std::string table =
      absl::StrFormat("%d clients; times are medians\n\n%-28s %12s %12s %22s\n", plan.clients, "call",
                      absl::StrCat(plan.small, " cases"), absl::StrCat(plan.large, " cases"), "times as long (goal)");
  for (const SizeResult& result : results) {
    const double ratio = MedianOf(result.ratios);
    absl::StrAppendFormat(&table, "%-28s %9.0f us %9.0f us %8.2f (%.1f) %s\n", result.call, MicrosOf(result.small),
                          MicrosOf(result.large), ratio, kGoal, ratio <= kGoal ? "met" : "not met");
  }
  return table;
}

}  // namespace aftersales::bench
