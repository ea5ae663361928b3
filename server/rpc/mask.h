// Hides what tells who somebody is or how to reach them (fields marked `personal`) from callers who need not know it.
//
// A masked text reads "***"; a masked message, number or byte field is cleared; an empty field stays empty, so that
// callers see whether there is something. Entries of masked lists and values of masked maps are masked one by one.
#ifndef AFTERSALES_SERVER_RPC_MASK_H_
#define AFTERSALES_SERVER_RPC_MASK_H_

#include <map>
#include <memory>

#include "google/protobuf/message.h"

namespace aftersales::rpc {

constexpr char kMasked[] = "***";

// Where the personal fields of one message type are, worked out once.
class MaskPlan;

// The plans of all reply types. Made before the server starts, by one thread; its plans are read by many.
class Masking {
 public:
  Masking();
  ~Masking();

  // The plan of the type; null when no message of this type can contain a personal field. Lives as long as this object.
  const MaskPlan* PlanFor(const google::protobuf::Descriptor* type);

 private:
  std::map<const google::protobuf::Descriptor*, std::unique_ptr<MaskPlan>> plans_;
};

void MaskPersonal(const MaskPlan& plan, google::protobuf::Message* message);

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_MASK_H_
