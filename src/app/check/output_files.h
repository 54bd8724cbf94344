// SPDX-License-Identifier: Apache-2.0
// Finds the output files in folders, among whatever else is there.
#pragma once

#include <expected>
#include <string>
#include <vector>

namespace passbook {

struct OutputFiles {
  std::vector<std::string> files;    ///< in the order of their names, folder by folder
  std::vector<std::string> ignored;  ///< that hold no results
};

/// Whether a name matches a glob of `*`, `?` and `[...]`; dots are like any character.
bool matches(const std::string& name, const std::string& glob);

/// Files as they are, and those in folders and in the folders within. What is hidden is left out
/// (names that begin with a dot), as are symbolic links to folders. With a pattern the files whose
/// names match it are taken. Without, what holds no results is ignored: a scenario, lists of
/// clocks, and anything but .json and .jsonl in which no results are found. A folder without a file
/// to judge is an error.
std::expected<OutputFiles, std::string> find_outputs(const std::vector<std::string>& paths,
                                                     const std::string& pattern);

/// "ignored 2 files that hold no results: a/notes.txt and a/main.py"; of many the first few.
std::string describe_ignored(const std::vector<std::string>& ignored);

}  // namespace passbook
