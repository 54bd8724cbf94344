// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/reader.h"

#include <fmt/format.h>

#include "lab/scenario/interpret.h"
#include "lab/scenario/json_tree.h"
#include "lab/scenario/repair.h"
#include "lab/scenario/source_text.h"
#include "lab/scenario/tolerated.h"

namespace passbook {
namespace {

/// Maps the places of remarks from the repaired text to the original.
void add_all(Remarks& to, const Remarks& from, const RepairedText& repaired) {
  for (const Remark& remark : from.all()) {
    to.add(remark.what, repaired.original_offset(remark.offset), remark.count);
  }
}

std::expected<Interpretation, JsonError> read_strictly(std::string_view text) {
  const auto tree = parse_json(text);
  if (!tree) {
    return std::unexpected(tree.error());
  }
  return interpret(tree->root, Leniency::strict);
}

std::expected<Interpretation, JsonError> read_repaired(const RepairedText& repaired) {
  const auto tree = parse_json(repaired.text(), KeySpaces::dropped);
  if (!tree) {
    return std::unexpected(tree.error());
  }
  auto interpretation = interpret(tree->root, Leniency::lenient);
  if (interpretation) {
    for (const std::size_t offset : tree->spaced_keys) {
      interpretation->tolerated.add(tolerated::kSpacedKeys, offset);
    }
  }
  return interpretation;
}

/// All offsets in the result are those in `text`.
std::expected<Interpretation, JsonError> read_as(std::string_view text, RepairScope scope) {
  Repair repair = repair_json(text, scope);
  auto read = read_repaired(repair.repaired);
  if (!read) {
    return std::unexpected(JsonError{repair.repaired.original_offset(read.error().offset),
                                     std::move(read.error().message)});
  }
  Interpretation out{std::move(read->scenario), std::move(repair.tolerated), {}};
  add_all(out.tolerated, read->tolerated, repair.repaired);
  add_all(out.warnings, read->warnings, repair.repaired);
  return out;
}

bool has_type(const JsonObject& object) { return object.find("type") != nullptr; }

std::expected<Interpretation, JsonError> read_leniently(std::string_view text) {
  if (auto unreadable = find_unreadable(text)) {
    return std::unexpected(std::move(*unreadable));
  }
  if (!is_objects_without_array(text, has_type)) {
    return read_as(text, RepairScope::text);
  }
  auto read = read_as(text, RepairScope::lines);
  if (read) {
    read->tolerated.add(tolerated::kNoArray, byte_order_mark(text));
  }
  return read;
}

std::string hint_for(std::string_view text) {
  const auto lenient = read_leniently(text);
  if (!lenient) {
    return "";
  }
  std::string hint;
  for (const Remark& remark : lenient->tolerated.all()) {
    hint += (hint.empty() ? "--lenient accepts " : ", ") + remark.what;
  }
  return hint;
}

}  // namespace

std::expected<ReadScenario, InputError> read_scenario(std::string_view text,
                                                      std::string_view file_name,
                                                      Leniency leniency) {
  const SourceText source(text, file_name);
  const auto refusal = [&](const JsonError& error, std::string hint) {
    return std::unexpected(InputError{
        fmt::format("{}: {}", source.name_place(error.offset), error.message), std::move(hint)});
  };
  const bool lenient = leniency == Leniency::lenient;
  auto read = lenient ? read_leniently(text) : read_strictly(text);
  if (!read) {
    return refusal(read.error(), lenient ? "" : hint_for(text));
  }
  return ReadScenario{std::move(read->scenario), read->tolerated.lines(source),
                      read->warnings.lines(source)};
}

std::string describe(const InputError& error) {
  return error.hint.empty() ? error.message : fmt::format("{} ({})", error.message, error.hint);
}

}  // namespace passbook
