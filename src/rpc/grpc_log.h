// SPDX-License-Identifier: Apache-2.0
// The messages that gRPC writes to standard error by itself.
#pragma once

namespace passbook {

/// Hides gRPC's own messages, which mean nothing to users; the callers of gRPC report what matters.
/// With the environment variable GRPC_VERBOSITY, gRPC shows them as usual. Call before gRPC is
/// used.
void silence_grpc_log();

}  // namespace passbook
