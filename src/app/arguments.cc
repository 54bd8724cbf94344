// SPDX-License-Identifier: Apache-2.0
#include "app/arguments.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "app/print.h"
#include "lab/scenario/source_text.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

struct NamedGuarantee {
  std::string_view name;
  bool Guarantees::* flag;
};

constexpr std::array<NamedGuarantee, 4> kGuarantees{{
    {"read-your-writes", &Guarantees::read_your_writes},
    {"monotonic-writes", &Guarantees::monotonic_writes},
    {"monotonic-reads", &Guarantees::monotonic_reads},
    {"writes-follow-reads", &Guarantees::writes_follow_reads},
}};

struct ByteUnit {
  std::string_view name;
  std::uint64_t bytes;
};

constexpr std::array<ByteUnit, 5> kByteUnits{{{"", 1},
                                              {"KiB", 1ULL << 10U},
                                              {"MiB", 1ULL << 20U},
                                              {"GiB", 1ULL << 30U},
                                              {"TiB", 1ULL << 40U}}};

/// The length of a unit of time, or nothing if it is unknown.
std::optional<Duration> unit_named(std::string_view unit) {
  if (unit == "us") {
    return std::chrono::microseconds(1);
  }
  if (unit == "ms") {
    return std::chrono::milliseconds(1);
  }
  if (unit == "s") {
    return std::chrono::seconds(1);
  }
  return unit == "m" ? std::optional<Duration>(std::chrono::minutes(1)) : std::nullopt;
}

}  // namespace

std::expected<Format, std::string> parse_format(std::string_view text) {
  if (text == "table") {
    return Format::table;
  }
  if (text == "json") {
    return Format::json;
  }
  if (text == "jsonl") {
    return Format::jsonl;
  }
  return Error(
      fmt::format("-o takes table, json or jsonl, not \"{}\"; did you mean --output?", text));
}

std::expected<Duration, std::string> parse_duration(std::string_view option,
                                                    std::string_view text) {
  std::int64_t count = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (failure != std::errc{} || count < 0) {
    return Error(fmt::format("{}: \"{}\" is not a time; write 5s or 500ms", option, text));
  }
  if (unit.empty()) {
    return count == 0 ? std::expected<Duration, std::string>(Duration{})
                      : Error(fmt::format("{}: \"{}\" has no unit; write {}s or {}ms", option, text,
                                          text, text));
  }
  const auto one = unit_named(unit);
  if (!one) {
    return Error(fmt::format("{}: \"{}\" has an unknown unit; use us, ms, s or m, as in 500ms",
                             option, text));
  }
  constexpr Duration kMost = std::chrono::hours(1);
  if (count > kMost / *one) {
    return Error(fmt::format("{}: \"{}\" is too long; the most is an hour, 60m", option, text));
  }
  return count * *one;
}

std::expected<Duration, std::string> parse_timeout(std::string_view text) {
  auto timeout = parse_duration("--timeout", text);
  return timeout == Duration{} ? Error("--timeout must be more than zero") : timeout;
}

std::expected<std::uint64_t, std::string> parse_bytes(std::string_view option,
                                                      std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const auto* const found = std::ranges::find(kByteUnits, unit, &ByteUnit::name);
  if (failure != std::errc{} || found == kByteUnits.end() || count > INT64_MAX / found->bytes) {
    return Error(fmt::format("{}: \"{}\" is not a size; write 256MiB or 2GiB", option, text));
  }
  return count * found->bytes;
}

std::string describe_bytes(std::uint64_t bytes) {
  const ByteUnit* unit = &kByteUnits.front();
  for (const ByteUnit& larger : kByteUnits) {
    unit = bytes >= larger.bytes ? &larger : unit;
  }
  return unit->bytes == 1
             ? fmt::format("{} bytes", bytes)
             : fmt::format("{:.1f} {}",
                           static_cast<double>(bytes) / static_cast<double>(unit->bytes),
                           unit->name);
}

std::expected<Guarantees, std::string> parse_consistency(std::string_view text) {
  if (text == "session") {
    return Guarantees::session();
  }
  Guarantees out = Guarantees::eventual();
  if (text == "eventual") {
    return out;
  }
  while (true) {
    const auto comma = text.find(',');
    const std::string_view name = text.substr(0, comma);
    const auto* const found = std::ranges::find(kGuarantees, name, &NamedGuarantee::name);
    if (found == kGuarantees.end()) {
      return Error(
          fmt::format("--consistency takes session, eventual or a comma list of "
                      "read-your-writes, monotonic-writes, monotonic-reads and "
                      "writes-follow-reads, not \"{}\"",
                      name));
    }
    out.*(found->flag) = true;
    if (comma == std::string_view::npos) {
      return out;
    }
    text.remove_prefix(comma + 1);
  }
}

std::string describe(Guarantees guarantees) {
  if (guarantees == Guarantees::session()) {
    return "session";
  }
  std::string out;
  for (const auto& [name, flag] : kGuarantees) {
    if (guarantees.*flag) {
      out += fmt::format("{}{}", out.empty() ? "" : ",", name);
    }
  }
  return out.empty() ? "eventual" : out;
}

std::expected<AckLevel, std::string> parse_ack(std::string_view text) {
  for (const AckLevel level : {AckLevel::all, AckLevel::majority, AckLevel::local}) {
    if (text == to_string(level)) {
      return level;
    }
  }
  return Error(fmt::format("--ack takes all, majority or local, not \"{}\"", text));
}

std::string_view to_string(AckLevel ack) {
  switch (ack) {
    case AckLevel::local:
      return "local";
    case AckLevel::majority:
      return "majority";
    case AckLevel::all:
      return "all";
  }
  return "";
}

std::expected<std::optional<ScheduleKind>, std::string> parse_schedule(std::string_view text) {
  if (text == "auto") {
    return std::nullopt;
  }
  for (const ScheduleKind kind :
       {ScheduleKind::sequential, ScheduleKind::concurrent, ScheduleKind::settled}) {
    if (text == to_string(kind)) {
      return kind;
    }
  }
  return Error(
      fmt::format("--schedule takes auto, sequential, concurrent or settled, not \"{}\"", text));
}

std::expected<std::pair<BranchId, std::string>, std::string> parse_peer(std::string_view text) {
  std::uint32_t id = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), id);
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (failure != std::errc{} || id == 0 || !rest.starts_with('=') || !rest.contains(':')) {
    return Error(fmt::format("\"{}\" does not name a branch; write ID=HOST:PORT", text));
  }
  return std::pair(BranchId{id}, std::string(rest.substr(1)));
}

bool is_loopback(std::string_view address) {
  const std::string_view host = address.substr(0, address.rfind(':'));
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

std::expected<void, std::string> check_address(std::string_view address, bool insecure) {
  if (!address.contains(':')) {
    return Error(fmt::format("\"{}\" is not an address; write HOST:PORT", address));
  }
  if (!insecure && !is_loopback(address)) {
    return Error(
        fmt::format("{} is off this machine, and connections are not encrypted: "
                    "--insecure allows it",
                    address));
  }
  return {};
}

std::expected<std::string, std::string> read_file(const std::string& path) {
  // Leaves std::cin and stdin before their end, since forked processes have an input of their own.
  const int fd = path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::string out;
  std::array<char, 65536> buffer{};
  ssize_t count = fd < 0 ? -1 : 0;
  while (fd >= 0 && (count = read(fd, buffer.data(), buffer.size())) != 0) {
    if (count > 0) {
      out.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      break;
    }
  }
  const int why = errno;
  if (fd > STDERR_FILENO) {
    close(fd);
  }
  return count == 0 ? std::expected<std::string, std::string>(std::move(out))
                    : Error(fmt::format("{}: {}", path, std::strerror(why)));
}

std::expected<std::string, std::string> read_text(const std::string& path) {
  auto text = read_file(path);
  return text ? std::expected<std::string, std::string>(as_utf8(std::move(*text)))
              : std::move(text);
}

std::expected<std::vector<std::string>, std::string> list_directory(const std::string& path) {
  std::vector<std::string> out;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    out.push_back(entry->path().string());
  }
  if (error) {
    return Error(fmt::format("{}: {}", path, error.message()));
  }
  std::ranges::sort(out);
  return out;
}

std::expected<ReadScenario, std::string> read_scenario_file(const std::string& path, bool lenient) {
  const auto text = read_text(path);
  if (!text) {
    return Error(text.error());
  }
  auto read = read_scenario(*text, path, lenient ? Leniency::lenient : Leniency::strict);
  if (!read) {
    return Error(describe(read.error()));
  }
  return std::move(*read);
}

int complain(std::string_view message, int status) {
  put(stderr, "passbook: {}\n", message);
  return status;
}

}  // namespace passbook
