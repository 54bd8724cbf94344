// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/guarantees.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace passbook {
namespace {

/// The position of an event in a scenario.
struct Place {
  std::size_t listing;
  std::size_t event;
};

/// What a customer had written and read, as positions in the logs.
struct Past {
  VersionVector writes;
  VersionVector reads;
};

/// "event 2 (deposit 100 at branch 1)".
std::string name_event(const Scenario& scenario, Place place) {
  const CustomerEvent& event = scenario.listings[place.listing].events[place.event];
  const std::string what =
      event.interface == Interface::query
          ? "query"
          : fmt::format("{} {}", to_string(event.interface), to_string(event.money));
  return fmt::format("event {} ({} at branch {})", event.id.value_or(place.event + 1), what,
                     event.branch.value);
}

class Checker {
 public:
  Checker(const Scenario& scenario, const ScenarioPerformed& performed)
      : scenario_(scenario), performed_(performed) {
    std::map<CustomerId, Past> carried;
    for (std::size_t l = 0; l < scenario.listings.size(); ++l) {
      for (std::size_t e = 0; e < scenario.listings[l].events.size(); ++e) {
        follow({l, e}, carried[scenario.listings[l].customer]);
      }
    }
    gather_what_comes_before();
  }

  std::vector<BrokenGuarantee> run() {
    std::map<CustomerId, Past> carried;
    for (std::size_t l = 0; l < scenario_.listings.size(); ++l) {
      for (std::size_t e = 0; e < scenario_.listings[l].events.size(); ++e) {
        check_own({l, e}, carried[scenario_.listings[l].customer]);
        check_shown({l, e});
        advance(at({l, e}), carried[scenario_.listings[l].customer]);
      }
    }
    return std::move(broken_);
  }

 private:
  /// A write, and what its customer had written and read before it.
  struct Write {
    Place place;
    Past before;
    VersionVector all_before;  ///< `before` of this write and all earlier ones of its origin
  };

  const Performed& at(Place place) const { return performed_[place.listing][place.event]; }
  CustomerId customer(Place place) const { return scenario_.listings[place.listing].customer; }

  static void advance(const Performed& performed, Past& carried) {
    if (performed.write) {
      carried.writes.raise(*performed.write);
    }
    if (performed.applied) {
      carried.reads.merge(*performed.applied);
    }
  }

  void follow(Place place, Past& carried) {
    if (at(place).write) {
      writes_.emplace(*at(place).write, Write{place, carried, {}});
    }
    advance(at(place), carried);
  }

  void gather_what_comes_before() {
    const Write* previous = nullptr;
    Origin origin;
    for (auto& [entry, write] : writes_) {
      if (previous != nullptr && entry.origin == origin) {
        write.all_before = previous->all_before;
      }
      write.all_before.merge(write.before.writes);
      write.all_before.merge(write.before.reads);
      previous = &write;
      origin = entry.origin;
    }
  }

  /// Whether a state holds all that comes before the writes in it. Looks at one write per origin;
  /// to look at every write would take quadratic time.
  bool closed(const VersionVector& applied) const {
    return std::ranges::all_of(applied.positions(), [&](const EntryId& position) {
      const auto after = writes_.upper_bound(position);
      return after == writes_.begin() || std::prev(after)->first.origin != position.origin ||
             applied.covers(std::prev(after)->second.all_before);
    });
  }

  /// Checks the guarantees on the customer's own past.
  void check_own(Place place, const Past& carried) {
    if (!at(place).applied) {
      return;
    }
    const bool query =
        scenario_.listings[place.listing].events[place.event].interface == Interface::query;
    find(place, query ? "read your writes" : "monotonic writes", carried.writes);
    find(place, query ? "monotonic reads" : "writes follow reads", carried.reads);
  }

  /// Checks that a query shows no other customer's write without what came before that write.
  void check_shown(Place place) {
    const auto& event = scenario_.listings[place.listing].events[place.event];
    if (!at(place).applied || event.interface != Interface::query || closed(*at(place).applied)) {
      return;
    }
    for (const auto& [entry, write] : writes_) {
      if (at(place).applied->covers(entry) && customer(write.place) != customer(place)) {
        const std::string shown =
            fmt::format("; it showed customer {}'s {}", customer(write.place).value,
                        name_event(scenario_, write.place));
        find(place, "monotonic writes", write.before.writes, shown);
        find(place, "writes follow reads", write.before.reads, shown);
      }
    }
  }

  void find(Place place, const char* guarantee, const VersionVector& needed,
            const std::string& shown = {}) {
    std::string missed;
    for (const EntryId& lacking : at(place).applied->missing(needed)) {
      missed += (missed.empty() ? "" : ", ") + name_missing(lacking, at(place));
    }
    if (!missed.empty()) {
      broken_.push_back({place.listing, place.event, guarantee, missed + shown});
    }
  }

  /// Names the writes of one origin that were needed but not applied.
  std::string name_missing(const EntryId& lacking, const Performed& performed) const {
    const Sequence have = performed.applied->at(lacking.origin);
    std::string out;
    for (const auto& [entry, write] : writes_) {
      if (entry.origin == lacking.origin && entry.sequence > have &&
          entry.sequence <= lacking.sequence) {
        out += fmt::format("{}customer {}'s {}", out.empty() ? "" : ", ",
                           customer(write.place).value, name_event(scenario_, write.place));
      }
    }
    return out.empty() ? fmt::format("entries of branch {}", lacking.origin.branch.value) : out;
  }

  const Scenario& scenario_;
  const ScenarioPerformed& performed_;
  std::map<EntryId, Write> writes_;
  std::vector<BrokenGuarantee> broken_;
};

}  // namespace

std::vector<BrokenGuarantee> broken_guarantees(const Scenario& scenario,
                                               const ScenarioPerformed& performed) {
  return Checker(scenario, performed).run();
}

std::string describe(const Scenario& scenario, const BrokenGuarantee& broken) {
  const Listing& listing = scenario.listings[broken.listing];
  return fmt::format("customer {}, {}: {} broken: branch {} lacked {}", listing.customer.value,
                     name_event(scenario, {broken.listing, broken.event}), broken.guarantee,
                     listing.events[broken.event].branch.value, broken.missed);
}

}  // namespace passbook
