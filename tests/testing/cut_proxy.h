// A TCP proxy in front of a database's unix socket that cuts connections where it hurts most: at COMMIT.
#ifndef AFTERSALES_TESTS_TESTING_CUT_PROXY_H_
#define AFTERSALES_TESTS_TESTING_CUT_PROXY_H_

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace aftersales::testing {

// Thread-safe. Listens on a free port of 127.0.0.1 as long as it lives.
class CutProxy {
 public:
  enum class Cut {
    kBeforeCommit,  // the database never sees the COMMIT
    kAfterCommit,   // the database has committed, its answer is lost
  };

  explicit CutProxy(const std::string& target_socket);
  ~CutProxy();  // cuts what is left
  CutProxy(const CutProxy&) = delete;
  CutProxy& operator=(const CutProxy&) = delete;

  int port() const { return port_; }
  // The next `times` COMMITs are cut so.
  void CutCommits(Cut cut, int times);
  int cuts_made() const { return cuts_made_; }
  // Cuts all connections; later ones are refused until Open.
  void Close();
  void Open();

 private:
  void Accept();
  void Serve(int client);
  // True when the connection is to be cut here, before the bytes are forwarded.
  bool ShouldCut(const std::string& bytes, Cut* cut);

  const std::string target_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> closed_{false};
  std::atomic<int> cuts_made_{0};
  std::mutex mutex_;  // guards what follows
  Cut cut_ = Cut::kBeforeCommit;
  int cuts_left_ = 0;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace aftersales::testing

#endif  // AFTERSALES_TESTS_TESTING_CUT_PROXY_H_
