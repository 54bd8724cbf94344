// SPDX-License-Identifier: Apache-2.0
#include "rpc/stream.h"

#include <fmt/format.h>

namespace passbook {

std::string text_of(const grpc::Status& status) {
  if (status.ok() || status.error_code() == grpc::StatusCode::CANCELLED) {
    return kClosedByPeer;
  }
  // "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: ..."
  const std::string message = status.error_message();
  std::string_view words = message;
  for (const std::string_view noise :
       {"last error: ", "UNKNOWN: ", "Failed to connect to remote host: "}) {
    if (const auto at = words.find(noise); at != std::string_view::npos) {
      words.remove_prefix(at + noise.size());
    }
  }
  return words.empty() ? fmt::format("status {}", static_cast<int>(status.error_code()))
                       : std::string(words);
}

}  // namespace passbook
