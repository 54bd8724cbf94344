// SPDX-License-Identifier: Apache-2.0
// How many bytes a message between branches is when it travels.
#pragma once

#include <cstddef>

#include "protocol/peer_messages.h"

namespace passbook::sim {

/// Not less than the bytes of the message on the wire, and little more: what holds for all fields
/// of protobuf is counted, without its saving on those that are zero. The simulator has no wire;
/// fuzz/message_size.cc compares the two.
std::size_t encoded_size_at_most(const Envelope& envelope);

}  // namespace passbook::sim
