// Joins the RPCs of a proto service with the C++ methods that serve them, one line each:
//
//   void CaseService::Bind(rpc::Methods& methods) {
//     methods.Unary("GetCase", this, &CaseService::GetCase);
//   }
//
// What else an RPC needs (permission, validation, audit, masking) is read from its options in the proto. A served
// method runs on a worker thread with an authenticated, authorized and validated call.
#ifndef AFTERSALES_SERVER_RPC_METHODS_H_
#define AFTERSALES_SERVER_RPC_METHODS_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "server/base/call.h"

namespace aftersales::rpc {

// What a stream does next.
enum class Next { kSend, kWait, kEnd };

// Where the messages of a server-streaming RPC come from; made per call, used by one worker at a time.
template <typename Reply>
class StreamSource {
 public:
  virtual ~StreamSource() = default;
  // Fills in `reply`, which comes empty, and answers kSend; or kWait: asked again after wake() or a heartbeat (15 s);
  // or kEnd. With kWait, what was filled in is kept as the sign of life that is sent when nothing else was for a
  // heartbeat. Must not block longer than a read of the database does. `call.deadline` bounds this one step.
  virtual absl::StatusOr<Next> Produce(Call& call, Reply& reply) = 0;
  // Hands over what to call, from any thread and any number of times, also after the stream has ended, when there may
  // be more. Called once, before Produce.
  virtual void SetWake(std::function<void()> wake) = 0;
};

// A StreamSource whose type of reply is known by its descriptor only.
class UntypedStream {
 public:
  virtual ~UntypedStream() = default;
  virtual absl::StatusOr<Next> Produce(Call& call, google::protobuf::Message& reply) = 0;
  virtual void SetWake(std::function<void()> wake) = 0;
};

// Takes the messages that a caller streams in (client-streaming and bidirectional RPCs); made at the first message,
// used by one worker at a time. No thread waits between messages. What it holds is bounded by itself, not by the
// caller.
template <typename Request, typename Reply>
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  // Takes the next message, validated like a unary request. Answers kSend with `reply` filled in (bidirectional RPCs
  // only) or kWait; kEnd is not allowed here. `call.deadline` bounds this one step. `call.request_id` and
  // `call.validate_only` are the sink's to set from what it reads. An error ends the call.
  virtual absl::StatusOr<Next> Take(Call& call, const Request& request, Reply& reply) = 0;
  // The caller has sent everything: asked again and again, kSend each time with a reply, until kEnd. A client-streaming
  // RPC sends exactly one.
  virtual absl::StatusOr<Next> Finish(Call& call, Reply& reply) = 0;
};

// A StreamSink whose types are known by their descriptors only.
class UntypedSink {
 public:
  virtual ~UntypedSink() = default;
  virtual absl::StatusOr<Next> Take(Call& call, const google::protobuf::Message& request,
                                    google::protobuf::Message& reply) = 0;
  virtual absl::StatusOr<Next> Finish(Call& call, google::protobuf::Message& reply) = 0;
};

// One RPC and what serves it: one of `serve`, `open` and `accept` is set.
struct Method {
  using Message = google::protobuf::Message;

  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  const Message* request = nullptr;  // default instances
  const Message* reply = nullptr;
  // Hands the reply to `answer`, which may change it, unless it returns an error.
  std::function<absl::Status(Call&, const Message& request, absl::FunctionRef<void(Message&)> answer)> serve;
  std::function<absl::StatusOr<std::unique_ptr<UntypedStream>>(Call&, const Message& request)> open;
  std::function<absl::StatusOr<std::unique_ptr<UntypedSink>>(Call&)> accept;
};

// The bound RPCs of one service. Filled in before the server starts, by one thread; what `self` points to must outlive
// the server.
class Methods {
 public:
  // `service` is found in the linked descriptors; one that is not there is reported by Check.
  explicit Methods(std::string service);

  template <class S, class Q, class R>
  void Unary(const char* name, S* self, absl::StatusOr<R> (S::*method)(Call&, const Q&));
  template <class S, class Q, class R>
  void Stream(const char* name, S* self,
              absl::StatusOr<std::unique_ptr<StreamSource<R>>> (S::*method)(Call&, const Q&));

  // Client-streaming and bidirectional RPCs.
  template <class S, class Q, class R>
  void Sink(const char* name, S* self, absl::StatusOr<std::unique_ptr<StreamSink<Q, R>>> (S::*method)(Call&));

  // OK when every RPC of the service is bound exactly once, with its own types, and has a permission; otherwise names
  // every mistake.
  absl::Status Check() const;

  const std::string& service() const { return service_; }
  const std::vector<Method>& methods() const { return methods_; }

 private:
  void Add(const char* name, Method method);

  std::string service_;
  const google::protobuf::ServiceDescriptor* descriptor_;
  std::vector<Method> methods_;
  std::vector<std::string> mistakes_;
};

template <class S, class Q, class R>
void Methods::Unary(const char* name, S* self, absl::StatusOr<R> (S::*method)(Call&, const Q&)) {
  Method bound;
  bound.request = &Q::default_instance();
  bound.reply = &R::default_instance();
  bound.serve = [self, method](Call& call, const Method::Message& request,
                               absl::FunctionRef<void(Method::Message&)> answer) -> absl::Status {
    absl::StatusOr<R> reply = (self->*method)(call, static_cast<const Q&>(request));
    if (!reply.ok()) return std::move(reply).status();
    answer(*reply);
    return absl::OkStatus();
  };
  Add(name, std::move(bound));
}

template <class R>
class StreamWithoutType : public UntypedStream {
 public:
  explicit StreamWithoutType(std::unique_ptr<StreamSource<R>> source) : source_(std::move(source)) {}
  absl::StatusOr<Next> Produce(Call& call, google::protobuf::Message& reply) override {
    return source_->Produce(call, static_cast<R&>(reply));
  }
  void SetWake(std::function<void()> wake) override { source_->SetWake(std::move(wake)); }

 private:
  std::unique_ptr<StreamSource<R>> source_;
};

template <class S, class Q, class R>
void Methods::Stream(const char* name, S* self,
                     absl::StatusOr<std::unique_ptr<StreamSource<R>>> (S::*method)(Call&, const Q&)) {
  Method bound;
  bound.request = &Q::default_instance();
  bound.reply = &R::default_instance();
  bound.open = [self, method](Call& call,
                              const Method::Message& request) -> absl::StatusOr<std::unique_ptr<UntypedStream>> {
    auto source = (self->*method)(call, static_cast<const Q&>(request));
    if (!source.ok()) return std::move(source).status();
    return std::make_unique<StreamWithoutType<R>>(*std::move(source));
  };
  Add(name, std::move(bound));
}

template <class Q, class R>
class SinkWithoutType : public UntypedSink {
 public:
  explicit SinkWithoutType(std::unique_ptr<StreamSink<Q, R>> sink) : sink_(std::move(sink)) {}
  absl::StatusOr<Next> Take(Call& call, const google::protobuf::Message& request,
                            google::protobuf::Message& reply) override {
    return sink_->Take(call, static_cast<const Q&>(request), static_cast<R&>(reply));
  }
  absl::StatusOr<Next> Finish(Call& call, google::protobuf::Message& reply) override {
    return sink_->Finish(call, static_cast<R&>(reply));
  }

 private:
  std::unique_ptr<StreamSink<Q, R>> sink_;
};

template <class S, class Q, class R>
void Methods::Sink(const char* name, S* self, absl::StatusOr<std::unique_ptr<StreamSink<Q, R>>> (S::*method)(Call&)) {
  Method bound;
  bound.request = &Q::default_instance();
  bound.reply = &R::default_instance();
  bound.accept = [self, method](Call& call) -> absl::StatusOr<std::unique_ptr<UntypedSink>> {
    auto sink = (self->*method)(call);
    if (!sink.ok()) return std::move(sink).status();
    return std::make_unique<SinkWithoutType<Q, R>>(*std::move(sink));
  };
  Add(name, std::move(bound));
}

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_METHODS_H_
