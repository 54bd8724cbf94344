// SPDX-License-Identifier: Apache-2.0
#include "wire/progress_codec.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/numbering.h"

namespace passbook::wire {
namespace {

/// Far more than a branch sends at once.
constexpr std::uint64_t kMostReports = 65'536;

using Reporter = std::pair<Origin, ProcessId>;

/// A column that is left out if all its values are 1.
template <class Column>
void drop_if_all_are_one(Column& column) {
  if (std::ranges::all_of(column, [](const auto value) { return value == 1; })) {
    column.Clear();
  }
}

template <class Column>
bool has_length_or_none(const Column& column, int length) {
  return column.empty() || column.size() == length;
}

template <class Column>
auto value_or_one(const Column& column, int place) {
  return column.empty() ? typename Column::value_type{1} : column.Get(place);
}

template <class Columns>
void add_origin(const Origin& origin, Columns& out) {
  out.add_branches(origin.branch.value);
  out.add_incarnations(origin.incarnation.value);
}

/// Nothing if the columns differ in length, or an id is 0.
template <class Columns>
std::optional<std::vector<Origin>> get_origins(const Columns& in) {
  const int length = in.branches_size();
  if (!has_length_or_none(in.incarnations(), length)) {
    return std::nullopt;
  }
  std::vector<Origin> out;
  for (int i = 0; i < length; ++i) {
    out.push_back({BranchId{in.branches(i)}, Incarnation{value_or_one(in.incarnations(), i)}});
    if (out.back().branch == BranchId{} || out.back().incarnation == Incarnation{0}) {
      return std::nullopt;
    }
  }
  return out;
}

/// `Columns` is v1::Positions, or a message with the same columns.
template <class Columns>
void put(const std::vector<TaggedPosition>& positions, Columns& out) {
  for (const auto& [end, tag] : positions) {
    add_origin(end.origin, out);
    out.add_sequences(end.sequence.value);
    out.add_tags(tag.value);
  }
  drop_if_all_are_one(*out.mutable_incarnations());
}

template <class Columns>
std::optional<std::vector<TaggedPosition>> get_positions(const Columns& in) {
  const auto origins = get_origins(in);
  const int length = in.branches_size();
  if (!origins || in.sequences_size() != length || in.tags_size() != length) {
    return std::nullopt;
  }
  std::vector<TaggedPosition> out;
  for (int i = 0; i < length; ++i) {
    if (in.sequences(i) == 0) {
      return std::nullopt;
    }
    const Origin origin = (*origins)[static_cast<std::size_t>(i)];
    out.push_back({{origin, Sequence{in.sequences(i)}}, Tag{in.tags(i)}});
  }
  return out;
}

void put(const std::vector<Reporter>& reporters, v1::Reporters& out) {
  for (const auto& [origin, process] : reporters) {
    add_origin(origin, out);
    out.add_counters(process.counter);
    out.add_nonces(process.nonce);
  }
  drop_if_all_are_one(*out.mutable_incarnations());
  drop_if_all_are_one(*out.mutable_counters());
}

std::optional<std::vector<Reporter>> get(const v1::Reporters& in) {
  const auto origins = get_origins(in);
  const int length = in.branches_size();
  if (!origins || !has_length_or_none(in.counters(), length) || in.nonces_size() != length) {
    return std::nullopt;
  }
  std::vector<Reporter> out;
  for (int i = 0; i < length; ++i) {
    const Origin origin = (*origins)[static_cast<std::size_t>(i)];
    out.push_back({origin, {value_or_one(in.counters(), i), in.nonces(i)}});
  }
  return out;
}

/// Whether the reports list all reporters for the first position, then for the second, and so on.
bool are_all_of_all(const v1::ReportsOfOthers& others) {
  const auto reporters = static_cast<std::uint32_t>(others.reporters().branches_size());
  for (int i = 0; i < others.by_size(); ++i) {
    const auto place = static_cast<std::uint32_t>(i);
    if (others.at(i) != place / reporters || others.by(i) != place % reporters) {
      return false;
    }
  }
  return others.by_size() ==
         others.reporters().branches_size() * others.positions().branches_size();
}

}  // namespace

void put_progress(const Progress& progress, v1::Progress& out) {
  put(progress.own, out);
  if (!progress.everywhere.empty()) {
    put(progress.everywhere, *out.mutable_everywhere());
  }
  if (progress.reports.empty()) {
    return;
  }
  v1::ReportsOfOthers& others = *out.mutable_others();
  Numbering<Reporter> reporters;
  Numbering<TaggedPosition> positions;
  for (const auto& [by, position, process] : progress.reports) {
    others.add_by(static_cast<std::uint32_t>(reporters.number({by, process})));
    others.add_at(static_cast<std::uint32_t>(positions.number(position)));
  }
  put(reporters.values(), *others.mutable_reporters());
  put(positions.values(), *others.mutable_positions());
  if (are_all_of_all(others)) {
    others.clear_by();
    others.clear_at();
  }
}

namespace {

std::optional<std::vector<Report>> get(const v1::ReportsOfOthers& in) {
  const auto reporters = get(in.reporters());
  const auto positions = get_positions(in.positions());
  if (!reporters || !positions || in.by_size() != in.at_size()) {
    return std::nullopt;
  }
  const std::uint64_t all = std::uint64_t{reporters->size()} * positions->size();
  const std::uint64_t reports = in.by().empty() ? all : static_cast<std::uint64_t>(in.by_size());
  if (reports > kMostReports) {
    return std::nullopt;
  }
  std::vector<Report> out;
  for (std::uint64_t i = 0; i < reports; ++i) {
    const auto place = static_cast<int>(i);
    const std::uint64_t by = in.by().empty() ? i % reporters->size() : in.by(place);
    const std::uint64_t at = in.by().empty() ? i / reporters->size() : in.at(place);
    if (by >= reporters->size() || at >= positions->size()) {
      return std::nullopt;
    }
    const auto& [origin, process] = (*reporters)[by];
    out.push_back({origin, (*positions)[at], process});
  }
  return out;
}

}  // namespace

std::optional<Progress> get_progress(const v1::Progress& in) {
  auto own = get_positions(in);
  auto reports = get(in.others());
  auto everywhere = get_positions(in.everywhere());
  if (!own || !reports || !everywhere) {
    return std::nullopt;
  }
  return Progress{
      .own = *std::move(own), .reports = *std::move(reports), .everywhere = *std::move(everywhere)};
}

}  // namespace passbook::wire
