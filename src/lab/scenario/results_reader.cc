// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/results_reader.h"

#include <algorithm>
#include <map>
#include <set>

#include "lab/scenario/output_pieces.h"
#include "lab/scenario/results_text.h"
#include "lab/scenario/tolerated.h"

namespace passbook {
namespace {

Style style_of(const Transcript& transcript, const std::vector<FoundObject>& objects,
               const Scenario& scenario) {
  if (objects.empty()) {
    const bool no_events = std::all_of(scenario.listings.begin(), scenario.listings.end(),
                                       [](const Listing& l) { return l.events.empty(); });
    return no_events ? Style::events : default_style(scenario.dialect);
  }
  if (transcript.only_balances) {
    return Style::balance;
  }
  bool one_each = true;
  bool any_branch = false;
  bool any_money = false;
  for (const FoundObject& object : objects) {
    one_each = one_each && object.answers.size() == 1;
    for (const FoundAnswer& answer : object.answers) {
      any_branch = any_branch || answer.branch;
      any_money = any_money || answer.money;
      if (answer.shows_everything && !answer.money) {
        return Style::full;
      }
    }
  }
  if (any_branch) {
    return one_each ? Style::events : Style::full;
  }
  return any_money ? Style::money : Style::spec;
}

/// Matches `found` items with `due` items in order, each with the next one that fits. Returns the
/// index of the due item for each found one. Looks only a bounded number of items ahead, so that a
/// file of nonsense takes linear time.
template <class Fits>
std::vector<std::optional<std::size_t>> match(std::size_t found, std::size_t due, Fits fits) {
  constexpr std::size_t kAhead = 1000;
  std::vector<std::optional<std::size_t>> matches(found);
  std::size_t next = 0;
  for (std::size_t i = 0; i < found; ++i) {
    for (std::size_t j = next; j < std::min(due, next + kAhead); ++j) {
      if (fits(i, j)) {
        matches[i] = j;
        next = j + 1;
        break;
      }
    }
  }
  return matches;
}

/// An answer without an interface fits any interface, because it is faulty anyway.
bool fits_event(const FoundAnswer& answer, const CustomerEvent& event) {
  return (!answer.interface || answer.interface == event.interface) &&
         (!answer.id || !event.id || answer.id == event.id) &&
         (!answer.branch || answer.branch == event.branch.value);
}

/// An answer and the object it is in.
struct Found {
  FoundAnswer answer;
  const FoundObject* object = nullptr;
};

/// An event and where it is in the scenario.
struct Due {
  std::size_t listing = 0;
  std::size_t index = 0;
  const CustomerEvent* event = nullptr;
};

/// One customer of the file, of the scenario, or of both.
struct Customer {
  std::vector<const FoundObject*> objects;
  std::vector<std::size_t> listings;
};

/// Matches the contents of the file with the scenario.
class Alignment {
 public:
  Alignment(const Scenario& scenario, ReadResults& out, Remarks& notes)
      : scenario_(scenario), out_(out), notes_(notes) {
    for (const Listing& listing : scenario.listings) {
      out_.claims.emplace_back(listing.events.size());
    }
    out_.objects.resize(scenario.listings.size());
  }

  void put(const std::vector<FoundObject>& objects);

 private:
  void put_customer(CustomerId id, const Customer& customer);
  void put_balances(CustomerId id, const Customer& customer);
  void put_answers(CustomerId id, std::vector<Found> found, std::span<const std::size_t> listings);
  void put_answer(const Found& found, const Due& due);
  void put_surplus(CustomerId id, const Claim& claim) { out_.surplus.push_back({id, claim}); }
  std::vector<Due> events_of(std::span<const std::size_t> listings) const;
  bool drop_customer_ids(CustomerId id, std::vector<Found>& found, const std::vector<Due>& due);
  bool sort_by_id(std::vector<Found>& found, std::vector<Due>& due);
  void find_echoes();

  const Scenario& scenario_;
  ReadResults& out_;
  Remarks& notes_;
  struct Write {
    Due due;
    FoundAnswer answer;
    std::size_t offset = 0;
  };
  std::vector<Write> money_writes_;  // writes whose answers show "money"
};

void Alignment::put(const std::vector<FoundObject>& objects) {
  std::map<CustomerId, Customer> customers;
  for (const FoundObject& object : objects) {
    customers[object.customer].objects.push_back(&object);
  }
  for (std::size_t i = 0; i < scenario_.listings.size(); ++i) {
    customers[scenario_.listings[i].customer].listings.push_back(i);
  }
  for (const auto& [id, customer] : customers) {
    out_.style == Style::balance ? put_balances(id, customer) : put_customer(id, customer);
  }
  find_echoes();
  std::ranges::stable_sort(out_.surplus, {},
                           [](const SurplusClaim& surplus) { return surplus.claim.place; });
}

std::vector<Found> answers_in(std::span<const FoundObject* const> objects) {
  std::vector<Found> out;
  for (const FoundObject* object : objects) {
    for (const FoundAnswer& answer : object->answers) {
      out.push_back({answer, object});
    }
  }
  return out;
}

/// If a customer has one object per listing, the two are paired in order. But if it has one answer
/// per event in all, it doesn't matter how the answers are split into objects.
void Alignment::put_customer(CustomerId id, const Customer& customer) {
  const auto& [objects, listings] = customer;
  if (listings.empty()) {
    for (const FoundObject* object : objects) {
      if (object->answers.empty()) {
        put_surplus(id, Claim{object->place, std::nullopt, std::nullopt});
      }
    }
  }
  const bool paired =
      objects.size() == listings.size() && answers_in(objects).size() != events_of(listings).size();
  if (!paired) {
    put_answers(id, answers_in(objects), listings);
  }
  for (std::size_t i = 0; i < std::min(objects.size(), listings.size()); ++i) {
    if (paired) {
      put_answers(id, answers_in({&objects[i], 1}), {&listings[i], 1});
    }
    auto& place = out_.objects[listings[i]];
    if (!place && (objects.size() == listings.size() || i == 0)) {
      place = objects[i]->place;
    }
  }
  for (const std::size_t listing : listings) {
    if (!out_.objects[listing] && scenario_.listings[listing].events.empty()) {
      out_.objects[listing] = objects.empty() ? Place{} : objects.front()->place;
    }
  }
}

/// The k-th object of a customer belongs to its k-th listing.
void Alignment::put_balances(CustomerId id, const Customer& customer) {
  for (std::size_t i = 0; i < customer.objects.size(); ++i) {
    const FoundObject& object = *customer.objects[i];
    const Claim claim = object.last.value_or(Claim{object.place, std::nullopt, std::nullopt});
    if (i >= customer.listings.size()) {
      put_surplus(id, claim);
      continue;
    }
    const std::size_t listing = customer.listings[i];
    out_.objects[listing] = object.place;
    if (const auto last = last_query(scenario_.listings[listing])) {
      out_.claims[listing][*last] = claim;
    } else if (claim.balance || !claim.faults.empty()) {
      put_surplus(id, claim);
    }
  }
}

std::vector<Due> Alignment::events_of(std::span<const std::size_t> listings) const {
  std::vector<Due> out;
  for (const std::size_t listing : listings) {
    const auto& events = scenario_.listings[listing].events;
    for (std::size_t i = 0; i < events.size(); ++i) {
      out.push_back({listing, i, &events[i]});
    }
  }
  return out;
}

void Alignment::put_answers(CustomerId id, std::vector<Found> found,
                            std::span<const std::size_t> listings) {
  std::vector<Due> due = events_of(listings);
  if (drop_customer_ids(id, found, due)) {
    notes_.add(tolerated::kCustomerIds, found.front().object->offset);
  }
  if (sort_by_id(found, due)) {
    notes_.add(tolerated::kOtherOrder, found.front().object->offset);
  }
  const auto matches = match(found.size(), due.size(), [&](std::size_t from, std::size_t to) {
    return fits_event(found[from].answer, *due[to].event);
  });
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (matches[i]) {
      put_answer(found[i], due[*matches[i]]);
    } else {
      Claim claim = found[i].answer.claim;
      claim.balance = found[i].answer.balance;
      put_surplus(id, claim);
    }
  }
}

void Alignment::put_answer(const Found& found, const Due& due) {
  const FoundAnswer& answer = found.answer;
  auto& claim = out_.claims[due.listing][due.index];
  claim = answer.claim;
  claim->balance = answer.balance ? answer.balance : answer.money;
  if (due.event->interface != Interface::query && answer.money) {
    money_writes_.push_back({due, answer, found.object->offset});
  } else if (answer.balance && answer.money && answer.balance != answer.money) {
    claim->faults.emplace_back(R"("balance" and "money" differ)");
  }
  auto& place = out_.objects[due.listing];
  place = place ? std::min(*place, found.object->place) : found.object->place;
}

/// Drops the answers' ids if all of them are the customer's id and can't be the events' ids.
bool Alignment::drop_customer_ids(CustomerId id, std::vector<Found>& found,
                                  const std::vector<Due>& due) {
  const auto is_own = [&](const Found& each) { return each.answer.id == id.value; };
  const auto is_event = [&](const Found& each) {
    return std::ranges::any_of(due, [&](const Due& event) {
      return !event.event->id || event.event->id == each.answer.id;
    });
  };
  if (found.empty() || !std::ranges::all_of(found, is_own) ||
      (found.size() < 2 && is_event(found.front()))) {
    return false;
  }
  for (Found& each : found) {
    each.answer.id.reset();
  }
  return true;
}

/// Puts the answers in the order of the events if each answer and each event has a different id.
/// True if that changed the order.
bool Alignment::sort_by_id(std::vector<Found>& found, std::vector<Due>& due) {
  std::map<std::uint64_t, std::size_t> order;
  for (const Due& event : due) {
    if (!event.event->id || !order.try_emplace(*event.event->id, order.size()).second) {
      return false;
    }
  }
  std::set<std::uint64_t> seen;
  for (const Found& each : found) {
    if (!each.answer.id || !order.contains(*each.answer.id) ||
        !seen.insert(*each.answer.id).second) {
      return false;
    }
  }
  const auto place = [&](const Found& each) { return order.at(*each.answer.id); };
  if (std::ranges::is_sorted(found, {}, place)) {
    return false;
  }
  std::ranges::sort(found, {}, place);
  return true;
}

/// If "money" is the amount in most writes that have it, it is an echo in all, and not a balance.
void Alignment::find_echoes() {
  const auto is_echo = [](const Write& write) {
    return write.answer.money == write.due.event->money;
  };
  const auto echoes = static_cast<std::size_t>(std::ranges::count_if(money_writes_, is_echo));
  for (const Write& write : money_writes_) {
    Claim& claim = *out_.claims[write.due.listing][write.due.index];
    if (2 * echoes > money_writes_.size()) {
      claim.balance = write.answer.balance;
      if (is_echo(write)) {
        notes_.add(tolerated::kEchoedAmounts, write.offset);
      } else {
        claim.faults.push_back(fmt::format("its \"money\" is {}, but its amount is {}",
                                           to_string(*write.answer.money),
                                           to_string(write.due.event->money)));
      }
    } else if (write.answer.balance && write.answer.balance != write.answer.money) {
      claim.faults.emplace_back(R"("balance" and "money" differ)");
    }
  }
}

/// If all answers are flat, each with the id of a different event, and some customer has several
/// events: gives each answer to the customer of its event, and returns true.
bool put_by_event(std::vector<FoundObject>& objects, const Scenario& scenario) {
  std::map<std::uint64_t, CustomerId> customers;
  std::map<CustomerId, std::size_t> due;
  for (const Listing& listing : scenario.listings) {
    due[listing.customer] += listing.events.size();
    for (const CustomerEvent& event : listing.events) {
      if (!event.id || !customers.try_emplace(*event.id, listing.customer).second) {
        return false;
      }
    }
  }
  std::set<std::uint64_t> seen;
  for (const FoundObject& object : objects) {
    if (!object.flat || !customers.contains(object.customer.value) ||
        !seen.insert(object.customer.value).second) {
      return false;
    }
  }
  if (objects.empty() || !std::ranges::any_of(due, [](const auto& of) { return of.second > 1; })) {
    return false;
  }
  for (FoundObject& object : objects) {
    object.answers.front().id = object.customer.value;
    object.customer = customers.at(object.customer.value);
  }
  return true;
}

std::vector<FormFault> sorted(std::vector<FormFault> faults) {
  std::ranges::stable_sort(faults, {}, &FormFault::place);
  return faults;
}

/// The first fault of a file in which no answer can be read.
FormFault first_fault(const Transcript& transcript) {
  std::vector<FormFault> all = transcript.faults;
  for (const auto& piece : transcript.pieces) {
    for (const FoundObject& object : piece) {
      for (const FoundAnswer& answer : object.answers) {
        for (const std::string& what : answer.claim.faults) {
          all.push_back(
              {answer.claim.place, fmt::format("customer {}: {}", object.customer.value, what)});
        }
      }
    }
  }
  return sorted(std::move(all)).front();
}

}  // namespace

std::expected<ReadResults, InputError> read_results(std::string_view text,
                                                    std::string_view file_name,
                                                    const Scenario& scenario) {
  const SourceText source(text, file_name);
  const auto refusal = [&](Place place, const std::string& what) {
    return std::unexpected(
        InputError{fmt::format("{}: {}", name_place(file_name, place), what), ""});
  };
  const auto tree = find_results(text);
  if (!tree) {
    return refusal(source.place(tree.error().offset), tree.error().message);
  }
  Transcript transcript = read_transcript(tree->pieces, source);
  if (transcript.has_only_faults()) {
    const FormFault fault = first_fault(transcript);
    return refusal(fault.place, fault.what);
  }
  auto objects = merge_pieces(transcript, scenario);
  if (!objects) {
    return refusal(objects.error().place, objects.error().what);
  }
  if (put_by_event(*objects, scenario)) {
    transcript.tolerated.add(tolerated::kEventIds, objects->front().offset);
  }
  ReadResults out;
  out.file_name = file_name;
  out.style = style_of(transcript, *objects, scenario);
  Alignment(scenario, out, transcript.tolerated).put(*objects);
  out.faults = sorted(std::move(transcript.faults));
  out.notes = tree->tolerated.lines(source);
  std::ranges::move(transcript.tolerated.lines(source), std::back_inserter(out.notes));
  return out;
}

std::string describe_missing(const Scenario& scenario, std::size_t listing) {
  const CustomerId customer = scenario.listings[listing].customer;
  std::size_t number = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < scenario.listings.size(); ++i) {
    count += scenario.listings[i].customer == customer ? 1U : 0U;
    number += scenario.listings[i].customer == customer && i <= listing ? 1U : 0U;
  }
  return count == 1 ? fmt::format("customer {} is missing", customer.value)
                    : fmt::format("customer {} is missing: listing {} of {}", customer.value,
                                  number, count);
}

}  // namespace passbook
