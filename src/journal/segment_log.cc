// SPDX-License-Identifier: Apache-2.0
#include "journal/segment_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

#include "base/check.h"
#include "journal/data_directory.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;
using Done = SegmentLog::Done;

constexpr std::string_view kNew = ".new";
/// A segment grows by this part of its final size. Writes of more than a quarter of that add no
/// zeros, because writing large records twice would cost more than it saves.
constexpr std::size_t kSteps = 64;
/// The distance between places at which a read can begin.
constexpr std::size_t kBetweenPlaces = std::size_t{256} << 10U;
constexpr std::size_t kLeastRead = std::size_t{64} << 10U;
constexpr std::size_t kMostRead = std::size_t{1} << 20U;

rocksdb::EnvOptions plain_files() {
  rocksdb::EnvOptions options;
  options.use_mmap_writes = false;
  return options;
}

Done done(const rocksdb::Status& status) { return status.ok() ? Done() : Error(status.ToString()); }

std::string segment_path(const std::string& directory, std::uint64_t first) {
  return fmt::format("{}/{}{:016x}", directory, kSegmentPrefix, first);
}

rocksdb::Status write_new(rocksdb::Env& env, const std::string& path, const std::string& bytes) {
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status status = env.NewWritableFile(path, &file, plain_files());
  if (status.ok()) {
    status = file->Append(bytes);
  }
  if (status.ok()) {
    status = file->Fsync();
  }
  return status.ok() ? file->Close() : status;
}

/// Makes a new segment under its final name, which never stands for a partly written one.
rocksdb::Status make_segment(const SegmentLog::Config& config, const SegmentHeader& header) {
  const std::string path = segment_path(config.directory, header.first);
  const std::string made = path + std::string(kNew);
  rocksdb::Status status =
      write_new(*config.env, made,
                encode_segment_header(header) + std::string(config.segment_bytes / kSteps, '\0'));
  if (status.ok()) {
    status = config.env->RenameFile(made, path);
  }
  return status.ok() ? sync_directory(*config.env, config.directory) : status;
}

std::uint64_t random_number() {
  std::random_device device;
  return std::uint64_t{device()} << 32U | device();
}

bool only_zeros(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

rocksdb::Status read_part(const rocksdb::RandomAccessFile& file, std::size_t offset,
                          std::size_t bytes, std::string& out) {
  std::string scratch(bytes, '\0');
  rocksdb::Slice found;
  const rocksdb::Status status = file.Read(offset, bytes, &found, scratch.data());
  out.assign(found.data(), status.ok() ? found.size() : 0);
  return status;
}

}  // namespace

Done SegmentLog::create(const Config& config, const std::string& label) {
  return done(make_segment(config, {.log = random_number(), .first = 0, .label = label}));
}

std::expected<std::unique_ptr<SegmentLog>, std::string> SegmentLog::open(const Config& config) {
  auto log = std::unique_ptr<SegmentLog>(new SegmentLog(config));
  const Done recovered = log->recover();
  return recovered ? std::expected<std::unique_ptr<SegmentLog>, std::string>(std::move(log))
                   : Error(recovered.error());
}

std::uint64_t SegmentLog::append(std::string_view bytes, std::uint32_t count) {
  append_record(header_.log, {.first = end_, .count = count, .synced = durable(), .bytes = bytes},
                pending_);
  return std::exchange(end_, end_ + count);
}

Done SegmentLog::sync() {
  if (const auto failed = failure()) {
    return Error(*failed);
  }
  if (pending_.empty()) {
    return {};
  }
  if (used_ >= config_.segment_bytes) {
    if (const Done begun = begin_segment(); !begun) {
      return fail(begun.error());
    }
  }
  const std::size_t size = pending_.size();
  const std::size_t step = config_.segment_bytes / kSteps;
  if (used_ + size > prepared_) {
    pending_.resize(size + (size <= step / 4 ? step : 0));
  }
  if (const Done written = write(pending_); !written) {
    return fail(written.error());
  }
  prepared_ = std::max(prepared_, used_ + pending_.size());
  pending_.clear();
  const std::scoped_lock lock(mutex_);
  note({.segment = header_.first, .offset = used_, .position = durable_});
  used_ += size;
  durable_ = end_;
  return {};
}

Done SegmentLog::write(const std::string& bytes) {
  const rocksdb::Status written = file_->Write(used_, bytes);
  return done(written.ok() ? file_->Sync() : written);
}

Done SegmentLog::fail(const std::string& why) {
  const std::scoped_lock lock(mutex_);
  failure_ = why;
  return Error(why);
}

Done SegmentLog::begin_segment() {
  SegmentHeader next = header_;
  next.first = durable();
  if (const rocksdb::Status made = make_segment(config_, next); !made.ok()) {
    return done(made);
  }
  header_.first = next.first;
  used_ = kSegmentHeaderBytes;
  prepared_ = kSegmentHeaderBytes + config_.segment_bytes / kSteps;
  {
    const std::scoped_lock lock(mutex_);
    segments_.insert(next.first);
    places_[next.first] = {.segment = next.first, .position = next.first};
  }
  return open_last();
}

Done SegmentLog::open_last() {
  return done(config_.env->NewRandomRWFile(path_of(header_.first), &file_, plain_files()));
}

Done SegmentLog::recover() {
  for (const std::string& name : names_in(config_.directory)) {
    if (!is_segment(name)) {
      continue;
    }
    if (name.ends_with(kNew)) {
      const auto deleted = config_.env->DeleteFile(config_.directory + "/" + name);
      if (!deleted.ok()) {
        return done(deleted);
      }
      continue;
    }
    const std::uint64_t first = std::strtoull(name.c_str() + kSegmentPrefix.size(), nullptr, 16);
    segments_.insert(first);
    places_[first] = {.segment = first, .position = first};
  }
  const Done headers = check_headers();
  return headers ? recover_last() : headers;
}

/// Checks that all segments belong to one log, which begins at position 0.
Done SegmentLog::check_headers() {
  std::optional<SegmentHeader> before;
  for (const std::uint64_t first : segments_) {
    std::string bytes;
    std::unique_ptr<rocksdb::RandomAccessFile> file;
    rocksdb::Status status = config_.env->NewRandomAccessFile(path_of(first), &file, plain_files());
    if (status.ok()) {
      status = read_part(*file, 0, kSegmentHeaderBytes, bytes);
    }
    if (!status.ok()) {
      return done(status);
    }
    const auto header = decode_segment_header(bytes);
    if (!header) {
      return Error(fmt::format("{}: the journal cannot be opened: {} {}", config_.directory,
                               path_of(first), header.error()));
    }
    if (before && (header->log != before->log || header->label != before->label)) {
      return Error(damaged(path_of(first) + " is of another log"));
    }
    if (header->first != first) {
      return Error(damaged(path_of(first) + " has the name of another segment"));
    }
    before = *header;
  }
  if (segments_.empty() || *segments_.begin() != 0) {
    return Error(damaged("its first segment is missing"));
  }
  header_ = *before;
  return {};
}

/// Cuts off a torn end, and syncs the rest, which is durable from now on.
Done SegmentLog::recover_last() {
  const std::string path = path_of(header_.first);
  std::string bytes;
  if (const auto read = rocksdb::ReadFileToString(config_.env, path, &bytes); !read.ok()) {
    return done(read);
  }
  const SegmentEnd end = find_segment_end(header_, bytes);
  if (end.beyond) {
    return Error(damaged(fmt::format("{} can't be read from byte {} on, but goes on at byte {}",
                                     path, end.whole, *end.beyond)));
  }
  used_ = end.whole;
  end_ = durable_ = end.position;
  const bool torn = !only_zeros(std::string_view(bytes).substr(end.whole));
  if (torn && config_.log) {
    config_.log(fmt::format("{}: cut off {} bytes of a write that a crash had interrupted", path,
                            bytes.find_last_not_of('\0') + 1 - end.whole));
  }
  if (torn) {
    return cut_off(end.whole);
  }
  prepared_ = bytes.size();
  return sync_last(std::nullopt);
}

/// Ends the last segment's records here. No bytes written behind them may remain.
Done SegmentLog::cut_off(std::size_t offset) {
  used_ = prepared_ = offset;
  return sync_last(offset);
}

/// Syncs the last segment, cut off at a size if there is one, and opens it for writing.
Done SegmentLog::sync_last(std::optional<std::size_t> size) {
  file_.reset();
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status status =
      config_.env->ReopenWritableFile(path_of(header_.first), &file, plain_files());
  if (status.ok() && size) {
    status = file->Truncate(*size);
  }
  if (status.ok()) {
    status = file->Fsync();
  }
  if (status.ok()) {
    status = file->Close();
  }
  return status.ok() ? open_last() : done(status);
}

Done SegmentLog::cut(std::uint64_t position) {
  PASSBOOK_CHECK(pending_.empty(), "only synced records are cut");
  PASSBOOK_CHECK(position <= end_, "only existing records are cut");
  const Place start = position == 0 ? Place() : place_before(position - 1);
  const auto place = walk(start, position, kMostRead, [](const LogRecord&) { return true; });
  if (!place) {
    return fail(place.error());
  }
  PASSBOOK_CHECK(place->position == position, "a record begins where the log is cut");
  if (const Done forgotten = forget_segments(position); !forgotten) {
    return fail(forgotten.error());
  }
  header_.first = place->segment;
  if (const Done cut = cut_off(place->offset); !cut) {
    return fail(cut.error());
  }
  const std::scoped_lock lock(mutex_);
  end_ = durable_ = position;
  return {};
}

/// Deletes the last segment first, so that a crash leaves a valid log.
Done SegmentLog::forget_segments(std::uint64_t from) {
  std::vector<std::uint64_t> forgotten;
  {
    const std::scoped_lock lock(mutex_);
    const auto first = std::max<std::uint64_t>(from, 1);
    places_.erase(places_.lower_bound(first), places_.end());
    forgotten.assign(segments_.lower_bound(first), segments_.end());
    segments_.erase(segments_.lower_bound(first), segments_.end());
  }
  for (; !forgotten.empty(); forgotten.pop_back()) {
    rocksdb::Status status = config_.env->DeleteFile(path_of(forgotten.back()));
    if (status.ok()) {
      status = sync_directory(*config_.env, config_.directory);
    }
    if (!status.ok()) {
      return done(status);
    }
  }
  return {};
}

std::expected<std::vector<SegmentLog::Record>, std::string> SegmentLog::read(
    std::uint64_t position, std::size_t most) const {
  std::vector<Record> out;
  std::size_t taken = 0;
  const std::uint64_t limit = durable();
  const std::size_t step = std::clamp(most, kLeastRead, kMostRead);
  while (position < limit && taken < most) {
    const auto walked = walk(place_before(position), limit, step, [&](const LogRecord& record) {
      if (record.next() > position) {
        taken += record.bytes.size();
        out.push_back({record.first, record.count, std::string(record.bytes)});
      }
      return taken < most;
    });
    if (!walked) {
      return Error(walked.error());
    }
    position = walked->position;
  }
  return out;
}

/// Visits the records of one segment from a place on, until the position `limit` or until the
/// visitor stops. Returns where it stopped. Reads the file in steps of `step` bytes.
std::expected<SegmentLog::Place, std::string> SegmentLog::walk(Place place, std::uint64_t limit,
                                                               std::size_t step,
                                                               const Visit& visit) const {
  const std::uint64_t after = segment_after(place.segment);
  limit = std::min(limit, after);
  const std::string path = path_of(place.segment);
  std::unique_ptr<rocksdb::RandomAccessFile> file;
  rocksdb::Status status = config_.env->NewRandomAccessFile(path, &file, plain_files());
  std::string part;
  std::size_t begin = place.offset;
  std::size_t asked = 0;
  for (bool more = true; status.ok() && more && place.position < limit;) {
    const RecordRead read = read_record(header_.log, part, place.offset - begin);
    if (read.record && read.record->first == place.position && read.record->next() <= after) {
      more = visit(*read.record);
      place.offset += *read.size;
      place.position = read.record->next();
      const std::scoped_lock lock(mutex_);
      note(place);
      continue;
    }
    const std::size_t needed = std::max(step, read.size.value_or(0));
    if (begin == place.offset && asked >= needed) {
      return Error(
          damaged(fmt::format("{} can't be read from byte {} on, where record {} should be", path,
                              place.offset, place.position)));
    }
    begin = place.offset;
    asked = needed;
    status = read_part(*file, begin, asked, part);
  }
  return status.ok() ? std::expected<Place, std::string>(place) : Error(status.ToString());
}

std::uint64_t SegmentLog::durable() const {
  const std::scoped_lock lock(mutex_);
  return durable_;
}

std::optional<std::string> SegmentLog::failure() const {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

std::string SegmentLog::path_of(std::uint64_t segment) const {
  return segment_path(config_.directory, segment);
}

std::string SegmentLog::damaged(const std::string& what) const {
  return fmt::format("{}: the journal is damaged: {}", config_.directory, what);
}

/// Call under the mutex.
void SegmentLog::note(const Place& place) const {
  const auto after = places_.upper_bound(place.position);
  const Place& before = std::prev(after)->second;
  const bool between = after != places_.end() && after->second.segment == place.segment;
  if (before.segment == place.segment && before.offset + kBetweenPlaces <= place.offset &&
      (!between || place.offset + kBetweenPlaces <= after->second.offset)) {
    places_.emplace_hint(after, place.position, place);
  }
}

SegmentLog::Place SegmentLog::place_before(std::uint64_t position) const {
  const std::scoped_lock lock(mutex_);
  return std::prev(places_.upper_bound(position))->second;
}

/// Where the next segment begins, if there is one.
std::uint64_t SegmentLog::segment_after(std::uint64_t position) const {
  const std::scoped_lock lock(mutex_);
  const auto next = segments_.upper_bound(position);
  return next == segments_.end() ? UINT64_MAX : *next;
}

}  // namespace passbook
