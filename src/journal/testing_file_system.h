// SPDX-License-Identifier: Apache-2.0
// RocksDB's file system for tests: the machine's own, but it records all operations on one folder,
// and fails on demand.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/check.h"
#include "journal/testing_disk.h"

namespace passbook {

/// All operations, and how many records were promised to be durable before each.
struct DiskHistory {
  std::vector<DiskOperation> operations;
  std::vector<std::uint64_t> promised;  ///< just before each operation, and now
};

/// Thread-safe: operations are carried out and recorded one at a time.
class TestingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  using Status = rocksdb::IOStatus;
  using Options = rocksdb::IOOptions;
  using Context = rocksdb::IODebugContext;

  /// `promised` is called before each operation. `earlier` is the history of the folder so far.
  TestingFileSystem(const std::string& folder, std::function<std::uint64_t()> promised,
                    DiskHistory earlier = {})
      : FileSystemWrapper(rocksdb::FileSystem::Default()),
        parent_(std::filesystem::path(folder).parent_path()),
        promised_(std::move(promised)),
        history_(std::move(earlier)) {
    history_.promised.resize(history_.operations.size());
    for (const DiskOperation& operation : history_.operations) {
      disk_.apply(operation);
    }
    next_file_ = history_.operations.size();
  }

  const char* Name() const override { return "TestingFileSystem"; }

  DiskHistory history() const {
    const std::scoped_lock lock(mutex_);
    DiskHistory out = history_;
    out.promised.push_back(promised_());
    return out;
  }
  std::size_t operations() const {
    const std::scoped_lock lock(mutex_);
    return history_.operations.size();
  }

  // Faults. They concern only the log's files unless stated otherwise, because records wait for
  // nothing else.

  /// The next sync fails, and no later one does.
  void fail_next_sync(Status status) { arm(sync_failure_, std::move(status)); }
  /// The next write writes a part and fails, and no later one does.
  void fail_next_write(Status status) { arm(write_failure_, std::move(status)); }

  /// The next write to a file of the database writes a part and fails.
  void fail_next_append(Status status) { arm(append_failure_, std::move(status)); }

  /// The next sync stops before it does anything, until it is released.
  void hold_next_sync() {
    const std::scoped_lock lock(mutex_);
    hold_ = Hold::armed;
  }
  void wait_until_held() {
    std::unique_lock lock(mutex_);
    PASSBOOK_CHECK(
        held_.wait_for(lock, std::chrono::seconds(30), [this] { return hold_ == Hold::holding; }),
        "a sync comes");
  }
  void let_go() {
    const std::scoped_lock lock(mutex_);
    hold_ = Hold::none;
    held_.notify_all();
  }

  // Called by RocksDB.

  Status NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                         std::unique_ptr<rocksdb::FSWritableFile>* result,
                         Context* context) override {
    const std::scoped_lock lock(mutex_);
    const FileNumber file = next_file_++;
    const Status status = record(CreateFile{name_of(path), file}, [&] {
      return target()->NewWritableFile(path, options, result, context);
    });
    wrap(status, file, result);
    return status;
  }

  Status ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                            std::unique_ptr<rocksdb::FSWritableFile>* result,
                            Context* context) override {
    const std::scoped_lock lock(mutex_);
    const Status status = target()->ReopenWritableFile(path, options, result, context);
    wrap(status, disk_.file(name_of(path)), result);
    return status;
  }

  Status ReuseWritableFile(const std::string&, const std::string&, const rocksdb::FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>*, Context*) override {
    return Status::NotSupported("files are not used again");
  }

  Status NewRandomRWFile(const std::string& path, const rocksdb::FileOptions& options,
                         std::unique_ptr<rocksdb::FSRandomRWFile>* result,
                         Context* context) override {
    const std::scoped_lock lock(mutex_);
    Status status = target()->NewRandomRWFile(path, options, result, context);
    if (status.ok()) {
      *result = std::make_unique<Segment>(*this, disk_.file(name_of(path)), std::move(*result));
    }
    return status;
  }

  Status NewDirectory(const std::string& path, const Options& options,
                      std::unique_ptr<rocksdb::FSDirectory>* result, Context* context) override {
    Status status = target()->NewDirectory(path, options, result, context);
    if (status.ok()) {
      DiskOperation sync = SyncFolder{};
      if (path == parent_) {
        sync = SyncParent{};
      }
      *result = std::make_unique<Folder>(*this, std::move(sync), std::move(*result));
    }
    return status;
  }

  Status RenameFile(const std::string& from, const std::string& to, const Options& options,
                    Context* context) override {
    const std::scoped_lock lock(mutex_);
    return record(passbook::RenameFile{name_of(from), name_of(to)},
                  [&] { return target()->RenameFile(from, to, options, context); });
  }

  Status LinkFile(const std::string& from, const std::string& to, const Options& options,
                  Context* context) override {
    const std::scoped_lock lock(mutex_);
    return record(passbook::LinkFile{name_of(from), name_of(to)},
                  [&] { return target()->LinkFile(from, to, options, context); });
  }

  Status DeleteFile(const std::string& path, const Options& options, Context* context) override {
    const std::scoped_lock lock(mutex_);
    return record(passbook::DeleteFile{name_of(path)},
                  [&] { return target()->DeleteFile(path, options, context); });
  }

  Status Truncate(const std::string& path, std::size_t size, const Options& options,
                  Context* context) override {
    const std::scoped_lock lock(mutex_);
    return record(TruncateFile{disk_.file(name_of(path)), size},
                  [&] { return target()->Truncate(path, size, options, context); });
  }

 private:
  enum class Hold : std::uint8_t { none, armed, holding };

  /// A file that is being written. Calls about allocation and hints pass through unrecorded.
  class File final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(TestingFileSystem& system, FileNumber file, std::unique_ptr<rocksdb::FSWritableFile> inner)
        : FSWritableFileOwnerWrapper(std::move(inner)), system_(system), file_(file) {}

    Status Append(const rocksdb::Slice& data, const Options& options, Context* context) override {
      const std::scoped_lock lock(system_.mutex_);
      if (!system_.append_failure_.ok()) {
        append(rocksdb::Slice(data.data(), data.size() / 2), options, context);
        return std::exchange(system_.append_failure_, Status::OK());
      }
      return append(data, options, context);
    }
    Status Append(const rocksdb::Slice& data, const Options& options,
                  const rocksdb::DataVerificationInfo&, Context* context) override {
      return Append(data, options, context);
    }
    Status PositionedAppend(const rocksdb::Slice&, std::uint64_t, const Options&,
                            Context*) override {
      return Status::NotSupported("files are written at their end");
    }
    Status PositionedAppend(const rocksdb::Slice&, std::uint64_t, const Options&,
                            const rocksdb::DataVerificationInfo&, Context*) override {
      return Status::NotSupported("files are written at their end");
    }
    Status Truncate(std::uint64_t size, const Options& options, Context* context) override {
      const std::scoped_lock lock(system_.mutex_);
      return system_.record(TruncateFile{file_, size},
                            [&] { return target()->Truncate(size, options, context); });
    }
    Status Sync(const Options& options, Context* context) override {
      return sync([&] { return target()->Sync(options, context); });
    }
    Status Fsync(const Options& options, Context* context) override {
      return sync([&] { return target()->Fsync(options, context); });
    }

   private:
    Status append(const rocksdb::Slice& data, const Options& options, Context* context) {
      return system_.record(AppendBytes{file_, data.ToString()},
                            [&] { return target()->Append(data, options, context); });
    }

    Status sync(auto carry_out) {
      const std::scoped_lock lock(system_.mutex_);
      return system_.record(SyncFile{file_}, carry_out);
    }

    TestingFileSystem& system_;
    FileNumber file_;
  };

  /// A file of the log, in which faults happen.
  class Segment final : public rocksdb::FSRandomRWFileOwnerWrapper {
   public:
    Segment(TestingFileSystem& system, FileNumber file,
            std::unique_ptr<rocksdb::FSRandomRWFile> inner)
        : FSRandomRWFileOwnerWrapper(std::move(inner)), system_(system), file_(file) {}

    Status Write(std::uint64_t offset, const rocksdb::Slice& data, const Options& options,
                 Context* context) override {
      const std::scoped_lock lock(system_.mutex_);
      if (!system_.write_failure_.ok()) {
        write(offset, rocksdb::Slice(data.data(), data.size() / 2), options, context);
        return std::exchange(system_.write_failure_, Status::OK());
      }
      return write(offset, data, options, context);
    }

    Status Sync(const Options& options, Context* context) override {
      std::unique_lock lock(system_.mutex_);
      system_.stop_when_held(lock);
      if (!system_.sync_failure_.ok()) {
        return std::exchange(system_.sync_failure_, Status::OK());
      }
      return system_.record(SyncFile{file_}, [&] { return target()->Sync(options, context); });
    }
    Status Fsync(const Options& options, Context* context) override {
      return Sync(options, context);
    }

   private:
    Status write(std::uint64_t offset, const rocksdb::Slice& data, const Options& options,
                 Context* context) {
      return system_.record(WriteBytes{file_, offset, data.ToString()},
                            [&] { return target()->Write(offset, data, options, context); });
    }

    TestingFileSystem& system_;
    FileNumber file_;
  };

  class Folder final : public rocksdb::FSDirectoryWrapper {
   public:
    Folder(TestingFileSystem& system, DiskOperation sync,
           std::unique_ptr<rocksdb::FSDirectory> inner)
        : FSDirectoryWrapper(inner.get()),
          inner_(std::move(inner)),
          system_(system),
          sync_(std::move(sync)) {}

    Status Fsync(const Options& options, Context* context) override {
      const std::scoped_lock lock(system_.mutex_);
      return system_.record(sync_, [&] { return inner_->Fsync(options, context); });
    }
    Status FsyncWithDirOptions(const Options& options, Context* context,
                               const rocksdb::DirFsyncOptions&) override {
      return Fsync(options, context);
    }

   private:
    std::unique_ptr<rocksdb::FSDirectory> inner_;
    TestingFileSystem& system_;
    DiskOperation sync_;
  };

  static std::string name_of(const std::string& path) {
    return std::filesystem::path(path).filename();
  }

  void wrap(const Status& status, FileNumber file,
            std::unique_ptr<rocksdb::FSWritableFile>* result) {
    if (status.ok()) {
      *result = std::make_unique<File>(*this, file, std::move(*result));
    }
  }

  /// Carries an operation out, and records it if it succeeded. Call under the mutex.
  Status record(DiskOperation operation, auto carry_out) {
    const std::uint64_t promised = promised_();
    Status status = carry_out();
    if (status.ok()) {
      disk_.apply(operation);
      history_.operations.push_back(std::move(operation));
      history_.promised.push_back(promised);
    }
    return status;
  }

  void arm(Status& failure, Status status) {
    const std::scoped_lock lock(mutex_);
    failure = std::move(status);
  }

  void stop_when_held(std::unique_lock<std::mutex>& lock) {
    if (hold_ == Hold::armed) {
      hold_ = Hold::holding;
      held_.notify_all();
      held_.wait(lock, [this] { return hold_ != Hold::holding; });
    }
  }

  std::string parent_;
  std::function<std::uint64_t()> promised_;
  mutable std::mutex mutex_;
  std::condition_variable held_;
  Hold hold_ = Hold::none;
  Status sync_failure_;
  Status write_failure_;
  Status append_failure_;
  Disk disk_;
  DiskHistory history_;
  FileNumber next_file_ = 0;
};

}  // namespace passbook
