// SQLite's log is written back beside the commits, and by a commit only when it has become very long.
#include "server/storage/checkpointer.h"

#include <sys/stat.h>

#include <atomic>
#include <future>

#include "server/storage/address.h"
#include "tests/storage/storage_fixture.h"

namespace aftersales::testing {
namespace {

class CheckpointerTest : public ::testing::Test {
 protected:
  int64_t SizeOfFile() const {
    struct stat file = {};
    EXPECT_EQ(stat(address_.path.c_str(), &file), 0);
    return file.st_size;
  }

  TestDatabase database_{TestEngine::kSqlite};
  const DatabaseAddress address_ = *ParseAddress(database_.address());
};

TEST_F(CheckpointerTest, ALogThatGrowsIsWrittenBackBesides) {
  std::promise<void> asked;
  std::atomic<int> sessions{0};
  Checkpointer checkpointer([&] {
    if (++sessions == 1) asked.set_value();
    return std::make_unique<Session>(address_, SessionLimits());
  });
  EXPECT_FALSE(checkpointer.Grown(10));
  EXPECT_FALSE(checkpointer.Grown(3999));
  EXPECT_EQ(sessions, 0);
  EXPECT_FALSE(checkpointer.Grown(4000));
  asked.get_future().wait();
  EXPECT_FALSE(checkpointer.Grown(15999));
  EXPECT_TRUE(checkpointer.Grown(16000)) << "longer than it should be: the commit does it";
  EXPECT_FALSE(checkpointer.Grown(20)) << "it has begun anew";
}

TEST_F(CheckpointerTest, ADatabaseThatIsAwayIsNoEndOfIt) {
  std::promise<void> again;
  std::atomic<int> tries{0};
  Checkpointer checkpointer([&]() -> std::unique_ptr<Session> {
    if (++tries == 2) again.set_value();
    throw Fault(FaultKind::kRefused, 0, "away");
  });
  checkpointer.Grown(4000);
  while (tries == 0) std::this_thread::yield();
  checkpointer.Grown(8000);
  again.get_future().wait();
}

TEST_F(CheckpointerTest, ASessionWritesBackWhenItIsToldTo) {
  Session session(address_, {});
  bool now = false;
  int pages = 0;
  session.WatchLog([&](int count) {
    pages = count;
    return now;
  });
  session.Run("CREATE TABLE filler (text TEXT NOT NULL)");
  session.Run("PRAGMA wal_checkpoint(TRUNCATE)");
  const int64_t before = SizeOfFile();
  const std::string page(4096, 'x');
  session.Begin();
  for (int i = 0; i < 1500; ++i) session.Execute("INSERT INTO filler (text) VALUES (?)", {page});
  session.Commit();
  EXPECT_GE(pages, 1500);
  EXPECT_EQ(SizeOfFile(), before) << "SQLite has written it back by itself";
  now = true;
  session.Execute("INSERT INTO filler (text) VALUES (?)", {page});
  EXPECT_GE(SizeOfFile(), before + 1500 * 4096);
}

}  // namespace
}  // namespace aftersales::testing
