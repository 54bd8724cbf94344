// SPDX-License-Identifier: Apache-2.0
// What a crash has left of the write that was under way, in a journal that nobody has open yet.
#pragma once

#include <rocksdb/env.h>

#include <expected>
#include <functional>
#include <string>

namespace passbook {

/// Cuts off a torn end, whatever its bytes are, and syncs what it found: from then on it lasts.
/// Only the newest write-ahead file and the list of tables can have a torn end: of each, the last
/// record, and only as long as it was never reported as durable. Everything else that cannot be
/// read is damage; then nothing is changed, and the error says where it is.
///
/// RocksDB alone would do neither: it refuses some torn ends, and in the last block of a file it
/// takes some damage before durable records for a torn end.
std::expected<void, std::string> cut_off_torn_end(
    rocksdb::Env& env, const std::string& directory,
    const std::function<void(const std::string&)>& log);

}  // namespace passbook
