// SPDX-License-Identifier: Apache-2.0
// Finds the output files in folders, among other files.
#pragma once

#include <expected>
#include <string>
#include <vector>

namespace passbook {

struct OutputFiles {
  std::vector<std::string> files;    ///< in the order of their names, folder by folder
  std::vector<std::string> ignored;  ///< without results
};

/// The files of a folder and its subfolders, sorted. Hidden names (those with a leading dot) and
/// symbolic links to folders are skipped.
std::expected<std::vector<std::string>, std::string> files_within(const std::string& folder);

/// Whether a name matches a glob of `*`, `?` and `[...]`. Leading dots are not special.
bool matches(const std::string& name, const std::string& glob);

/// The given files, and those within the given folders. With a pattern, only files whose names
/// match are taken. Without one, files without results are ignored: scenarios, clock lists, and
/// other files than .json and .jsonl in which no results are found. A folder without a file to
/// judge is an error.
std::expected<OutputFiles, std::string> find_outputs(const std::vector<std::string>& paths,
                                                     const std::string& pattern);

/// "ignored 2 files without results: a/notes.txt, a/main.py". Of many, it names the first few.
std::string describe_ignored(const std::vector<std::string>& ignored);

}  // namespace passbook
