// The sessions of a database: made when needed, at most so many, the last one given back is the next one taken. A
// session comes back only when its user says that it is as it was; otherwise it is closed, so that no transaction ever
// leaks into the next call.
#ifndef AFTERSALES_SERVER_STORAGE_SESSION_POOL_H_
#define AFTERSALES_SERVER_STORAGE_SESSION_POOL_H_

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "server/base/call.h"
#include "server/storage/session.h"

namespace aftersales {

// Thread-safe.
class SessionPool {
 public:
  // A session in use. Closes it unless Keep was called.
  class Lease {
   public:
    Lease(SessionPool& pool, std::unique_ptr<Session> session) : pool_(pool), session_(std::move(session)) {}
    ~Lease() { pool_.Return(keep_ ? std::move(session_) : nullptr); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Session& operator*() const { return *session_; }
    void Keep() { keep_ = !session_->in_transaction(); }

   private:
    SessionPool& pool_;
    std::unique_ptr<Session> session_;
    bool keep_ = false;
  };

  SessionPool(int most, std::function<std::unique_ptr<Session>()> connect)
      : most_(most), connect_(std::move(connect)) {}

  // Waits until the call's deadline. Throws kDeadline, kCancelled, and what connecting throws.
  Lease Take(Call& call) { return Lease(*this, TakeSession(call)); }
  // Closes the sessions not in use: after one has lost its connection, the others most likely have too.
  void DropIdle();

 private:
  std::unique_ptr<Session> TakeSession(Call& call);
  void Return(std::unique_ptr<Session> session);

  const int most_;
  const std::function<std::unique_ptr<Session>()> connect_;
  std::mutex mutex_;  // guards what follows; of the standard library, so that TSan sees it
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Session>> idle_;
  int in_use_ = 0;
};

// Throws kCancelled or kDeadline when the call is not worth going on with.
void CheckCall(Call& call);

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_STORAGE_SESSION_POOL_H_
