// SPDX-License-Identifier: Apache-2.0
#include "app/table_story.h"

#include <fmt/format.h>
#include <unistd.h>

#include "app/arguments.h"
#include "version.h"

namespace passbook {
namespace {

/// Scenarios with more events or listings than this are not listed one by one.
constexpr std::size_t kFewEvents = 60;
constexpr std::size_t kFewBranches = 10;
constexpr std::size_t kMostBroken = 20;

/// Not fmt::print, which throws when nobody reads any more: a run goes on without a listener.
template <class... Args>
void print(std::FILE* out, fmt::format_string<Args...> format, Args&&... args) {
  const std::string text = fmt::format(format, std::forward<Args>(args)...);
  std::fwrite(text.data(), 1, text.size(), out);
}

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string count_of(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string words_of(const CustomerEvent& event) {
  return event.interface == Interface::query
             ? "query"
             : fmt::format("{} {}", to_string(event.interface), to_string(event.money));
}

/// What an answer says, in a line's rest.
std::string words_of(const CustomerEvent& event, const EventResult& result) {
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
    : about_(about), out_(out), terminal_(isatty(fileno(out)) != 0) {
  for (const Listing& listing : about.scenario.listings) {
    events_ += listing.events.size();
  }
}

void TableStory::introduce() {
  const Scenario& scenario = about_.scenario;
  print(out_, "Read {}: {}, {}, {}.\n", about_.file,
        count_of(scenario.branches.size(), "branch", "branches"),
        count_of(customers_in(scenario), "customer", "customers"),
        count_of(events_, "event", "events"));
  for (const std::string& note : about_.notes) {
    print(out_, "  note: {}\n", note);
  }
  for (const std::string& warning : about_.warnings) {
    print(out_, "  warning: {}\n", warning);
  }
  if (events_ <= kFewEvents) {
    for (const Listing& listing : scenario.listings) {
      std::string events;
      for (const CustomerEvent& event : listing.events) {
        events += fmt::format("{}{} at branch {}", events.empty() ? "" : ", ", words_of(event),
                              event.branch.value);
      }
      print(out_, "  customer {}: {}\n", listing.customer.value,
            events.empty() ? "nothing" : events);
    }
  }
  if (const auto& data = about_.options.data) {
    print(out_, "Journals in {}{}.\n", data->path,
          data->resume ? ": the run goes on from the balances there" : "");
  }
  print(out_, "Schedule {}, acknowledged by {}, consistency {}.\n",
        to_string(about_.options.schedule), to_string(about_.options.ack),
        describe(about_.options.guarantees));
}

void TableStory::begin() {
  introduce();
  print(out_, "\nStarting branches:\n");
  std::fflush(out_);
}

void TableStory::serving(BranchId branch, int port) {
  if (about_.scenario.branches.size() <= kFewBranches) {
    print(out_, "  branch {} serves on port {}, opening balance {}\n", branch.value, port,
          to_string(about_.scenario.opening));
  }
}

void TableStory::ready() {
  if (about_.scenario.branches.size() > kFewBranches) {
    print(out_, "  {} branches serve, opening balance {}\n", about_.scenario.branches.size(),
          to_string(about_.scenario.opening));
  }
  customers_begin();
}

void TableStory::customers_begin() {
  print(out_, "\nCustomers:\n");
  std::fflush(out_);
}

void TableStory::narrated(std::optional<EventPlace> place, const std::vector<std::string>& lines) {
  clear_progress();
  for (const std::string& line : lines) {
    if (place) {
      const Listing& listing = about_.scenario.listings[place->listing];
      print(out_, "    [customer {}, event {}] {}\n", listing.customer.value,
            listing.events[place->event].id.value_or(place->event + 1), line);
    } else {
      print(out_, "    {}\n", line);
    }
  }
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
    tell_confirmation(event, listing.customer, performed.result);
    return;
  }
  print(out_, "  customer {:<4} {:<16} at branch {:<4} {}\n", listing.customer.value,
        words_of(event), event.branch.value, words_of(event, performed.result));
}

/// The end of a narrated event.
void TableStory::tell_confirmation(const CustomerEvent& event, CustomerId customer,
                                   const EventResult& result) {
  if (result.result != ResultWord::success || !result.balance) {
    print(out_, "    ^ customer {} is told by branch {}: {}\n\n", customer.value,
          event.branch.value, words_of(event, result));
    return;
  }
  print(out_, "    ^ customer {} confirms that branch {} has {}balance of ${}{}\n\n",
        customer.value, event.branch.value, event.interface == Interface::query ? "" : "new ",
        to_string(*result.balance), result.reason.empty() ? "" : "  " + result.reason);
}

void TableStory::tell_progress(std::size_t done, std::size_t all) {
  if (terminal_ && events_ > kFewEvents) {
    print(out_, "\r  {} of {} events", done, all);
    std::fflush(out_);
    progress_shown_ = true;
    if (done == all) {
      clear_progress();
    }
  }
}

void TableStory::clear_progress() {
  if (std::exchange(progress_shown_, false)) {
    print(out_, "\r\033[K");
  }
}

void TableStory::tell_finals(const RunReport& report) {
  if (report.finals.empty()) {
    return;
  }
  print(out_, "\nFinal balances:\n");
  const bool few = report.finals.size() <= kFewBranches;
  for (const auto& [branch, balance, why] : report.finals) {
    if (few || !balance || !report.agree()) {
      print(out_, "  branch {}: {}\n", branch.value,
            balance ? to_string(*balance) : "not known: " + why);
    }
  }
  if (report.agree()) {
    print(out_, "  {} agree: {}.\n",
          report.finals.size() == 1 ? "The one replica does"
                                    : fmt::format("All {} replicas", report.finals.size()),
          to_string(*report.finals.front().balance));
  } else {
    print(out_, "  THE REPLICAS DO NOT AGREE.\n");
  }
}

void TableStory::tell_failure(const RunReport& report) {
  print(out_, "\nThe run could not be finished: {}.\n", *report.failure);
  for (const std::string& line : report.last_words) {
    print(out_, "  | {}\n", line);
  }
}

void TableStory::end(const RunReport& report) {
  outcome(report);
  print(out_, "Took {:.3f} s: {:.3f} s to start, {:.3f} s for {}.\n", seconds(report.total),
        seconds(report.start_up), seconds(report.events), count_of(events_, "event", "events"));
}

void TableStory::outcome(const RunReport& report) {
  clear_progress();
  if (events_ > kFewEvents && !report.failure) {
    print(out_, "  {} were answered; {} has the answers.\n", count_of(events_, "event", "events"),
          about_.output);
  }
  tell_finals(report);
  if (report.failure) {
    tell_failure(report);
  }
  if (!report.broken.empty()) {
    print(out_, "\nBroken guarantees:\n");
    for (std::size_t i = 0; i < std::min(report.broken.size(), kMostBroken); ++i) {
      print(out_, "  {}\n", describe(about_.scenario, report.broken[i]));
    }
    if (report.broken.size() > kMostBroken) {
      print(out_, "  ... and {} more; -o json names them all\n",
            report.broken.size() - kMostBroken);
    }
  }
  print(out_, "\nOutput: {} (style {})\n", about_.output == "-" ? "standard output" : about_.output,
        to_string(about_.style));
}

}  // namespace passbook
