// SPDX-License-Identifier: Apache-2.0
#include "lab/grading/step_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace passbook::clocks {
namespace {

using Events = std::vector<const StepEvent*>;

std::string name_of_step(const StepEvent& event) {
  return fmt::format("{}_{}", to_string(event.interface), to_string(event.step));
}

/// "branch 1: deposit_request of request 2"
std::string describe(const StepEvent& event) {
  const std::string what = fmt::format("{} of request {}", name_of_step(event), event.request);
  return event.branch == 0 ? what : fmt::format("branch {}: {}", event.branch, what);
}

bool is_about_others(Step step) {
  return step == Step::propagate_request || step == Step::propagate_execute ||
         step == Step::propagate_response;
}

/// All steps of one request.
struct RequestSteps {
  std::uint64_t request = 0;
  Events events;

  Events of(Step step) const {
    Events out;
    std::ranges::copy_if(events, std::back_inserter(out),
                         [&](const StepEvent* event) { return event->step == step; });
    std::ranges::stable_sort(out, {}, &StepEvent::clock);
    return out;
  }
};

class Judge {
 public:
  Judge(const StepLists& lists, const Plan* plan) : lists_(lists), plan_(plan) {}

  std::vector<Finding> run() && {
    judge_objects();
    if (lists_.by_branch) {
      judge_branches(*lists_.by_branch);
    }
    if (lists_.by_request) {
      judge_request_order(*lists_.by_request);
    }
    if (lists_.by_branch || lists_.by_request) {
      judge_requests();
    }
    if (lists_.by_branch && lists_.by_request) {
      judge_agreement();
    }
    std::ranges::stable_sort(out_, {}, [](const Finding& finding) {
      return finding.places.empty() ? std::numeric_limits<std::size_t>::max()
                                    : finding.places.front();
    });
    return std::move(out_);
  }

 private:
  void find(std::string what, std::vector<std::size_t> places) {
    out_.push_back({std::move(what), std::move(places)});
  }

  void judge_objects() {
    std::map<std::uint64_t, std::size_t> seen;
    for (const Listed& object : lists_.branches) {
      branches_.insert(object.process.id);
      const auto [entry, is_new] = seen.try_emplace(object.process.id, object.place);
      if (!is_new) {
        find(fmt::format("branch {} is listed twice", object.process.id),
             {object.place, entry->second});
      }
    }
    if (plan_ != nullptr) {
      for (const Listed& object : lists_.branches) {
        if (std::ranges::find(plan_->branches, object.process.id) == plan_->branches.end()) {
          find(fmt::format("there is no branch {}", object.process.id), {object.place});
        }
      }
      branches_ = {plan_->branches.begin(), plan_->branches.end()};
    }
    std::map<std::uint64_t, std::size_t> requests;
    for (const auto& [request, place] : lists_.requests) {
      const auto [entry, is_new] = requests.try_emplace(request, place);
      if (!is_new) {
        find(fmt::format("request {} is listed twice", request), {place, entry->second});
      }
    }
  }

  void judge_branches(const std::vector<StepEvent>& events) {
    std::map<std::uint64_t, const StepEvent*> last;
    std::map<std::pair<std::uint64_t, std::uint64_t>, const StepEvent*> at;
    for (const StepEvent& event : events) {
      const auto [same, is_new] = at.try_emplace({event.branch, event.clock}, &event);
      if (!is_new) {
        find(fmt::format("{} at {}, as {}", describe(event), event.clock, describe(*same->second)),
             {event.place, same->second->place});
      }
      const StepEvent*& before = last[event.branch];
      if (before != nullptr && event.clock < before->clock) {
        find(fmt::format("{} at {}, but is listed after {}", describe(event), event.clock,
                         before->clock),
             {event.place, before->place});
      }
      before = &event;
    }
  }

  void judge_request_order(const std::vector<StepEvent>& events) {
    std::map<std::uint64_t, const StepEvent*> last;
    for (const StepEvent& event : events) {
      const StepEvent*& before = last[event.request];
      if (before != nullptr && event.clock < before->clock) {
        find(fmt::format("{} at {}, but is listed after {}", describe(event), event.clock,
                         before->clock),
             {event.place, before->place});
      }
      before = &event;
    }
  }

  void judge_requests() {
    const auto& list = lists_.by_branch ? *lists_.by_branch : *lists_.by_request;
    std::map<std::uint64_t, RequestSteps> requests;
    for (const StepEvent& event : list) {
      RequestSteps& steps = requests[event.request];
      steps.request = event.request;
      steps.events.push_back(&event);
    }
    for (const auto& [request, steps] : requests) {
      judge_request(steps);
    }
    if (plan_ != nullptr) {
      judge_plan(requests);
    }
  }

  void judge_request(const RequestSteps& steps) {
    judge_interface(steps);
    judge_counts(steps);
    for (const StepEvent* request : steps.of(Step::request)) {
      for (const StepEvent* event : steps.events) {
        if (event->step != Step::request) {
          judge_later(*event, *request);
        }
      }
    }
    if (lists_.by_branch) {
      judge_places(steps);
    }
    for (const auto& [earlier, later] :
         {std::pair{Step::execute, Step::response},
          std::pair{Step::propagate_execute, Step::propagate_response}}) {
      const Events first = steps.of(earlier);
      const Events second = steps.of(later);
      for (std::size_t i = 0; i < std::min(first.size(), second.size()); ++i) {
        judge_later(*second[i], *first[i]);
      }
    }
  }

  /// The interface is the plan's, else that of most events. The first event breaks a tie.
  void judge_interface(const RequestSteps& steps) {
    std::map<Interface, std::size_t> votes;
    for (const StepEvent* event : steps.events) {
      ++votes[event->interface];
    }
    Interface interface = steps.events.front()->interface;
    for (const auto& [other, count] : votes) {
      interface = count > votes[interface] ? other : interface;
    }
    if (plan_ != nullptr) {
      for (const Request& planned : plan_->requests) {
        interface = planned.id == steps.request ? planned.interface : interface;
      }
    }
    for (const StepEvent* event : steps.events) {
      if (event->interface != interface) {
        find(fmt::format("{}, but it is a {}", describe(*event), to_string(interface)),
             {event->place});
      }
    }
    interfaces_[steps.request] = interface;
  }

  void judge_counts(const RequestSteps& steps) {
    const StepEvent& first = *steps.events.front();
    for (const Step step : {Step::request, Step::execute, Step::response}) {
      const Events events = steps.of(step);
      if (events.empty()) {
        find(fmt::format("request {} has no {}", steps.request, to_string(step)), {first.place});
      }
      for (std::size_t i = 1; i < events.size(); ++i) {
        find(describe(*events[i]) + " twice", {events[i]->place, events[0]->place});
      }
    }
    const bool query = interfaces_[steps.request] == Interface::query;
    for (const StepEvent* event : steps.events) {
      if (query && is_about_others(event->step)) {
        find(describe(*event) + ", but queries are not propagated", {event->place});
      }
    }
    if (query) {
      return;
    }
    if (!lists_.by_branch) {
      judge_equal_counts(steps);
    }
  }

  /// For lists by request only: as many branches must receive it as perform it, and as respond.
  void judge_equal_counts(const RequestSteps& steps) {
    const std::size_t propagated = steps.of(Step::propagate_request).size();
    const std::size_t performed = steps.of(Step::propagate_execute).size();
    const std::size_t heard = steps.of(Step::propagate_response).size();
    const bool refused = interfaces_[steps.request] == Interface::withdraw && propagated == 0;
    const bool known = plan_ != nullptr;
    const std::size_t must = known && !refused ? plan_->branches.size() - 1 : propagated;
    if (propagated != performed || propagated != heard || propagated != must) {
      find(fmt::format("request {} has {} propagate_request, {} propagate_execute and {} "
                       "propagate_response, expected {} of each",
                       steps.request, propagated, performed, heard,
                       known ? fmt::format("{}", must) : "the same number"),
           {steps.events.front()->place});
    }
  }

  /// Checks which branch does what.
  void judge_places(const RequestSteps& steps) {
    const Events received = steps.of(Step::request);
    if (received.empty()) {
      return;
    }
    const std::uint64_t origin = received.front()->branch;
    std::map<std::uint64_t, std::map<Step, Events>> at;
    for (const StepEvent* event : steps.events) {
      at[event->branch][event->step].push_back(event);
      const bool of_others =
          event->step == Step::propagate_request || event->step == Step::propagate_execute;
      if (of_others == (event->branch == origin)) {
        find(fmt::format("{}, but branch {} has the request", describe(*event), origin),
             {event->place, received.front()->place});
      }
    }
    const Interface interface = interfaces_[steps.request];
    const bool spread = std::ranges::any_of(
        steps.events, [](const StepEvent* event) { return is_about_others(event->step); });
    if (interface == Interface::query || (interface == Interface::withdraw && !spread)) {
      return;
    }
    for (const std::uint64_t branch : branches_) {
      if (branch != origin) {
        judge_other(steps, branch, at[branch]);
      }
    }
    const std::size_t heard = at[origin][Step::propagate_response].size();
    if (heard != branches_.size() - 1) {
      find(fmt::format("branch {}: request {} has {} propagate_response, expected {}", origin,
                       steps.request, heard, branches_.size() - 1),
           {received.front()->place});
    }
  }

  void judge_other(const RequestSteps& steps, std::uint64_t branch,
                   std::map<Step, Events>& by_step) {
    for (const Step step : {Step::propagate_request, Step::propagate_execute}) {
      if (by_step[step].size() != 1) {
        find(fmt::format("branch {}: request {} has {} {}, expected 1", branch, steps.request,
                         by_step[step].size(), to_string(step)),
             {(by_step[step].empty() ? steps.events.front() : by_step[step].back())->place});
      }
    }
    if (!by_step[Step::propagate_request].empty() && !by_step[Step::propagate_execute].empty()) {
      judge_later(*by_step[Step::propagate_execute].front(),
                  *by_step[Step::propagate_request].front());
    }
  }

  void judge_later(const StepEvent& later, const StepEvent& earlier) {
    if (later.clock <= earlier.clock && reported_.emplace(later.place, earlier.place).second) {
      find(fmt::format("{} at {}, but {} is at {}", describe(later), later.clock,
                       name_of_step(earlier), earlier.clock),
           {later.place, earlier.place});
    }
  }

  void judge_plan(const std::map<std::uint64_t, RequestSteps>& requests) {
    std::map<std::uint64_t, const Request*> planned;
    for (const Request& request : plan_->requests) {
      planned[request.id] = &request;
      if (!requests.contains(request.id)) {
        find(fmt::format("request {} ({}) is missing", request.id, to_string(request.interface)),
             {});
      }
    }
    for (const auto& [id, steps] : requests) {
      const auto found = planned.find(id);
      if (found == planned.end()) {
        find(fmt::format("request {} is not in the scenario", id), {steps.events.front()->place});
        continue;
      }
      for (const StepEvent* event : steps.of(Step::request)) {
        if (event->branch != 0 && event->branch != found->second->branch) {
          find(fmt::format("{}, but it is for branch {}", describe(*event), found->second->branch),
               {event->place});
        }
      }
    }
  }

  void judge_agreement() {
    using Key = std::tuple<std::uint64_t, Step, Interface, std::uint64_t>;
    const auto key = [](const StepEvent& event) {
      return Key{event.request, event.step, event.interface, event.clock};
    };
    std::map<Key, Events> by_branch;
    for (const StepEvent& event : *lists_.by_branch) {
      by_branch[key(event)].push_back(&event);
    }
    for (const StepEvent& event : *lists_.by_request) {
      auto& same = by_branch[key(event)];
      if (same.empty()) {
        find(fmt::format("{} at {}, in the list of the request only", describe(event), event.clock),
             {event.place});
      } else {
        same.pop_back();
      }
    }
    for (const auto& [of, events] : by_branch) {
      for (const StepEvent* event : events) {
        find(fmt::format("{} at {}, which is missing from the list of the request",
                         describe(*event), event->clock),
             {event->place});
      }
    }
  }

  const StepLists& lists_;
  const Plan* plan_;
  std::set<std::uint64_t> branches_;
  std::map<std::uint64_t, Interface> interfaces_;
  std::set<std::pair<std::size_t, std::size_t>> reported_;
  std::vector<Finding> out_;
};

}  // namespace

std::string_view to_string(Step step) {
  switch (step) {
    case Step::request:
      return "request";
    case Step::execute:
      return "execute";
    case Step::propagate_request:
      return "propagate_request";
    case Step::propagate_execute:
      return "propagate_execute";
    case Step::propagate_response:
      return "propagate_response";
    case Step::response:
      return "response";
  }
  return "";
}

std::vector<Finding> judge_steps(const StepLists& lists, const Plan* plan) {
  return Judge(lists, plan).run();
}

}  // namespace passbook::clocks
