// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/clock_lists_reader.h"

#include <algorithm>
#include <array>
#include <set>

#include "lab/scenario/answer_words.h"
#include "lab/scenario/clock_parts.h"
#include "lab/scenario/clock_words.h"
#include "lab/scenario/json_tree.h"
#include "lab/scenario/remarks.h"
#include "lab/scenario/repair.h"
#include "lab/scenario/source_text.h"
#include "lab/scenario/tolerated.h"

namespace passbook {
namespace {

using clocks::Process;
using clocks::ProcessKind;

/// Reads the arrays of one file. An error ends the reading of its object or event, not of the rest.
/// Offsets are those in the file.
class FileReader {
 public:
  FileReader(const ClockFile& file, ReadClockLists& out)
      : source_(file.text, file.name), out_(out) {}

  std::expected<void, JsonError> read(std::string_view text);

 private:
  void read_part(std::string_view text, std::size_t from, RepairScope scope);
  void read_array(RepairedText repaired, std::size_t base);
  void read_object(const JsonValue& value);
  void read_process(const JsonObject& object, const Process& process, std::size_t offset);
  void read_steps(const JsonValue& value, const JsonObject& object, const JsonMember& data);
  clocks::StepEvent read_step(const JsonValue& value, std::uint64_t branch, std::uint64_t request);
  clocks::Event read_event(const JsonValue& value, const Process& process);
  void read_interface(const JsonValue& value, const JsonObject& object, clocks::Event& out);
  void note_spelling(Spelling spelling, std::size_t at);
  void read_comment(const JsonValue& event, const JsonObject& object, clocks::Event& out);
  std::optional<Process> read_owner(const JsonValue& value, const JsonObject& object);
  std::uint64_t read_number(const JsonValue& value, const JsonObject& object, const char* key,
                            bool may_be_zero);
  const std::string* read_text(const JsonValue& value, const JsonObject& object, const char* key);
  const JsonMember* find(const JsonObject& object, std::string_view key);
  std::size_t offset_of(std::size_t at) const { return base_ + repaired_.original_offset(at); }
  std::size_t place_of(std::size_t at) {
    out_.places.push_back(source_.name_place(offset_of(at)));
    return out_.places.size() - 1;
  }
  void fail(std::size_t at, const std::string& message) {
    if (!error_) {
      error_ = JsonError{offset_of(at), message};
    }
  }
  /// Whether there was no error. Turns an error into a fault.
  bool had_no_error() {
    if (error_) {
      out_.faults.push_back(
          fmt::format("{}: {}", source_.name_place(error_->offset), error_->message));
    }
    return !std::exchange(error_, std::nullopt);
  }
  void note(const std::string& what, std::size_t at) { notes_.add(what, offset_of(at)); }

  SourceText source_;
  ReadClockLists& out_;
  RepairedText repaired_;  // the array that is being read
  std::size_t base_ = 0;   // where that array begins
  bool published_spelling_ = false;
  bool english_spelling_ = false;
  Remarks notes_;
  std::set<std::size_t> noted_keys_;  // their offsets
  std::optional<JsonError> error_;
};

std::expected<void, JsonError> FileReader::read(std::string_view text) {
  if (auto unreadable = find_unreadable(text)) {
    return std::unexpected(std::move(*unreadable));
  }
  for (const ClockPart& part : find_clock_parts(text)) {
    if (part.scope == RepairScope::lines) {
      notes_.add(tolerated::kNoArray, byte_order_mark(text));
    }
    read_part(text.substr(part.from, part.to - part.from), part.from, part.scope);
  }
  if (error_) {
    return std::unexpected(std::move(*error_));
  }
  std::ranges::copy(notes_.lines(source_), std::back_inserter(out_.notes));
  return {};
}

void FileReader::read_part(std::string_view text, std::size_t from, RepairScope scope) {
  if (error_) {
    return;
  }
  Repair repair = repair_json(text, scope);
  for (const Remark& remark : repair.tolerated.all()) {
    notes_.add(remark.what, from + remark.offset, remark.count);
  }
  read_array(std::move(repair.repaired), from);
}

void FileReader::read_array(RepairedText repaired, std::size_t base) {
  repaired_ = std::move(repaired);
  base_ = base;
  const auto tree = parse_json(repaired_.text(), KeySpaces::dropped);
  if (!tree) {
    return fail(tree.error().offset, tree.error().message);
  }
  for (const std::size_t offset : tree->spaced_keys) {
    note(tolerated::kSpacedKeys, offset);
  }
  const auto* array = tree->root.as<JsonArray>();
  if (array == nullptr) {
    return fail(tree->root.offset, "a list of events must be an array");
  }
  published_spelling_ = false;
  english_spelling_ = false;
  for (const JsonValue& item : array->items) {
    read_object(item);
    had_no_error();
  }
  if (published_spelling_ && english_spelling_) {
    note("both \"propogate_\" and \"propagate_\" in one list", tree->root.offset);
  }
}

/// The object is an event of the list of all, a process with its events, or a branch or a request
/// with its steps.
void FileReader::read_object(const JsonValue& value) {
  const auto* object = value.as<JsonObject>();
  if (object == nullptr) {
    return fail(value.offset, "this must be an object, an event or a process with its events");
  }
  if (const auto* data = find_ignoring_spelling(*object, "data")) {
    return read_steps(value, *object, *data);
  }
  const auto owner = read_owner(value, *object);
  if (!owner) {
    return;
  }
  if (find(*object, "events") != nullptr) {
    return read_process(*object, *owner, value.offset);
  }
  if (find(*object, "logical_clock") == nullptr) {
    const bool is_scenario =
        object->find("customer-requests") != nullptr || object->find("balance") != nullptr;
    return fail(value.offset, is_scenario ? "this belongs to a scenario: pass it with --input"
                                          : R"(this has neither "events" nor a "logical_clock")");
  }
  const clocks::Event event = read_event(value, *owner);
  if (had_no_error()) {
    if (!out_.lists.all) {
      out_.lists.all.emplace();
    }
    out_.lists.all->push_back(event);
  }
}

void FileReader::read_process(const JsonObject& object, const Process& process,
                              std::size_t offset) {
  auto& list =
      process.kind == ProcessKind::customer ? out_.lists.by_customer : out_.lists.by_branch;
  if (!list) {
    list.emplace();
  }
  const JsonValue& value = find(object, "events")->value;
  const auto* events = value.as<JsonArray>();
  if (events == nullptr) {
    return fail(value.offset, "the \"events\" must be an array");
  }
  out_.lists.listed.push_back({process, place_of(offset)});
  for (const JsonValue& item : events->items) {
    const clocks::Event event = read_event(item, process);
    if (had_no_error()) {
      list->push_back(event);
    }
  }
}

/// Reads the steps of a branch ("pid") or of a request ("eventid").
void FileReader::read_steps(const JsonValue& value, const JsonObject& object,
                            const JsonMember& data) {
  const bool by_branch = find_ignoring_spelling(object, "pid") != nullptr;
  const std::uint64_t id = read_number(value, object, by_branch ? "pid" : "eventid", false);
  const auto* events = data.value.as<JsonArray>();
  if (events == nullptr) {
    fail(data.value.offset, "the \"data\" must be an array");
  }
  if (error_) {
    return;
  }
  auto& list = by_branch ? out_.steps.by_branch : out_.steps.by_request;
  if (!list) {
    list.emplace();
  }
  if (by_branch) {
    out_.steps.branches.push_back({{ProcessKind::branch, id}, place_of(value.offset)});
  } else {
    out_.steps.requests.emplace_back(id, place_of(value.offset));
  }
  for (const JsonValue& item : events->items) {
    const clocks::StepEvent event = read_step(item, by_branch ? id : 0, by_branch ? 0 : id);
    if (had_no_error()) {
      list->push_back(event);
    }
  }
}

/// In the list of a branch a step names its request. In the list of a request it need not.
clocks::StepEvent FileReader::read_step(const JsonValue& value, std::uint64_t branch,
                                        std::uint64_t request) {
  clocks::StepEvent out{.branch = branch, .request = request};
  out.place = place_of(value.offset);
  const auto* object = value.as<JsonObject>();
  if (object == nullptr) {
    fail(value.offset, "an event must be an object");
    return out;
  }
  if (request == 0) {
    out.request = read_number(value, *object, "id", false);
  }
  out.clock = read_number(value, *object, "clock", true);
  if (const auto* name = read_text(value, *object, "name")) {
    const auto named = step_named(lower_case(*name));
    if (!named) {
      fail(find(*object, "name")->value.offset,
           fmt::format("unknown name {}", json_excerpt(*name)));
      return out;
    }
    out.interface = named->interface;
    out.step = named->step;
  }
  return out;
}

clocks::Event FileReader::read_event(const JsonValue& value, const Process& process) {
  clocks::Event out;
  out.process = process;
  out.place = place_of(value.offset);
  const auto* object = value.as<JsonObject>();
  if (object == nullptr) {
    fail(value.offset, "an event must be an object");
    return out;
  }
  out.request = read_number(value, *object, "customer-request-id", false);
  out.clock = read_number(value, *object, "logical_clock", true);
  read_interface(value, *object, out);
  read_comment(value, *object, out);
  return out;
}

void FileReader::read_interface(const JsonValue& value, const JsonObject& object,
                                clocks::Event& out) {
  const auto* word = read_text(value, object, "interface");
  if (word == nullptr) {
    return;
  }
  const std::size_t at = find(object, "interface")->value.offset;
  const auto named = interface_named(lower_case(*word));
  if (!named) {
    return fail(at, fmt::format("unknown interface {}", json_excerpt(*word)));
  }
  if (lower_case(*word) != *word) {
    note(tolerated::kUpperCase, at);
  }
  out.interface = named->interface;
  out.spelling = *word;
  published_spelling_ |= named->spelling == Spelling::published;
  english_spelling_ |= named->spelling == Spelling::english;
  if (named->spelling == Spelling::swapped) {
    note(fmt::format("{} instead of \"propogate_deposit\" and the like", json_excerpt(*word)), at);
  }
}

void FileReader::read_comment(const JsonValue& event, const JsonObject& object,
                              clocks::Event& out) {
  const auto* text = read_text(event, object, "comment");
  if (text == nullptr) {
    return;
  }
  const auto comment = parse_comment(*text);
  if (!comment) {
    return fail(
        find(object, "comment")->value.offset,
        fmt::format(
            R"(unrecognized comment {}; expected "event_sent to branch 2", "event_recv from )"
            R"(branch 2" or "event_sent from customer 2")",
            json_excerpt(*text)));
  }
  out.direction = comment->direction;
  out.named = comment->named;
}

std::optional<Process> FileReader::read_owner(const JsonValue& value, const JsonObject& object) {
  const std::uint64_t id = read_number(value, object, "id", false);
  const auto* type = read_text(value, object, "type");
  if (type == nullptr) {
    return std::nullopt;
  }
  const std::size_t at = find(object, "type")->value.offset;
  const auto kind = kind_named(lower_case(*type));
  if (!kind) {
    fail(at, fmt::format("unknown type {}", json_excerpt(*type)));
    return std::nullopt;
  }
  if (lower_case(*type) != *type) {
    note(tolerated::kUpperCase, at);
  }
  return error_ ? std::nullopt : std::optional(Process{*kind, id});
}

std::uint64_t FileReader::read_number(const JsonValue& value, const JsonObject& object,
                                      const char* key, bool may_be_zero) {
  const auto* member = find(object, key);
  if (member == nullptr) {
    fail(value.offset, fmt::format("\"{}\" is missing", key));
    return 0;
  }
  const auto* quoted = member->value.as<std::string>();
  std::string text = quoted != nullptr ? *quoted : "";
  if (const auto* number = member->value.as<JsonNumber>()) {
    text = number->text;
  }
  auto parsed = parse_positive_integer(text);
  if (!parsed && read_whole_float(text)) {
    parsed = read_whole_float(text);
    note(tolerated::kFloatIds, member->value.offset);
  }
  if (!parsed && !(may_be_zero && (text == "0" || text == "0.0"))) {
    fail(member->value.offset, fmt::format("\"{}\" must be a {} integer", key,
                                           may_be_zero ? "non-negative" : "positive"));
  } else if (quoted != nullptr) {
    note(tolerated::kQuotedNumbers, member->value.offset);
  }
  return parsed.value_or(0);
}

const std::string* FileReader::read_text(const JsonValue& value, const JsonObject& object,
                                         const char* key) {
  const auto* member = find(object, key);
  if (member == nullptr) {
    fail(value.offset, fmt::format("\"{}\" is missing", key));
    return nullptr;
  }
  const auto* text = member->value.as<std::string>();
  if (text == nullptr) {
    fail(member->value.offset, fmt::format("the {} must be a string", key));
  }
  return text;
}

/// Adds a note if the key is spelt differently.
const JsonMember* FileReader::find(const JsonObject& object, std::string_view key) {
  const auto* member = find_ignoring_spelling(object, key);
  if (member != nullptr && member->key != key &&
      noted_keys_.insert(offset_of(member->offset)).second) {
    note(fmt::format("the key {} read as {}", json_excerpt(member->key), json_string(key)),
         member->offset);
  }
  return member;
}

}  // namespace

std::expected<ReadClockLists, InputError> read_clock_lists(std::span<const ClockFile> files) {
  ReadClockLists out;
  for (const ClockFile& file : files) {
    const auto read = FileReader(file, out).read(file.text);
    if (!read) {
      const SourceText source(file.text, file.name);
      return std::unexpected(InputError{
          fmt::format("{}: {}", source.name_place(read.error().offset), read.error().message), ""});
    }
  }
  const bool has_events =
      std::ranges::any_of(std::array{&out.lists.by_customer, &out.lists.by_branch, &out.lists.all},
                          [](const auto* list) { return *list && !(*list)->empty(); });
  const bool has_steps = (out.steps.by_branch && !out.steps.by_branch->empty()) ||
                         (out.steps.by_request && !out.steps.by_request->empty());
  const bool has_lists = out.lists.by_customer || out.lists.by_branch || out.lists.all ||
                         out.steps.by_branch || out.steps.by_request;
  if (!has_events && !has_steps && !out.faults.empty()) {
    return std::unexpected(InputError{out.faults.front(), ""});
  }
  if (!has_lists) {
    const std::string_view name = files.empty() ? "" : std::string_view(files.front().name);
    return std::unexpected(
        InputError{fmt::format("{}: there are no events", name_place(name, Place{})), ""});
  }
  if (clocks::is_by_process(out.lists)) {
    out.notes.push_back(
        fmt::format("{}: the list of all events is grouped by process instead of "
                    "ordered by the clocks of each request",
                    out.places[out.lists.all->front().place]));
  }
  return out;
}

}  // namespace passbook
