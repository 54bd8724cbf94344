// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/clock_lists_reader.h"

#include <algorithm>
#include <charconv>

#include "lab/scenario/json_tree.h"
#include "lab/scenario/remarks.h"
#include "lab/scenario/repair.h"
#include "lab/scenario/source_text.h"
#include "lab/scenario/tolerated.h"

namespace passbook {
namespace {

using clocks::Process;
using clocks::ProcessKind;
using clocks::Way;

constexpr std::string_view kSpaces = " \t\r\n";

std::string lower_case(std::string text) {
  for (char& c : text) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

/// The arrays of a text, each from behind the one before it; what is behind the last belongs to it.
/// A string ends with its line at the latest, as the repair has it.
std::vector<std::pair<std::size_t, std::size_t>> find_arrays(std::string_view text) {
  std::vector<std::size_t> ends;
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      at += c == '\\' ? 1 : 0;
      in_string = c != '"' && c != '\n';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[') {
      ++depth;
    } else if (c == ']' && depth > 0) {
      --depth;
      if (depth == 0) {
        ends.push_back(at + 1);
      }
    }
  }
  std::vector<std::pair<std::size_t, std::size_t>> arrays;
  std::size_t from = 0;
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
    arrays.emplace_back(from, ends[i]);
    from = ends[i];
  }
  arrays.emplace_back(from, text.size());
  return arrays;
}

/// The words of a comment: "event_sent to branch 2".
std::vector<std::string> words_of(std::string_view comment) {
  std::vector<std::string> words;
  std::size_t at = comment.find_first_not_of(kSpaces);
  while (at != std::string_view::npos) {
    const std::size_t end = std::min(comment.find_first_of(kSpaces, at), comment.size());
    words.push_back(lower_case(std::string(comment.substr(at, end - at))));
    at = comment.find_first_not_of(kSpaces, end);
  }
  return words;
}

std::optional<ProcessKind> kind_named(std::string_view word) {
  if (word == "customer" || word == "client") {
    return ProcessKind::customer;
  }
  return word == "branch" || word == "bank" ? std::optional(ProcessKind::branch) : std::nullopt;
}

std::optional<Way> way_named(std::string_view what, std::string_view preposition) {
  if (what == "event_sent" && preposition == "to") {
    return Way::sent_to;
  }
  if (preposition != "from") {
    return std::nullopt;
  }
  if (what == "event_sent") {
    return Way::sent_from;
  }
  return what == "event_recv" ? std::optional(Way::received_from) : std::nullopt;
}

struct NamedInterface {
  clocks::Interface interface = clocks::Interface::query;
  bool as_published = false;  // "propogate_"
  bool as_in_english = false;
};

std::optional<NamedInterface> interface_named(std::string_view word) {
  constexpr std::string_view kPublished = "propogate_";
  const bool published = word.starts_with(kPublished);
  const std::string spelt =
      published ? "propagate_" + std::string(word.substr(kPublished.size())) : std::string(word);
  for (const auto interface :
       {clocks::Interface::query, clocks::Interface::deposit, clocks::Interface::withdraw,
        clocks::Interface::propagate_deposit, clocks::Interface::propagate_withdraw}) {
    if (clocks::to_string(interface) == spelt) {
      return NamedInterface{interface, published, !published && spelt.starts_with("propagate_")};
    }
  }
  return std::nullopt;
}

/// Reads the arrays of one file. After the first error, which is kept, what is read does not
/// matter any more. Offsets are those of the file.
class FileReader {
 public:
  FileReader(const ClockFile& file, ReadClockLists& out)
      : source_(file.text, file.name), out_(out) {}

  std::expected<void, JsonError> read(std::string_view text);

 private:
  void read_array(RepairedText repaired, std::size_t base);
  void read_object(const JsonValue& value);
  void read_process(const JsonObject& object, const Process& process, std::size_t offset);
  clocks::Event read_event(const JsonValue& value, const Process& process);
  void read_comment(const JsonValue& event, const JsonObject& object, clocks::Event& out);
  std::optional<Process> read_owner(const JsonValue& value, const JsonObject& object);
  std::uint64_t read_number(const JsonValue& value, const JsonObject& object, const char* key,
                            bool may_be_zero);
  const std::string* read_text(const JsonValue& value, const JsonObject& object, const char* key);
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
  void note(const char* what, std::size_t at) { notes_.add(what, offset_of(at)); }

  SourceText source_;
  ReadClockLists& out_;
  RepairedText repaired_;  // of the array that is being read
  std::size_t base_ = 0;   // where that begins
  bool published_spelling_ = false;
  bool english_spelling_ = false;
  Remarks notes_;
  std::optional<JsonError> error_;
};

std::expected<void, JsonError> FileReader::read(std::string_view text) {
  if (auto unreadable = find_unreadable(text)) {
    return std::unexpected(std::move(*unreadable));
  }
  for (const auto& [from, to] : find_arrays(text)) {
    Repair repair = repair_json(text.substr(from, to - from));
    for (const Remark& remark : repair.tolerated.all()) {
      notes_.add(remark.what, from + remark.offset, remark.count);
    }
    read_array(std::move(repair.repaired), from);
    if (error_) {
      return std::unexpected(std::move(*error_));
    }
  }
  std::ranges::copy(notes_.lines(source_), std::back_inserter(out_.notes));
  return {};
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
  for (std::size_t i = 0; i < array->items.size() && !error_; ++i) {
    read_object(array->items[i]);
  }
  if (published_spelling_ && english_spelling_) {
    note("both \"propogate_\" and \"propagate_\" in one list", tree->root.offset);
  }
}

/// An event of the flat list, or a process with its events.
void FileReader::read_object(const JsonValue& value) {
  const auto* object = value.as<JsonObject>();
  if (object == nullptr) {
    return fail(value.offset, "this must be an object, an event or a process with its events");
  }
  const auto owner = read_owner(value, *object);
  if (!owner) {
    return;
  }
  if (object->find("events") != nullptr) {
    return read_process(*object, *owner, value.offset);
  }
  if (object->find("logical_clock") == nullptr) {
    const bool is_scenario =
        object->find("customer-requests") != nullptr || object->find("balance") != nullptr;
    return fail(value.offset, is_scenario ? "this belongs to a scenario, which --input takes"
                                          : R"(this has neither "events" nor a "logical_clock")");
  }
  const clocks::Event event = read_event(value, *owner);
  if (!out_.lists.all) {
    out_.lists.all.emplace();
  }
  out_.lists.all->push_back(event);
}

void FileReader::read_process(const JsonObject& object, const Process& process,
                              std::size_t offset) {
  auto& list =
      process.kind == ProcessKind::customer ? out_.lists.by_customer : out_.lists.by_branch;
  if (!list) {
    list.emplace();
  }
  out_.lists.listed.push_back({process, place_of(offset)});
  const JsonValue& value = object.find("events")->value;
  const auto* events = value.as<JsonArray>();
  if (events == nullptr) {
    return fail(value.offset, "the \"events\" must be an array");
  }
  for (const JsonValue& event : events->items) {
    if (error_) {
      return;
    }
    list->push_back(read_event(event, process));
  }
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
  if (const auto* word = read_text(value, *object, "interface")) {
    const std::size_t at = object->find("interface")->value.offset;
    const auto named = interface_named(lower_case(*word));
    if (!named) {
      fail(at, fmt::format("unknown interface {}", json_excerpt(*word)));
      return out;
    }
    if (lower_case(*word) != *word) {
      note(tolerated::kUpperCase, at);
    }
    out.interface = named->interface;
    published_spelling_ |= named->as_published;
    english_spelling_ |= named->as_in_english;
  }
  read_comment(value, *object, out);
  return out;
}

void FileReader::read_comment(const JsonValue& event, const JsonObject& object,
                              clocks::Event& out) {
  const auto* comment = read_text(event, object, "comment");
  if (comment == nullptr) {
    return;
  }
  const std::vector<std::string> words = words_of(*comment);
  const bool complete = words.size() == 4;
  const auto way = complete ? way_named(words[0], words[1]) : std::nullopt;
  const auto kind = complete ? kind_named(words[2]) : std::nullopt;
  const auto id = complete ? parse_positive_integer(words[3]) : std::nullopt;
  if (!way || !kind || !id) {
    fail(
        object.find("comment")->value.offset,
        fmt::format(R"(the comment {} is not as "event_sent to branch 2", "event_recv from branch )"
                    R"(2" or "event_sent from customer 2")",
                    json_excerpt(*comment)));
    return;
  }
  out.way = *way;
  out.named = {*kind, *id};
}

std::optional<Process> FileReader::read_owner(const JsonValue& value, const JsonObject& object) {
  const std::uint64_t id = read_number(value, object, "id", false);
  const auto* type = read_text(value, object, "type");
  if (type == nullptr) {
    return std::nullopt;
  }
  const std::size_t at = object.find("type")->value.offset;
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
  const auto* member = object.find(key);
  if (member == nullptr) {
    fail(value.offset, fmt::format("\"{}\" is missing", key));
    return 0;
  }
  const auto* quoted = member->value.as<std::string>();
  std::string text = quoted != nullptr ? *quoted : "";
  if (const auto* number = member->value.as<JsonNumber>()) {
    text = number->text;
  }
  const auto parsed = parse_positive_integer(text);
  if (!parsed && !(may_be_zero && text == "0")) {
    fail(member->value.offset,
         fmt::format("\"{}\" must be a {} integer", key, may_be_zero ? "natural" : "positive"));
  } else if (quoted != nullptr) {
    note(tolerated::kQuotedNumbers, member->value.offset);
  }
  return parsed.value_or(0);
}

const std::string* FileReader::read_text(const JsonValue& value, const JsonObject& object,
                                         const char* key) {
  const auto* member = object.find(key);
  if (member == nullptr) {
    fail(value.offset, fmt::format("\"{}\" is missing", key));
    return nullptr;
  }
  const auto* text = member->value.as<std::string>();
  if (text == nullptr) {
    fail(member->value.offset, fmt::format("the {} must be a text", key));
  }
  return text;
}

clocks::Interface interface_of(Interface interface) {
  switch (interface) {
    case Interface::query:
      return clocks::Interface::query;
    case Interface::deposit:
      return clocks::Interface::deposit;
    case Interface::withdraw:
      return clocks::Interface::withdraw;
  }
  return clocks::Interface::query;
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
  if (!out.lists.by_customer && !out.lists.by_branch && !out.lists.all) {
    const std::string_view name = files.empty() ? "" : std::string_view(files.front().name);
    return std::unexpected(
        InputError{fmt::format("{}: there are no events", name_place(name, Place{})), ""});
  }
  return out;
}

clocks::Plan clock_plan(const Scenario& scenario) {
  clocks::Plan plan;
  for (const ScenarioBranch& branch : scenario.branches) {
    plan.branches.push_back(branch.id.value);
  }
  const std::vector<std::uint64_t> names = names_of_events(scenario);
  for (const Listing& listing : scenario.listings) {
    for (const CustomerEvent& event : listing.events) {
      plan.requests.push_back({names[plan.requests.size()], listing.customer.value,
                               event.branch.value, interface_of(event.interface)});
    }
  }
  return plan;
}

}  // namespace passbook
