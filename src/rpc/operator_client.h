// SPDX-License-Identifier: Apache-2.0
// An operator's connection to one branch.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "base/time.h"
#include "protocol/operator_messages.h"

namespace passbook {

/// Makes calls one at a time and waits for each. The error says why there is no answer.
class OperatorClient {
 public:
  /// `address`: "HOST:PORT".
  explicit OperatorClient(const std::string& address);
  ~OperatorClient();
  OperatorClient(const OperatorClient&) = delete;
  OperatorClient& operator=(const OperatorClient&) = delete;

  std::expected<Status, std::string> status(Duration patience);
  std::expected<SealReply, std::string> seal(const SealRequest& request, Duration patience);

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace passbook
