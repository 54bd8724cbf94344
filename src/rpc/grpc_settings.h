// SPDX-License-Identifier: Apache-2.0
// The limits and timings that all channels and servers share.
#pragma once

#include <grpc/grpc.h>
#include <grpcpp/support/channel_arguments.h>

#include "base/time.h"

namespace passbook {

/// The largest real message is a batch of entries, well below this.
inline constexpr int kMostMessageBytes = 4 << 20;
inline constexpr int kMostMetadataBytes = 16 << 10;
inline constexpr int kMostStreamsPerConnection = 10'000;
/// The deadline of calls that come without one.
inline constexpr Duration kDefaultDeadline = std::chrono::seconds(10);

/// Reconnects soon to a peer that comes back. The library's default first wait is a second.
inline grpc::ChannelArguments channel_arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMostMessageBytes);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kMostMetadataBytes);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 3000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return arguments;
}

}  // namespace passbook
