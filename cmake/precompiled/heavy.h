// The light headers, gRPC and the API's messages: slow to read, so compiled once for all that speak gRPC.
#pragma once

#include "cmake/precompiled/light.h"

#include <grpcpp/grpcpp.h>

#include "aftersales/options/v1/options.pb.h"
#include "aftersales/v1/access.pb.h"
#include "aftersales/v1/case.pb.h"
#include "aftersales/v1/common.pb.h"
#include "aftersales/v1/directory.pb.h"
#include "aftersales/v1/dispatch.pb.h"
#include "aftersales/v1/error_reason.pb.h"
#include "aftersales/v1/event.pb.h"
#include "aftersales/v1/parts.pb.h"
#include "aftersales/v1/policy.pb.h"
