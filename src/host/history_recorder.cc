// SPDX-License-Identifier: Apache-2.0
#include "host/history_recorder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "rpc/clock.h"
#include "scenario/history_file.h"
#include "trace/record.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

/// Some bytes of a file; fewer where it ends.
std::string read_at(int fd, off_t offset, std::size_t count) {
  std::string out(count, '\0');
  const ssize_t got = ::pread(fd, out.data(), count, offset);
  out.erase(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return out;
}

}  // namespace

std::expected<HistoryLog, std::string> HistoryLog::open(const std::string& path,
                                                        const std::optional<history::Bank>& bank) {
  constexpr mode_t kMode = 0666;
  HistoryLog out(path, ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, kMode));
  if (out.fd_ < 0) {
    return Error(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  if (const auto begun = out.begin(bank); !begun) {
    return Error(fmt::format("{}: {}", path, begun.error()));
  }
  return out;
}

HistoryLog::HistoryLog(HistoryLog&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      noted_(std::move(other.noted_)),
      failure_(std::move(other.failure_)) {}

HistoryLog::~HistoryLog() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

/// The error is without the path.
std::expected<void, std::string> HistoryLog::begin(const std::optional<history::Bank>& bank) {
  const std::string head = bank ? write_line(*bank) + "\n" : "";
  struct stat file{};
  if (::fstat(fd_, &file) != 0) {
    return Error(std::strerror(errno));
  }
  off_t size = S_ISREG(file.st_mode) ? file.st_size : 0;
  const std::string there = size > 0 ? read_at(fd_, 0, head.size()) : "";
  if (!head.starts_with(there) || (there.empty() && size > 0 && bank)) {
    return Error("is not the history of a branch of this bank");
  }
  if (there.size() < head.size()) {  // even its first line was cut off
    size = ::ftruncate(fd_, 0) == 0 || size == 0 ? 0 : size;
  }
  std::string_view first = size == 0 ? std::string_view(head) : std::string_view();
  if (size > 0 && read_at(fd_, size - 1, 1) != "\n") {
    if (!bank) {
      return Error("its last line was cut off: another file is needed");
    }
    first = "\n";
  }
  auto failure = append(first);
  return failure ? std::expected<void, std::string>(Error(*failure))
                 : std::expected<void, std::string>();
}

void HistoryLog::note(history::What what) {
  noted_ += write_line(history::Event{real_now(), std::move(what)});
  noted_ += '\n';
}

bool HistoryLog::write() {
  if (failure_.empty()) {
    if (const auto failed = append(std::exchange(noted_, {}))) {
      failure_ = fmt::format("{}: {}: the history has a hole", path_, *failed);
    }
  }
  return failure_.empty();
}

/// Why it failed, or nothing. A write that stops half-way does so for a reason: the next tells it.
std::optional<std::string> HistoryLog::append(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t written = ::write(fd_, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      return std::strerror(errno);
    }
    text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
  }
  return std::nullopt;
}

std::expected<BranchHistory, std::string> BranchHistory::open(const std::string& path,
                                                              const Bank& bank) {
  auto log = HistoryLog::open(path, as_history(bank));
  if (!log) {
    return Error(log.error());
  }
  return BranchHistory(std::move(*log));
}

void BranchHistory::disk_lost(BranchId self) { log_.note(history::DiskLost{self}); }

bool BranchHistory::begin(const State& kept, std::uint64_t records) {
  self_ = kept.self().branch;
  records_ = records;
  for (const EntryId& position : kept.applied().positions()) {
    entries_ += position.sequence.value;
  }
  synced_ = entries_;
  log_.note(history::Started{self_, kept.self().incarnation, entries_});
  return log_.write();
}

bool BranchHistory::step(const std::vector<Observation>& observations,
                         const std::vector<Record>& persist) {
  for (const Observation& observation : observations) {
    if (auto what = as_history(self_, observation)) {
      log_.note(std::move(*what));
    }
  }
  if (!persist.empty()) {
    records_ += persist.size();
    entries_ += static_cast<std::uint64_t>(std::ranges::count_if(
        persist, [](const Record& record) { return std::holds_alternative<Entry>(record); }));
    waiting_.emplace_back(records_, entries_);
  }
  return log_.write();
}

bool BranchHistory::durable(std::uint64_t records) {
  std::optional<std::uint64_t> synced;
  while (!waiting_.empty() && waiting_.front().first <= records) {
    synced = waiting_.front().second;
    waiting_.pop_front();
  }
  if (synced && *synced > synced_) {
    synced_ = *synced;
    log_.note(history::Synced{self_, *synced});
  }
  return log_.write();
}

bool BranchHistory::end(const Ledger& ledger, const std::optional<std::string>& broken) {
  if (broken) {
    log_.note(history::Stopped{self_, *broken});
    return log_.write();
  }
  for (const auto& [id, account] : ledger.accounts()) {
    log_.note(as_history(self_, id, account));
  }
  return log_.write();
}

}  // namespace passbook
