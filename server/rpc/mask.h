// Hides from callers what they may not read: what tells who somebody is or how to reach them (fields marked
// `personal`), and what takes a permission of its own (fields marked `permission`, entries of maps named in
// `entry_permissions`).
//
// A masked personal text reads "***"; a masked message, number or byte field is cleared; an empty field stays empty, so
// that callers see whether there is something. Entries of masked lists and values of masked maps are masked one by one.
// What takes a permission is left out altogether.
#ifndef AFTERSALES_SERVER_RPC_MASK_H_
#define AFTERSALES_SERVER_RPC_MASK_H_

#include <map>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "google/protobuf/message.h"

namespace aftersales::rpc {

constexpr char kMasked[] = "***";
inline constexpr char kPersonalPermission[] = "personal.read";

// Where in one message type that is which not everybody may read, worked out once.
class MaskPlan;

// The plans of all reply types. Made before the server starts, by one thread; its plans are read by many.
class Masking {
 public:
  Masking();
  ~Masking();

  // The plan of the type; null when everybody may read all of every message of it. Lives as long as this object.
  const MaskPlan* PlanFor(const google::protobuf::Descriptor* type);

 private:
  std::map<const google::protobuf::Descriptor*, std::unique_ptr<MaskPlan>> plans_;
};

// `grants` answers whether the caller holds a permission.
void Mask(const MaskPlan& plan, absl::FunctionRef<bool(const std::string& permission)> grants,
          google::protobuf::Message* message);

}  // namespace aftersales::rpc

#endif  // AFTERSALES_SERVER_RPC_MASK_H_
