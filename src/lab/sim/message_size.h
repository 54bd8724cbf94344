// SPDX-License-Identifier: Apache-2.0
// The encoded size of messages between branches.
#pragma once

#include <cstddef>

#include "protocol/peer_messages.h"

namespace passbook::sim {

/// At least the size of the message on the wire, and little more: counts every protobuf field,
/// including zeros, which protobuf leaves out. The simulator has no wire; fuzz/message_size.cc
/// compares the two.
std::size_t encoded_size_at_most(const Envelope& envelope);

}  // namespace passbook::sim
