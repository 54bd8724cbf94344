// SPDX-License-Identifier: Apache-2.0
// What gRPC writes to standard error by itself.
#pragma once

namespace passbook {

/// Keeps gRPC's own messages from users, who can make nothing of them: what matters is told by
/// those who called it. With the environment variable GRPC_VERBOSITY they are shown as gRPC shows
/// them. To be called before gRPC is used.
void quieten_grpc();

}  // namespace passbook
