// SPDX-License-Identifier: Apache-2.0
#include "app/check/check_clock_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/check/findings.h"
#include "app/print.h"
#include "lab/scenario/clock_lists_check.h"
#include "lab/scenario/json_tree.h"
#include "lab/scenario/sequential_check.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

/// The *.json files of a directory, ordered by name, or the file itself.
std::expected<std::vector<std::string>, std::string> files_of(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return std::vector{path};
  }
  auto files = list_directory(path);
  if (!files) {
    return Error(files.error());
  }
  std::erase_if(*files, [](const std::string& file) {
    return std::filesystem::path(file).extension() != ".json";
  });
  if (files->empty()) {
    return Error(fmt::format("{}: there is no .json file in this directory", path));
  }
  return files;
}

std::expected<std::vector<ClockFile>, std::string> read_files(
    const std::vector<std::string>& paths) {
  std::vector<ClockFile> out;
  for (const std::string& path : paths) {
    const auto files = files_of(path);
    if (!files) {
      return Error(files.error());
    }
    for (const std::string& file : *files) {
      auto text = read_text(file);
      if (!text) {
        return Error(text.error());
      }
      out.push_back({file, std::move(*text)});
    }
  }
  return out;
}

struct ClockVerdict {
  std::string summary;
  std::vector<std::string> findings;  ///< one line each
  std::vector<std::string> notes;
};

/// "a, b and c"
std::string join(const std::vector<std::string>& items) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) {
      out += i + 1 == items.size() ? " and " : ", ";
    }
    out += items[i];
  }
  return out;
}

/// "6 events by customer and 30 events by branch"
std::string counts(const ReadClockLists& read) {
  std::vector<std::string> parts;
  const auto add = [&](const auto& list, const char* noun) {
    if (list) {
      parts.push_back(fmt::format("{} {}", plural(list->size(), "event"), noun));
    }
  };
  add(read.lists.by_customer, "by customer");
  add(read.lists.by_branch, "by branch");
  add(read.lists.all, "in the list of all");
  add(read.steps.by_branch, "by branch");
  add(read.steps.by_request, "by request");
  return join(parts);
}

std::expected<ClockVerdict, std::string> judge(const ClockListWords& words) {
  std::optional<clocks::Plan> plan;
  if (!words.scenario.empty()) {
    const auto scenario = read_scenario_file(words.scenario, words.lenient);
    if (!scenario) {
      return Error(scenario.error());
    }
    plan = clock_plan(scenario->scenario);
  }
  const auto files = read_files(words.paths);
  if (!files) {
    return Error(files.error());
  }
  const auto read = read_clock_lists(*files);
  if (!read) {
    return Error(describe(read.error()));
  }
  const std::string name =
      files->size() == 1 ? files->front().name : fmt::format("{} files", files->size());
  ClockVerdict out{.summary = {},
                   .findings = judge_clock_lists(*read, name, plan ? &*plan : nullptr),
                   .notes = read->notes};
  out.summary = out.findings.empty()
                    ? fmt::format("{}: right: {}", name, counts(*read))
                    : fmt::format("{}: wrong: {} among {}", name,
                                  plural(out.findings.size(), "finding"), counts(*read));
  return out;
}

}  // namespace

int check_clock_lists(const ClockListWords& words, Format format) {
  const auto verdict = judge(words);
  if (!verdict) {
    return complain(verdict.error(), kBadUsage);
  }
  const bool right = verdict->findings.empty();
  if (format == Format::table) {
    for (const std::string& note : verdict->notes) {
      put(stderr, "passbook: note: {}\n", note);
    }
    put("{}\n", verdict->summary);
    print_findings(verdict->findings, words.all);
  } else {
    put("{{\"clock_lists\":{},\"input\":{},\"verdict\":\"{}\",\"summary\":{},\"findings\":{},"
        "\"notes\":{}}}\n",
        json_array(words.paths), words.scenario.empty() ? "null" : json_string(words.scenario),
        right ? "right" : "wrong", json_string(verdict->summary), json_array(verdict->findings),
        json_array(verdict->notes));
  }
  return right ? kDone : kFailed;
}

}  // namespace passbook
