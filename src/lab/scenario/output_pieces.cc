// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/output_pieces.h"

#include <algorithm>
#include <map>

#include "lab/scenario/tolerated.h"

namespace passbook {
namespace {

using Objects = std::vector<FoundObject>;
using Answers = std::map<CustomerId, std::vector<const FoundAnswer*>>;

Objects joined(std::span<const Objects> pieces) {
  Objects out;
  for (const Objects& piece : pieces) {
    out.insert(out.end(), piece.begin(), piece.end());
  }
  return out;
}

/// The answers of each customer, over all its objects.
Answers answers_of(const Objects& objects) {
  Answers out;
  for (const FoundObject& object : objects) {
    auto& answers = out[object.customer];
    for (const FoundAnswer& answer : object.answers) {
      answers.push_back(&answer);
    }
  }
  return out;
}

/// How many answers each customer must have, or in the style `balance` how many objects.
std::map<CustomerId, std::size_t> due(const Scenario& scenario, bool only_balances) {
  std::map<CustomerId, std::size_t> out;
  for (const Listing& listing : scenario.listings) {
    out[listing.customer] += only_balances ? 1 : listing.events.size();
  }
  return out;
}

std::map<CustomerId, std::size_t> found(const Objects& objects, bool only_balances) {
  std::map<CustomerId, std::size_t> out;
  for (const FoundObject& object : objects) {
    out[object.customer] += only_balances ? 1 : object.answers.size();
  }
  return out;
}

bool begins_with(std::span<const FoundAnswer* const> whole,
                 std::span<const FoundAnswer* const> part) {
  return part.size() <= whole.size() &&
         std::ranges::equal(part, whole.first(part.size()),
                            [](const auto* a, const auto* b) { return a->same_content(*b); });
}

/// Whether each customer's answers in `part` are the first that it has in `whole`.
bool begins_with(const Objects& whole, const Objects& part) {
  const Answers all = answers_of(whole);
  return std::ranges::all_of(answers_of(part), [&](const auto& customer) {
    const auto in_whole = all.find(customer.first);
    return in_whole != all.end() && begins_with(in_whole->second, customer.second);
  });
}

bool same_content(const Objects& a, const Objects& b) {
  return std::ranges::equal(a, b, [](const FoundObject& left, const FoundObject& right) {
    return left.customer == right.customer && left.last.has_value() == right.last.has_value() &&
           (!left.last || left.last->balance == right.last->balance) &&
           std::ranges::equal(
               left.answers, right.answers,
               [](const FoundAnswer& x, const FoundAnswer& y) { return x.same_content(y); });
  });
}

/// Chooses how to read a file with more answers than events.
class Reading {
 public:
  Reading(Transcript& transcript, const Scenario& scenario)
      : transcript_(transcript),
        scenario_(scenario),
        pieces_(transcript.pieces),
        due_(due(scenario, transcript.only_balances)) {}

  std::expected<Objects, FormFault> run() {
    Objects all = joined(pieces_);
    if (!has_too_many(all)) {
      return all;
    }
    const bool one_each = has_an_object_a_listing(all);
    if (auto last = last_state()) {
      return one_each ? ambiguous(all) : std::expected<Objects, FormFault>(std::move(*last));
    }
    if (auto once = single_repetition()) {
      return std::move(*once);
    }
    if (auto second = second_output()) {
      return std::unexpected(std::move(*second));
    }
    Objects grown = grown_objects(all);
    if (one_each && grown.size() < all.size()) {
      return ambiguous(all);
    }
    return grown;
  }

 private:
  bool has_too_many(const Objects& objects) const {
    return std::ranges::any_of(found(objects, transcript_.only_balances), [&](const auto& of) {
      const auto must = due_.find(of.first);
      return must != due_.end() && of.second > must->second;
    });
  }

  /// If so, what looks like growth may be two rounds with one extra answer.
  bool has_an_object_a_listing(const Objects& objects) const {
    return found(objects, true) == due(scenario_, true);
  }

  static std::expected<Objects, FormFault> ambiguous(const Objects& objects) {
    return std::unexpected(FormFault{objects.back().place,
                                     "ambiguous: either the customer's answers again, or its next "
                                     "round with one answer doubled"});
  }

  bool is_complete(const Objects& objects) const {
    auto has = found(objects, transcript_.only_balances);
    for (const auto& [customer, count] : due_) {
      has.try_emplace(customer, 0);
    }
    return has == due_;
  }

  std::optional<Objects> last_state() {
    if (pieces_.size() < 2 || transcript_.only_balances ||
        !std::ranges::all_of(
            std::span(pieces_).first(pieces_.size() - 1),
            [&](const Objects& piece) { return begins_with(pieces_.back(), piece); })) {
      return std::nullopt;
    }
    // Two equal objects with one answer each are a doubled answer, not growth.
    if (pieces_.back().size() < 2 && same_content(pieces_.front(), pieces_.back()) &&
        answers_of(pieces_.back()).begin()->second.size() < 2) {
      return std::nullopt;
    }
    note(tolerated::kGrowing, pieces_.front());
    return pieces_.back();
  }

  std::optional<Objects> single_repetition() {
    for (std::size_t length = 1; length <= pieces_.size() / 2; ++length) {
      const Objects once = joined(std::span(pieces_).first(length));
      bool repeats = pieces_.size() % length == 0 && once.size() > 1 && is_complete(once);
      for (std::size_t at = length; repeats && at < pieces_.size(); ++at) {
        repeats = same_content(pieces_[at], pieces_[at - length]);
      }
      if (repeats) {
        note(tolerated::kRepeated, pieces_.front());
        return once;
      }
    }
    return std::nullopt;
  }

  /// The fault if the pieces are two or more complete outputs that differ.
  std::optional<FormFault> second_output() const {
    std::vector<std::size_t> begins;
    for (std::size_t from = 0, to = 1; to <= pieces_.size(); ++to) {
      if (is_complete(joined(std::span(pieces_).subspan(from, to - from)))) {
        begins.push_back(from);
        from = to;
      }
      if (to == pieces_.size() && from != to) {
        return std::nullopt;
      }
    }
    if (begins.size() < 2) {
      return std::nullopt;
    }
    const Objects& second = pieces_[begins[1]];
    const Place place = second.empty() ? Place{} : second.front().place;
    return FormFault{place, "a second, different output begins here: keep only one"};
  }

  /// Keeps only the last object of each customer whose objects grew.
  Objects grown_objects(const Objects& all) {
    std::map<CustomerId, std::vector<const FoundObject*>> of;
    for (const FoundObject& object : all) {
      of[object.customer].push_back(&object);
    }
    Objects out;
    for (const FoundObject& object : all) {
      const auto& own = of[object.customer];
      if (&object == own.back() || !grows(own)) {
        out.push_back(object);
      } else {
        note(tolerated::kGrowing, {object});
      }
    }
    return out;
  }

  /// Whether each object extends the one before, and the last has all answers that are due.
  bool grows(const std::vector<const FoundObject*>& objects) const {
    const auto must = due_.find(objects.front()->customer);
    if (must == due_.end() || objects.back()->answers.size() != must->second) {
      return false;
    }
    for (std::size_t i = 1; i < objects.size(); ++i) {
      const auto& before = objects[i - 1]->answers;
      const auto& after = objects[i]->answers;
      if (before.size() >= after.size() ||
          !std::ranges::equal(
              before, std::span(after).first(before.size()),
              [](const FoundAnswer& a, const FoundAnswer& b) { return a.same_content(b); })) {
        return false;
      }
    }
    return true;
  }

  void note(const char* what, const Objects& objects) {
    transcript_.tolerated.add(what, objects.empty() ? 0 : objects.front().offset);
  }

  Transcript& transcript_;
  const Scenario& scenario_;
  const std::vector<Objects>& pieces_;
  std::map<CustomerId, std::size_t> due_;
};

}  // namespace

std::expected<std::vector<FoundObject>, FormFault> merge_pieces(Transcript& transcript,
                                                                const Scenario& scenario) {
  return Reading(transcript, scenario).run();
}

}  // namespace passbook
