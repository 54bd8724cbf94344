// SPDX-License-Identifier: Apache-2.0
// Records and snapshots as bytes. Many records make one value: a key a record would cost more than
// the record.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/records.h"

namespace passbook {

std::string encode_block(const std::vector<Record>& records);
/// Nothing when the bytes are no block.
std::optional<std::vector<Record>> decode_block(std::string_view bytes);

/// All but the accounts and the pages.
std::string encode_snapshot(const Snapshot& snapshot);
/// Nothing when the bytes are no snapshot.
std::optional<Snapshot> decode_snapshot(std::string_view bytes);

/// All but its number.
std::string encode_account(const AccountSnapshot& account);
/// Nothing when the bytes are no account.
std::optional<AccountSnapshot> decode_account(AccountId id, std::string_view bytes);

/// Pages one after the other are read as one page of all that is in them.
std::string encode_page(const SessionPage& page);
/// Nothing when the bytes are no page.
std::optional<SessionPage> decode_page(std::string_view bytes);

std::string encode_positions(const VersionVector& positions);
/// Nothing when the bytes are no positions.
std::optional<VersionVector> decode_positions(std::string_view bytes);

}  // namespace passbook
