// SPDX-License-Identifier: Apache-2.0
// A program's folder: a fresh copy for each run, and what the run made or changed in it.
#pragma once

#include <expected>
#include <string>
#include <vector>

namespace passbook::trial {

/// Copies a folder with all that is in it; symbolic links stay links. Version control's own folders
/// are left out. The error names the file.
std::expected<void, std::string> copy_folder(const std::string& from, const std::string& to);

struct WrittenFile {
  std::string path;  ///< relative to the folder
  /// All of a new or rewritten file; of a file that grew, what was appended to it.
  std::string content;
};

/// The regular files of `now`, a copy of `before`, that a run made or changed, ordered by name.
/// Those larger than `most_bytes`, and those whose paths are in `known`, are left out.
std::vector<WrittenFile> written_files(const std::string& before, const std::string& now,
                                       const std::vector<std::string>& known,
                                       std::uint64_t most_bytes);

}  // namespace passbook::trial
