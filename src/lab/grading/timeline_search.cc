// SPDX-License-Identifier: Apache-2.0
#include "lab/grading/timeline_search.h"

#include <algorithm>
#include <numeric>

namespace passbook {
namespace {

constexpr std::size_t kNoCustomer = SIZE_MAX;
constexpr std::uint64_t kQuickSearchSteps = 2000;
constexpr std::size_t kMostInABatch = 128;
constexpr std::size_t kMostFailed = 64;  // failed sets to remember: their supersets fail too
constexpr std::int64_t kNoBound = std::numeric_limits<std::int64_t>::min();

std::uint64_t distance(std::int64_t a, std::int64_t b) {
  return a < b ? static_cast<std::uint64_t>(b) - static_cast<std::uint64_t>(a)
               : static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b);
}

}  // namespace

TimelineSearch::TimelineSearch(const Moments& moments, Preference preference, std::uint64_t steps)
    : moments_(moments), preference_(preference), random_(preference.seed), steps_{steps} {}

Possibility TimelineSearch::run() { return go_on(beginning()); }

TimelineSearch::State TimelineSearch::beginning() const {
  const std::size_t chains = moments_.writes.size();
  const auto nothing = std::make_shared<const Cut>(chains);
  State state;
  state.customers.assign(moments_.customers.size(), {0, nothing, nullptr, UINT64_MAX, UINT64_MAX});
  state.standing.assign(chains, 0);
  state.closing_base.assign(chains, 0);
  state.total = moments_.opening;
  for (const auto& chain : moments_.writes) {
    state.predecessors.emplace_back(chain.size());
    for (const Moment& write : chain) {
      state.to_withdraw += write.sum < 0 ? -write.sum : 0;
    }
  }
  return state;
}

/// The next moment of a customer, if its phase has come.
const Moment* TimelineSearch::next(const State& state, std::size_t customer) const {
  const auto& moments = moments_.customers[customer];
  const std::size_t at = state.customers[customer].next;
  return at < moments.size() && moments[at].phase <= state.phase ? &moments[at] : nullptr;
}

bool TimelineSearch::done(const State& state) const {
  for (std::size_t customer = 0; customer < state.customers.size(); ++customer) {
    if (state.customers[customer].next < moments_.customers[customer].size()) {
      return false;
    }
  }
  return true;
}

/// Explains the rest of the run from this state.
Possibility TimelineSearch::go_on(State state) {
  settle(state);
  if (done(state)) {
    return Possibility::possible;
  }
  if (steps_.none()) {
    return Possibility::undecided;
  }
  steps_.take(moments_.writes.size() / 4);  // for the copies of the state
  if (state.writes_held) {
    return try_answers(state);
  }
  const bool answers_first = preference_.kind == Preference::Kind::any && random_.chance(1, 2);
  State held = state;
  held.writes_held = true;
  const Possibility found = answers_first ? try_answers(held) : try_withdrawals(state);
  if (found != Possibility::impossible) {
    return found;
  }
  return answers_first ? try_withdrawals(state) : try_answers(held);
}

/// Does what can be done at once without ruling anything out: if something explains the rest from
/// the old state, something explains it from the new one.
void TimelineSearch::settle(State& state) {
  bool changed = true;
  while (changed && !steps_.none()) {
    changed = settle_pending(state);
    for (std::size_t customer = 0; customer < state.customers.size(); ++customer) {
      while (settle_customer(state, customer)) {
        changed = true;
      }
    }
    changed = changed || begin_phase(state);
  }
}

bool TimelineSearch::settle_customer(State& state, std::size_t customer) {
  const Moment* moment = next(state, customer);
  steps_.take(1);
  if (moment == nullptr || steps_.none()) {
    return false;
  }
  if (moment->kind == Moment::Kind::refusal) {
    return settle_refusal(state, customer, *moment);
  }
  if (moment->kind == Moment::Kind::write) {
    // If there is money for all withdrawals, none prevents another.
    if (!moment->optional && moment->sum < 0 && state.total < state.to_withdraw) {
      return false;
    }
    stand(state, customer, *moment);
    return true;
  }
  // Explaining an answer by only the writes that it must know of rules nothing out.
  const Cut base = base_of(state, customer, *moment);
  const Progress& progress = state.customers[customer];
  steps_.take(1 + base.size() / 8);
  if (sum_of(moments_.sums, base) != moment->sum ||
      (progress.more_than && within(base, *progress.more_than))) {
    return false;
  }
  show(state, customer, base);
  return true;
}

/// Settles a refusal as soon as there is a set with too little money, since that set remains one.
bool TimelineSearch::settle_refusal(State& state, std::size_t customer, const Moment& moment) {
  Progress& progress = state.customers[customer];
  if (progress.refusal_checked == state.stand) {
    return false;
  }
  const Cut base = base_of(state, customer, moment);
  const SetQuery query{base, state.standing, kNoBound, moment.sum - 1};
  const SetResult found = find_closed_sets(moments_.sums, state.predecessors, query, 0, 1,
                                           {Preference::Kind::few, 0}, steps_);
  if (found.cuts.empty()) {
    progress.refusal_checked = state.stand;
    return false;
  }
  ++progress.next;
  progress.refusal_checked = UINT64_MAX;
  return true;
}

bool TimelineSearch::settle_pending(State& state) {
  bool changed = false;
  for (std::size_t i = state.pending.size(); i > 0; --i) {
    const std::size_t chain = state.pending[i - 1];
    const std::int64_t sum = moments_.writes[chain].front().sum;
    if (sum < 0 && state.total < state.to_withdraw) {
      continue;
    }
    apply_pending(state, i - 1);
    changed = true;
  }
  return changed;
}

/// Begins the next phase once all moments of this one are over.
bool TimelineSearch::begin_phase(State& state) const {
  std::uint32_t phase = UINT32_MAX;
  for (std::size_t customer = 0; customer < state.customers.size(); ++customer) {
    const auto& moments = moments_.customers[customer];
    const std::size_t at = state.customers[customer].next;
    phase = at < moments.size() ? std::min(phase, moments[at].phase) : phase;
  }
  if (phase == UINT32_MAX || phase <= state.phase) {
    return false;
  }
  state.phase = phase;
  for (const Progress& progress : state.customers) {
    unite(state.closing_base, *progress.seen);
  }
  for (std::size_t chain = 0; chain < moments_.writes.size(); ++chain) {
    if (!moments_.writes[chain].front().optional) {
      raise(state.closing_base, chain, state.standing[chain], state.predecessors);
    }
  }
  return true;
}

/// The writes that an answer or a refusal must know of, or that come before a write.
Cut TimelineSearch::base_of(const State& state, std::size_t customer, const Moment& moment) const {
  if (moment.closing) {
    return state.closing_base;
  }
  const bool reads = moment.kind == Moment::Kind::answer && !moment.of_write;
  const PromisedGuarantees& promised = moments_.promised;
  Cut base(moments_.writes.size());
  if (reads ? promised.monotonic_reads : promised.writes_follow_reads) {
    base = *state.customers[customer].seen;
  }
  if (reads ? promised.read_your_writes : promised.monotonic_writes) {
    for (std::size_t i = state.customers[customer].next; i > 0; --i) {
      const Moment& earlier = moments_.customers[customer][i - 1];
      if (earlier.kind == Moment::Kind::write && !earlier.optional &&
          earlier.place < moment.place) {
        raise(base, earlier.chain, earlier.count, state.predecessors);
      }
    }
  }
  if (moment.kind == Moment::Kind::answer && moment.count > 0) {
    raise(base, moment.chain, moment.count, state.predecessors);
  }
  return base;
}

/// Makes a write stand. An optional one may stand from now on, but need not.
void TimelineSearch::stand(State& state, std::size_t customer, const Moment& moment) const {
  state.predecessors[moment.chain][moment.count - 1] =
      std::make_shared<const Cut>(base_of(state, customer, moment));
  ++state.customers[customer].next;
  if (moment.optional) {
    state.pending.push_back(moment.chain);
    return;
  }
  state.standing[moment.chain] = moment.count;
  state.total += moment.sum;
  state.to_withdraw += moment.sum < 0 ? moment.sum : 0;
  ++state.stand;
}

void TimelineSearch::show(State& state, std::size_t customer, const Cut& cut) {
  Progress& progress = state.customers[customer];
  Cut seen = *progress.seen;
  unite(seen, cut);
  progress.seen = std::make_shared<const Cut>(std::move(seen));
  progress.more_than = nullptr;
  progress.quick_searched_at = UINT64_MAX;
  ++progress.next;
  state.writes_held = false;
}

/// Tries each withdrawal that there is money for now.
Possibility TimelineSearch::try_withdrawals(const State& state) {
  std::vector<std::size_t> turns(state.customers.size() + state.pending.size());
  std::iota(turns.begin(), turns.end(), std::size_t{0});
  if (preference_.kind == Preference::Kind::any) {
    shuffle(turns, random_);
  }
  for (const std::size_t turn : turns) {
    auto after = turn < state.customers.size()
                     ? withdraw(state, turn)
                     : withdraw_pending(state, turn - state.customers.size());
    const Possibility found = after ? go_on(std::move(*after)) : Possibility::impossible;
    if (found != Possibility::impossible) {
      return found;
    }
  }
  return Possibility::impossible;
}

std::optional<TimelineSearch::State> TimelineSearch::withdraw(const State& state,
                                                              std::size_t customer) const {
  const Moment* moment = next(state, customer);
  if (moment == nullptr || moment->kind != Moment::Kind::write || state.total + moment->sum < 0) {
    return std::nullopt;
  }
  State after = state;
  stand(after, customer, *moment);
  return after;
}

std::optional<TimelineSearch::State> TimelineSearch::withdraw_pending(const State& state,
                                                                      std::size_t index) const {
  const std::size_t chain = state.pending[index];
  if (state.total + moments_.writes[chain].front().sum < 0) {
    return std::nullopt;
  }
  State after = state;
  apply_pending(after, index);
  return after;
}

void TimelineSearch::apply_pending(State& state, std::size_t index) const {
  const std::size_t chain = state.pending[index];
  const std::int64_t sum = moments_.writes[chain].front().sum;
  state.pending.erase(state.pending.begin() + static_cast<std::ptrdiff_t>(index));
  state.standing[chain] = 1;
  state.total += sum;
  state.to_withdraw += std::min<std::int64_t>(sum, 0);
  ++state.stand;
}

/// Explains one answer by the standing writes or, if that fails, lets it wait for more writes.
Possibility TimelineSearch::try_answers(State state) {
  const std::size_t customer = choose_answer(state);
  if (customer == kNoCustomer) {
    return steps_.none() ? Possibility::undecided : Possibility::impossible;
  }
  const Possibility found = try_sets(state, customer);
  if (found != Possibility::impossible) {
    return found;
  }
  state.customers[customer].more_than = std::make_shared<const Cut>(state.standing);
  return go_on(std::move(state));
}

/// The customers whose next answers the standing writes may explain, nearest balances first.
std::vector<std::size_t> TimelineSearch::waiting_answers(const State& state) {
  std::vector<std::pair<std::uint64_t, std::size_t>> waiting;
  for (std::size_t customer = 0; customer < state.customers.size(); ++customer) {
    const Moment* moment = next(state, customer);
    const Progress& progress = state.customers[customer];
    if (moment == nullptr || moment->kind != Moment::Kind::answer ||
        (progress.more_than && *progress.more_than == state.standing)) {
      continue;
    }
    const Cut base = base_of(state, customer, *moment);
    steps_.take(1 + base.size() / 8);
    const std::uint64_t lack = distance(sum_of(moments_.sums, base), moment->sum) / 4;
    waiting.emplace_back(
        preference_.kind == Preference::Kind::any ? lack + random_.below(lack + 2) : lack,
        customer);
  }
  std::ranges::sort(waiting);
  std::vector<std::size_t> customers;
  for (const auto& [lack, customer] : waiting) {
    customers.push_back(customer);
  }
  return customers;
}

/// Picks a customer whose answer a quick search can explain, if there is one. Notes the customers
/// whose answers no set of standing writes explains.
std::size_t TimelineSearch::choose_answer(State& state) {
  std::size_t first = kNoCustomer;
  for (const std::size_t customer : waiting_answers(state)) {
    Progress& progress = state.customers[customer];
    if (progress.quick_searched_at == state.stand) {
      first = first == kNoCustomer ? customer : first;
      continue;
    }
    const Moment& moment = *next(state, customer);
    const Cut base = base_of(state, customer, moment);
    const SetQuery query{base, state.standing, moment.sum, moment.sum, progress.more_than.get()};
    Steps quick{std::min(kQuickSearchSteps, steps_.left)};
    const SetResult found = find_closed_sets(moments_.sums, state.predecessors, query, 0, 1,
                                             {preference_.kind, random_.next()}, quick);
    steps_.take(std::min(kQuickSearchSteps, steps_.left) - quick.left);
    if (!found.cuts.empty()) {
      return customer;
    }
    progress.quick_searched_at = state.stand;
    if (found.all) {
      progress.more_than = std::make_shared<const Cut>(state.standing);
    } else if (first == kNoCustomer) {
      first = customer;
    }
  }
  return first;
}

/// Tries the sets that explain a customer's next answer. It finds them in batches, because a search
/// takes much more memory than the sets. A superset of a set that failed fails too.
Possibility TimelineSearch::try_sets(const State& state, std::size_t customer) {
  const Moment& moment = *next(state, customer);
  const Cut base = base_of(state, customer, moment);
  const SetQuery query{base, state.standing, moment.sum, moment.sum,
                       state.customers[customer].more_than.get()};
  const Preference preference{preference_.kind, random_.next()};
  std::vector<Cut> failed;
  std::size_t skip = 0;
  for (std::size_t limit = 2;; limit = std::min(4 * limit, kMostInABatch)) {
    const SetResult found =
        find_closed_sets(moments_.sums, state.predecessors, query, skip, limit, preference, steps_);
    for (const Cut& cut : found.cuts) {
      steps_.take(1 + (failed.size() + 1) * cut.size() / 8);
      if (steps_.none()) {
        return Possibility::undecided;
      }
      if (std::ranges::any_of(failed, [&](const Cut& less) { return within(less, cut); })) {
        continue;
      }
      State after = state;
      show(after, customer, cut);
      if (has_future(after, customer)) {
        const Possibility result = go_on(std::move(after));
        if (result != Possibility::impossible) {
          return result;
        }
      }
      if (failed.size() < kMostFailed) {
        failed.push_back(cut);
      }
    }
    skip += found.cuts.size();
    if (found.all || steps_.none()) {
      return found.all ? Possibility::impossible : Possibility::undecided;
    }
  }
}

/// Whether sums alone still allow the next answers that the customer is shown.
bool TimelineSearch::has_future(const State& state, std::size_t customer) {
  const Progress& progress = state.customers[customer];
  std::size_t looked_at = 0;
  for (std::size_t i = progress.next; i < moments_.customers[customer].size() && looked_at < 2;
       ++i) {
    const Moment& moment = moments_.customers[customer][i];
    if (moment.kind == Moment::Kind::write) {
      continue;
    }
    ++looked_at;
    steps_.take(1 + moments_.writes.size() / 2);
    const bool reads = moment.kind == Moment::Kind::answer && !moment.of_write;
    const bool kept = !moment.closing && (reads ? moments_.promised.monotonic_reads
                                                : moments_.promised.writes_follow_reads);
    if (is_impossible(moments_, moment, kept ? progress.seen.get() : nullptr, steps_)) {
      return false;
    }
  }
  return true;
}

}  // namespace passbook
