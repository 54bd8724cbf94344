// SPDX-License-Identifier: Apache-2.0
#include "app/run_history.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

#include "app/arguments.h"
#include "rpc/clock.h"
#include "scenario/history_file.h"
#include "trace/record.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

/// What nobody but the run itself can tell.
HistoryText own_part(const Bank& bank, const RunReport& report) {
  std::string out = write_line(as_history(bank)) + "\n";
  if (report.ready && !report.failure) {
    out += write_line(history::Event{*report.ready, history::FaultsOver{}}) + "\n";
  }
  return {"the run", std::move(out)};
}

}  // namespace

std::expected<RunHistory, std::string> RunHistory::prepare(const std::string& path) {
  auto file = ResultFile::prepare(path);
  if (!file) {
    return Error(file.error());
  }
  std::error_code error;
  const auto temporary = std::filesystem::temp_directory_path(error);
  std::string directory = (temporary / "passbook-run-XXXXXX").string();
  if (error || ::mkdtemp(directory.data()) == nullptr) {
    return Error(fmt::format("{}: {}", directory, error ? error.message() : std::strerror(errno)));
  }
  return RunHistory(std::move(*file), std::move(directory));
}

RunHistory::RunHistory(RunHistory&& other) noexcept
    : file_(std::move(other.file_)), directory_(std::exchange(other.directory_, {})) {}

RunHistory::~RunHistory() {
  if (!directory_.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
}

std::expected<void, std::string> RunHistory::commit(const Bank& bank, const RunReport& report) {
  std::vector<HistoryText> texts{own_part(bank, report)};
  std::set<std::string> files;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(directory_, error)) {
    files.insert(file.path().string());
  }
  for (const std::string& file : files) {
    auto content = read_file(file);
    if (!content) {
      return Error(content.error());
    }
    texts.push_back({file, std::move(*content)});
  }
  const auto read = read_history(texts);
  if (!read) {
    return Error(read.error());
  }
  std::string out = write_line(read->history.bank) + "\n";
  for (const history::Event& event : read->history.events) {
    out += write_line(event) + "\n";
  }
  out += write_line(history::Event{real_now(), history::Ended{}}) + "\n";
  return file_.commit(out);
}

}  // namespace passbook
