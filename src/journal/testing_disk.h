// SPDX-License-Identifier: Apache-2.0
// A model of a folder: the operations on it, and what a crash may leave of them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/random.h"

namespace passbook {

/// One file, whatever its names are.
using FileNumber = std::size_t;
/// The bytes of each file under its name.
using DiskImage = std::map<std::string, std::string>;

// Operations on a folder.

struct CreateFile {
  std::string name;
  FileNumber file;  ///< a new one
};
struct AppendBytes {
  FileNumber file;
  std::string bytes;
};
struct WriteBytes {
  FileNumber file;
  std::size_t offset;
  std::string bytes;
};
struct TruncateFile {
  FileNumber file;
  std::size_t size;
};
struct SyncFile {
  FileNumber file;
};
struct RenameFile {
  std::string from;
  std::string to;
};
struct LinkFile {
  std::string from;
  std::string to;
};
struct DeleteFile {
  std::string name;
};
struct SyncFolder {};
struct SyncParent {};  ///< the folder that the folder is in

using DiskOperation = std::variant<CreateFile, AppendBytes, WriteBytes, TruncateFile, SyncFile,
                                   RenameFile, LinkFile, DeleteFile, SyncFolder, SyncParent>;

inline std::string describe(const DiskOperation& operation) {
  struct Describe {
    std::string operator()(const CreateFile& o) const { return "create " + o.name; }
    std::string operator()(const AppendBytes& o) const {
      return fmt::format("append {} bytes to #{}", o.bytes.size(), o.file);
    }
    std::string operator()(const WriteBytes& o) const {
      return fmt::format("write {} bytes at {} of #{}", o.bytes.size(), o.offset, o.file);
    }
    std::string operator()(const TruncateFile& o) const {
      return fmt::format("truncate #{} to {}", o.file, o.size);
    }
    std::string operator()(const SyncFile& o) const { return fmt::format("sync #{}", o.file); }
    std::string operator()(const RenameFile& o) const { return "rename " + o.from + " to " + o.to; }
    std::string operator()(const LinkFile& o) const { return "link " + o.from + " as " + o.to; }
    std::string operator()(const DeleteFile& o) const { return "delete " + o.name; }
    std::string operator()(const SyncFolder&) const { return "sync the folder"; }
    std::string operator()(const SyncParent&) const { return "sync the parent"; }
  };
  return std::visit(Describe{}, operation);
}

/// A folder after some operations. POSIX promises little: bytes are certain once their file is
/// synced, names once the folder is, the folder itself once its parent is. Uncertain names change
/// in order, as in the journal of ext4.
class Disk {
 public:
  void apply(const DiskOperation& operation) {
    std::visit([this](const auto& o) { carry_out(o); }, operation);
  }

  /// The process died but not the machine: everything is there.
  DiskImage everything() const {
    return image(names_, [](const File& file) { return file.bytes; });
  }

  /// The power failed before any unsynced byte was written.
  DiskImage synced_bytes() const {
    return image(names_, [](const File& file) { return file.synced; });
  }

  /// The power failed while unsynced bytes were being written. `hurt` says what became of them,
  /// given the file's name, the bytes and their offset.
  DiskImage unsynced_hurt(auto hurt) const {
    DiskImage out = everything();
    for (auto& [name, bytes] : out) {
      const File& file = files_.at(names_.at(name));
      const std::size_t end = std::min(file.changed_end, bytes.size());
      if (file.changed < end) {
        const std::size_t length = end - file.changed;
        bytes.replace(file.changed, length,
                      hurt(name, bytes.substr(file.changed, length), file.changed));
      }
    }
    return out;
  }

  /// The power failed when some of the names and some bytes of each file were written.
  DiskImage some(Random& random) const {
    if (!certain_itself_ && random.chance(1, 2)) {
      return {};
    }
    Names names = certain_names_;
    const std::uint64_t kept = random.below(uncertain_.size() + 1);
    for (std::uint64_t i = 0; i < kept; ++i) {
      rename(names, uncertain_[i]);
    }
    return image(names, [&](const File& file) { return some_bytes(file, random); });
  }

  /// The file with this name, which must exist.
  FileNumber file(const std::string& name) const { return names_.at(name); }

 private:
  struct File {
    std::string bytes;
    std::string synced;              ///< the bytes at the last sync
    std::size_t changed = SIZE_MAX;  ///< the offset from which they changed since then
    std::size_t changed_end = 0;

    void change(std::size_t begin, std::size_t end) {
      changed = std::min(changed, begin);
      changed_end = std::max(changed_end, end);
    }
  };
  using Names = std::map<std::string, FileNumber>;
  using NameChange = std::variant<CreateFile, RenameFile, LinkFile, DeleteFile>;

  void carry_out(const CreateFile& o) {
    files_[o.file] = {};
    change_name(o);
  }
  void carry_out(const RenameFile& o) { change_name(o); }
  void carry_out(const LinkFile& o) { change_name(o); }
  void carry_out(const DeleteFile& o) { change_name(o); }
  void carry_out(const AppendBytes& o) {
    File& file = files_.at(o.file);
    file.change(file.bytes.size(), file.bytes.size() + o.bytes.size());
    file.bytes += o.bytes;
  }
  void carry_out(const WriteBytes& o) {
    File& file = files_.at(o.file);
    const std::size_t end = o.offset + o.bytes.size();
    file.change(o.offset, end);
    file.bytes.resize(std::max(file.bytes.size(), end));
    file.bytes.replace(o.offset, o.bytes.size(), o.bytes);
  }
  void carry_out(const TruncateFile& o) {
    File& file = files_.at(o.file);
    file.change(o.size, std::max(o.size, file.bytes.size()));
    file.bytes.resize(o.size);
  }
  void carry_out(const SyncFile& o) {
    File& file = files_.at(o.file);
    file = {.bytes = file.bytes, .synced = file.bytes};
  }
  void carry_out(const SyncFolder&) {
    certain_names_ = names_;
    uncertain_.clear();
  }
  void carry_out(const SyncParent&) { certain_itself_ = true; }

  void change_name(const NameChange& change) {
    rename(names_, change);
    uncertain_.push_back(change);
  }

  static void rename(Names& names, const NameChange& change) {
    struct ChangeName {
      Names& names;
      void operator()(const CreateFile& o) const { names[o.name] = o.file; }
      void operator()(const LinkFile& o) const { names[o.to] = names.at(o.from); }
      void operator()(const DeleteFile& o) const { names.erase(o.name); }
      void operator()(const RenameFile& o) const {
        names[o.to] = names.at(o.from);
        names.erase(o.from);
      }
    };
    std::visit(ChangeName{names}, change);
  }

  /// The beginning of the changed bytes, and the rest as it was.
  static std::string some_bytes(const File& file, Random& random) {
    if (file.changed >= file.changed_end) {
      return file.bytes;
    }
    const std::size_t end = file.changed + random.below(file.changed_end - file.changed + 1);
    std::string out = file.bytes.substr(0, end);
    if (out.size() < file.synced.size() && !(end == file.changed_end)) {
      out += file.synced.substr(out.size());
    }
    return out;
  }

  DiskImage image(const Names& names, auto bytes_of) const {
    DiskImage out;
    for (const auto& [name, file] : names) {
      out[name] = bytes_of(files_.at(file));
    }
    return out;
  }

  std::map<FileNumber, File> files_;
  Names names_;
  Names certain_names_;
  std::vector<NameChange> uncertain_;  ///< since the folder was synced
  bool certain_itself_ = false;
};

}  // namespace passbook
