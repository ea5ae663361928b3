// What an engineer's own work is in the database. (Nobody else's tables are changed here, and no capability is called:
// these columns are all that is asked.)
//
// A case is an engineer's own while one of its visits is assigned to them, and for good once they have arrived: a visit
// keeps its engineer when it is over. What belongs to a case is theirs with it. Besides:
// - a visit is theirs alone;
// - a contact that is passed on to the engineers is every engineer's until one of them has answered it;
// - a corrective action is theirs where it is owed by them, or by the engineers without a name;
// - what a customer said is theirs where they wrote it down.
#ifndef AFTERSALES_SERVER_ACCESS_OWN_WORK_STORE_H_
#define AFTERSALES_SERVER_ACCESS_OWN_WORK_STORE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "server/storage/sight.h"

namespace aftersales {

class OwnWorkSight : public Sight {
 public:
  OwnWorkSight();

  // What such a list costs grows with what is theirs, or with what its filter finds, and not with what the company has.
  std::optional<SqlText> Rows(const Caller& caller, const google::protobuf::Descriptor& resource) const override;
  SqlText RowsOfCases(const Caller& caller, const std::string& column) const override;

  // Whether each of the resources named is there and the caller's own, in one statement. It also tells whether this
  // very request was carried out before: its repeat gets the answer kept then, whoever's the resource is now.
  struct Answer {
    std::vector<bool> own;
    bool repeated = false;
  };
  Answer Ask(Reader& reader, const std::vector<std::string>& names) const;

 private:
  // As Rows, for a statement that looks at one row: each of its parts is asked about that row.
  std::optional<SqlText> OneRow(const Caller& caller, const google::protobuf::Descriptor& resource) const;
  SqlText OfAttachments(const Caller& caller) const;
  // Whether there is a resource whose name is in `column` ("?" for a value, which comes first), and it is the caller's
  // own.
  SqlText IsOwn(const Caller& caller, const google::protobuf::Descriptor& resource, const std::string& column) const;

  std::map<std::string, const google::protobuf::Descriptor*> resources_;  // by collection
};

}  // namespace aftersales

#endif  // AFTERSALES_SERVER_ACCESS_OWN_WORK_STORE_H_
