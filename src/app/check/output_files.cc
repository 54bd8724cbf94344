// SPDX-License-Identifier: Apache-2.0
#include "app/check/output_files.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>

#include "app/arguments.h"
#include "base/plural.h"
#include "lab/scenario/clock_lists_reader.h"
#include "lab/scenario/results_text.h"
#include "lab/scenario/sequential_check.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;
using Iterator = std::filesystem::recursive_directory_iterator;

constexpr std::uintmax_t kLargestFile = 64U << 20U;

bool is_clock_list(const std::string& file, const std::string& text) {
  return text.contains("clock") && read_clock_lists(std::vector<ClockFile>{{file, text}});
}

/// Whether to judge a file. A .json file that is not recognised as anything else is judged, since
/// it is probably a broken output.
bool may_hold_results(const std::string& file) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  const std::string extension = std::filesystem::path(file).extension();
  const bool is_json = extension == ".json" || extension == ".jsonl";
  if (error || size > kLargestFile) {
    return is_json;
  }
  const auto text = read_text(file);
  if (!text) {
    return is_json;
  }
  if (read_scenario(*text, file, Leniency::lenient) || is_clock_list(file, *text)) {
    return false;
  }
  return is_json || find_results(*text).has_value();
}

}  // namespace

std::expected<std::vector<std::string>, std::string> files_within(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code error;
  for (Iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    const bool hidden = entry->path().filename().string().starts_with('.');
    if (hidden && entry->is_directory(ignored)) {
      entry.disable_recursion_pending();
    } else if (!hidden && entry->is_regular_file(ignored)) {
      out.push_back(entry->path().string());
    }
  }
  if (error) {
    return Error(fmt::format("{}: {}", folder, error.message()));
  }
  std::ranges::sort(out);
  return out;
}

bool matches(const std::string& name, const std::string& glob) {
  return fnmatch(glob.c_str(), name.c_str(), 0) == 0;
}

std::expected<OutputFiles, std::string> find_outputs(const std::vector<std::string>& paths,
                                                     const std::string& pattern) {
  OutputFiles out;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      out.files.push_back(path);
      continue;
    }
    const auto inside = files_within(path);
    if (!inside) {
      return Error(inside.error());
    }
    const std::size_t before = out.files.size();
    for (const std::string& file : *inside) {
      if (pattern.empty()) {
        (may_hold_results(file) ? out.files : out.ignored).push_back(file);
      } else if (matches(std::filesystem::path(file).filename(), pattern)) {
        out.files.push_back(file);
      }
    }
    if (out.files.size() == before) {
      return Error(inside->empty() ? fmt::format("{}: there are no files", path)
                   : pattern.empty()
                       ? fmt::format("{}: there are no files with results", path)
                       : fmt::format("{}: no file name matches \"{}\"", path, pattern));
    }
  }
  return out;
}

std::string describe_ignored(const std::vector<std::string>& ignored) {
  constexpr std::size_t kNamed = 5;
  std::string out = fmt::format("ignored {} without results: ", plural(ignored.size(), "file"));
  for (std::size_t i = 0; i < std::min(ignored.size(), kNamed); ++i) {
    out += (i == 0 ? "" : ", ") + ignored[i];
  }
  return out + (ignored.size() > kNamed ? ", ..." : "");
}

}  // namespace passbook
