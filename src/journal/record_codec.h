// SPDX-License-Identifier: Apache-2.0
// Records and snapshots as bytes. One value holds many records, because a key for each would cost
// more than the record.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/records.h"

namespace passbook {

std::string encode_block(const std::vector<Record>& records);
/// Nothing if the bytes are not a block.
std::optional<std::vector<Record>> decode_block(std::string_view bytes);

/// Without the accounts and the pages.
std::string encode_snapshot(const Snapshot& snapshot);
/// Nothing if the bytes are not a snapshot.
std::optional<Snapshot> decode_snapshot(std::string_view bytes);

/// Without its id.
std::string encode_account(const AccountSnapshot& account);
/// Nothing if the bytes are not an account.
std::optional<AccountSnapshot> decode_account(AccountId id, std::string_view bytes);

/// Concatenated pages are read as one page with the contents of all.
std::string encode_page(const SessionPage& page);
/// Nothing if the bytes are not a page.
std::optional<SessionPage> decode_page(std::string_view bytes);

std::string encode_positions(const VersionVector& positions);
/// Nothing if the bytes are not positions.
std::optional<VersionVector> decode_positions(std::string_view bytes);

}  // namespace passbook
