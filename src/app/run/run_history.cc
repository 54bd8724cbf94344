// SPDX-License-Identifier: Apache-2.0
#include "app/run/run_history.h"

#include <fmt/format.h>

#include <utility>

#include "lab/scenario/history_file.h"
#include "lab/trace/record.h"
#include "rpc/clock.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

/// The events that only the run itself can record.
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
  auto directory = TemporaryDirectory::make();
  if (!directory) {
    return Error(directory.error());
  }
  return RunHistory(std::move(*file), std::move(*directory));
}

std::expected<void, std::string> RunHistory::commit(const Bank& bank, const RunReport& report) {
  std::vector<HistoryText> texts{own_part(bank, report)};
  auto files = directory_.read_files();
  if (!files) {
    return Error(files.error());
  }
  for (auto& [name, content] : *files) {
    texts.push_back({name, std::move(content)});
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
