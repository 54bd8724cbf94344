// SPDX-License-Identifier: Apache-2.0
#include "app/table_story.h"

#include <fmt/format.h>
#include <unistd.h>

#include "app/arguments.h"
#include "app/print.h"
#include "version.h"

namespace passbook {
namespace {

/// Scenarios with more events than this are not shown event by event.
constexpr std::size_t kFewEvents = 60;
constexpr std::size_t kFewBranches = 10;
constexpr std::size_t kMostBroken = 20;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string count_of(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string was_or_were(std::size_t count) {
  return fmt::format("{} {}", count, count == 1 ? "was" : "were");
}

std::string text_of(const CustomerEvent& event) {
  return event.interface == Interface::query
             ? "query"
             : fmt::format("{} {}", to_string(event.interface), to_string(event.money));
}

/// An answer in words, for the rest of a line.
std::string text_of(const CustomerEvent& event, const EventResult& result) {
  std::string out = event.interface == Interface::query && result.result == ResultWord::success
                        ? ""
                        : fmt::format("{}  ", to_string(result.result));
  if (result.balance) {
    out += fmt::format("balance {}", to_string(*result.balance));
  }
  return result.reason.empty() ? out : fmt::format("{}  {}", out, result.reason);
}

std::size_t customers_in(const Scenario& scenario) {
  std::vector<CustomerId> ids;
  for (const Listing& listing : scenario.listings) {
    ids.push_back(listing.customer);
  }
  std::ranges::sort(ids);
  return static_cast<std::size_t>(std::ranges::unique(ids).begin() - ids.begin());
}

}  // namespace

TableStory::TableStory(const RunDescription& about, std::FILE* out)
    : about_(about),
      out_(out),
      events_(count_events(about.scenario)),
      terminal_(isatty(fileno(out)) != 0),
      palette_(Palette::of(out)) {}

void TableStory::introduce() {
  const Scenario& scenario = about_.scenario;
  put(out_, "Read {}: {}, {}, {}.\n", about_.file,
      count_of(scenario.branches.size(), "branch", "branches"),
      count_of(customers_in(scenario), "customer", "customers"),
      count_of(events_, "event", "events"));
  for (const std::string& note : about_.notes) {
    put(out_, "  note: {}\n", note);
  }
  for (const std::string& warning : about_.warnings) {
    put(out_, "  {} {}\n", palette_.paint(Colour::yellow, "warning:"), warning);
  }
  if (events_ <= kFewEvents) {
    for (const Listing& listing : scenario.listings) {
      std::string events;
      for (const CustomerEvent& event : listing.events) {
        events += fmt::format("{}{} at branch {}", events.empty() ? "" : ", ", text_of(event),
                              event.branch.value);
      }
      put(out_, "  customer {}: {}\n", listing.customer.value, events.empty() ? "nothing" : events);
    }
  }
  if (const auto& data = about_.options.data) {
    put(out_, "Journals in {}{}.\n", data->path,
        data->resume ? ": the run continues from the balances there" : "");
  }
  put(out_, "Schedule {}, acknowledged by {}, consistency {}.\n",
      to_string(about_.options.schedule), to_string(about_.options.ack),
      describe(about_.options.guarantees));
}

void TableStory::begin() {
  introduce();
  put(out_, "\nStarting branches:\n");
  std::fflush(out_);
}

void TableStory::serving(BranchId branch, int port, Money balance) {
  if (about_.scenario.branches.size() <= kFewBranches) {
    put(out_, "  branch {} serves on port {}, {} {}\n", branch.value, port, kind_of_balance(),
        to_string(balance));
  }
  balances_.insert(balance);
}

const char* TableStory::kind_of_balance() const {
  const auto& data = about_.options.data;
  return data && data->resume ? "balance" : "opening balance";
}

void TableStory::ready() {
  if (about_.scenario.branches.size() > kFewBranches) {
    const Money least = *balances_.begin();
    const Money most = *balances_.rbegin();
    put(out_, "  {} branches serve, {} {}{}\n", about_.scenario.branches.size(), kind_of_balance(),
        to_string(least), least == most ? "" : " to " + to_string(most));
  }
  customers_begin();
}

void TableStory::customers_begin() {
  put(out_, "\nCustomers:\n");
  std::fflush(out_);
}

void TableStory::arrived(EventPlace place) {
  if (!arrived_.insert(place).second) {
    return;
  }
  under_way_ = place;
  const Listing& listing = about_.scenario.listings[place.listing];
  if (begun_.insert(place.listing).second) {
    put(out_, "\nExecuting customer {} events...\n", listing.customer.value);
  }
  std::string title =
      fmt::format("##### {} #####", to_string(listing.events[place.event].interface));
  std::ranges::transform(title, title.begin(), [](unsigned char c) { return std::toupper(c); });
  const std::string bar(title.size(), '#');
  put(out_, "\n    {}\n    {}\n    {}\n", bar, title, bar);
}

void TableStory::narrated(std::optional<EventPlace> place, const std::vector<std::string>& lines) {
  clear_progress();
  for (const std::string& line : lines) {
    put(out_, "    {}{}\n", prefix(place), line);
  }
}

/// Names the event of a line, unless it is that of the last heading.
std::string TableStory::prefix(std::optional<EventPlace> place) const {
  if (!place || place == under_way_) {
    return "";
  }
  const Listing& listing = about_.scenario.listings[place->listing];
  return fmt::format("[customer {}, event {}] ", listing.customer.value,
                     listing.events[place->event].id.value_or(place->event + 1));
}

void TableStory::performed(EventPlace place, const Performed& performed, std::size_t done,
                           std::size_t all) {
  if (events_ <= kFewEvents || about_.options.narrate || !performed.result.reason.empty()) {
    tell_event(place, performed);
  }
  tell_progress(done, all);
}

void TableStory::tell_event(EventPlace place, const Performed& performed) {
  clear_progress();
  const Listing& listing = about_.scenario.listings[place.listing];
  const CustomerEvent& event = listing.events[place.event];
  if (about_.options.narrate) {
    tell_confirmation(place, performed.result);
    return;
  }
  put(out_, "  customer {:<4} {:<16} at branch {:<4} {}\n", listing.customer.value, text_of(event),
      event.branch.value, text_of(event, performed.result));
}

/// Tells the answer that ends a narrated event.
void TableStory::tell_confirmation(EventPlace place, const EventResult& result) {
  const Listing& listing = about_.scenario.listings[place.listing];
  const CustomerEvent& event = listing.events[place.event];
  put(out_, "    {}^ customer {} ", prefix(place), listing.customer.value);
  if (result.result != ResultWord::success || !result.balance) {
    put(out_, "is told by branch {}: {}\n", event.branch.value, text_of(event, result));
    return;
  }
  put(out_, "confirms that branch {} has {}balance of ${}{}\n", event.branch.value,
      event.interface == Interface::query ? "" : "new ", to_string(*result.balance),
      result.reason.empty() ? "" : "  " + result.reason);
}

void TableStory::tell_progress(std::size_t done, std::size_t all) {
  if (terminal_ && events_ > kFewEvents) {
    put(out_, "\r  {} of {} events", done, all);
    std::fflush(out_);
    progress_shown_ = true;
    if (done == all) {
      clear_progress();
    }
  }
}

void TableStory::clear_progress() {
  if (std::exchange(progress_shown_, false)) {
    put(out_, "\r\033[K");
  }
}

void TableStory::tell_finals(const RunReport& report) {
  if (report.finals.empty()) {
    return;
  }
  put(out_, "\nFinal balances:\n");
  const bool few = report.finals.size() <= kFewBranches;
  for (const auto& [branch, balance, why] : report.finals) {
    if (few || !balance || !report.agree()) {
      put(out_, "  branch {}: {}\n", branch.value,
          balance ? to_string(*balance) : "not known: " + why);
    }
  }
  if (report.agree()) {
    const std::string who = report.finals.size() == 1
                                ? "The one replica does"
                                : fmt::format("All {} replicas", report.finals.size());
    const std::string balance = to_string(*report.finals.front().balance);
    put(out_, "  {}\n", palette_.paint(Colour::green, fmt::format("{} agree: {}.", who, balance)));
  } else {
    put(out_, "  {}\n", palette_.paint(Colour::red, "THE REPLICAS DO NOT AGREE."));
  }
}

void TableStory::tell_failure(const RunReport& report) {
  put(out_, "\n{}\n",
      palette_.paint(Colour::red,
                     fmt::format("The run could not be finished: {}.", *report.failure)));
  for (const std::string& line : report.last_words) {
    put(out_, "  | {}\n", line);
  }
  if (!report.complete()) {
    put(out_, "Of {}, {} answered, {} under way, and {} not begun.\n",
        count_of(events_, "event", "events"), was_or_were(report.answered),
        was_or_were(report.cut_off), was_or_were(report.not_begun));
  }
}

void TableStory::end(const RunReport& report) {
  outcome(report);
  put(out_, "Took {:.3f} s: {:.3f} s to start, {:.3f} s for {}.\n", seconds(report.total),
      seconds(report.start_up), seconds(report.events), count_of(events_, "event", "events"));
}

void TableStory::outcome(const RunReport& report) {
  clear_progress();
  if (events_ > kFewEvents && !report.failure) {
    put(out_, "  {} were answered; {} has the answers.\n", count_of(events_, "event", "events"),
        about_.output);
  }
  tell_finals(report);
  if (report.failure) {
    tell_failure(report);
  }
  if (!report.broken.empty()) {
    put(out_, "\n{}\n", palette_.paint(Colour::red, "Broken guarantees:"));
    for (std::size_t i = 0; i < std::min(report.broken.size(), kMostBroken); ++i) {
      put(out_, "  {}\n", describe(about_.scenario, report.broken[i]));
    }
    if (report.broken.size() > kMostBroken) {
      put(out_, "  ... and {} more; -o json names them all\n", report.broken.size() - kMostBroken);
    }
  }
  if (!about_.output.empty()) {
    put(out_, "\n{} (style {})\n", output_of(report), to_string(about_.style));
  }
}

/// Where the results are, or why there are none.
std::string TableStory::output_of(const RunReport& report) const {
  const auto file = written_to(about_, report);
  if (!file) {
    return "Output: none, since the run ended early";
  }
  return report.complete()
             ? fmt::format("Output: {}", *file == "-" ? "standard output" : *file)
             : fmt::format("Output: {} (answers so far); {} is unchanged", *file, about_.output);
}

}  // namespace passbook
