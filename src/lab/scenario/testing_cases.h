// SPDX-License-Identifier: Apache-2.0
// The real scenario files and outputs in tests/cases, for tests.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace passbook {

struct CaseFile {
  std::string name;
  std::string text;
};

/// The text of one file of tests/cases.
inline std::string case_text(const std::string& name) {
  std::ifstream file(std::filesystem::path(PASSBOOK_CASES_DIR) / name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

/// All files, in the order of their names.
inline std::vector<CaseFile> case_files() {
  std::vector<CaseFile> files;
  for (const auto& entry : std::filesystem::directory_iterator(PASSBOOK_CASES_DIR)) {
    if (entry.is_regular_file()) {
      files.push_back({entry.path().filename(), case_text(entry.path().filename())});
    }
  }
  std::sort(files.begin(), files.end(), [](auto& a, auto& b) { return a.name < b.name; });
  EXPECT_FALSE(files.empty());
  return files;
}

/// Whether the library's own strict parser accepts the text.
inline bool nlohmann_accepts(const std::string& text) { return nlohmann::json::accept(text); }

}  // namespace passbook
