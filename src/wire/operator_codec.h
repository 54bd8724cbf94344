// SPDX-License-Identifier: Apache-2.0
// The codec of operators' requests and their answers.
#pragma once

#include <optional>

#include "passbook/v1/operator.pb.h"
#include "protocol/operator_messages.h"

namespace passbook::wire {

v1::SealRequest encode(const SealRequest& request);
/// Nothing if a part is missing or out of range.
std::optional<SealRequest> decode(const v1::SealRequest& message);

v1::StatusResponse encode(const Status& status);
std::optional<Status> decode(const v1::StatusResponse& message);

v1::SealResponse encode(const SealReply& reply);
std::optional<SealReply> decode(const v1::SealResponse& message);

}  // namespace passbook::wire
