// SPDX-License-Identifier: Apache-2.0
// Keeps the indexes of the requests in work.
#include "branch/requests.h"

namespace passbook {

void Requests::enter(WorkId id, PendingRequest& work, PendingRequest::Stage stage) {
  unindex(id, work);
  work.stage = std::move(stage);
  index(id, work);
}

void Requests::index(WorkId id, const PendingRequest& work) {
  if (work.undecided()) {
    undecided_.insert(id);
    waiting_.take(work.request.id.client.customer);
  }
  if (const auto* claim = std::get_if<Claiming>(&work.stage)) {
    by_claim_.emplace(claim->place, id);
    escrow_.claim(claim->place, std::get<Withdrawal>(work.request.operation), work.request.id,
                  work.decide_by);
  } else if (std::holds_alternative<Closing>(work.stage)) {
    ready_.insert(id);
  } else if (std::holds_alternative<Confirming>(work.stage)) {
    for (const Caller& caller : work.callers) {
      await_confirmation(id, work, caller);
    }
  }
}

void Requests::unindex(WorkId id, const PendingRequest& work) {
  if (work.undecided()) {
    undecided_.erase(id);
    waiting_.give_back(work.request.id.client.customer);
    waiters_.forget(id);
  }
  if (const auto* claim = std::get_if<Claiming>(&work.stage)) {
    by_claim_.erase(claim->place);
    escrow_.end(claim->place);
  } else if (std::holds_alternative<Asking>(work.stage)) {
    inquiries_.forget(id.value);
  } else if (std::holds_alternative<Closing>(work.stage)) {
    ready_.erase(id);
  } else if (std::holds_alternative<Confirming>(work.stage)) {
    for (const Caller& caller : work.callers) {
      await_no_confirmation(id, work, caller);
    }
  }
}

void Requests::await_confirmation(WorkId id, const PendingRequest& work, const Caller& caller) {
  const auto [origin, sequence] = std::get<Confirming>(work.stage).entry;
  unconfirmed_[{origin, wanted_holders(caller.ack)}].emplace(sequence, id, caller.call);
}

void Requests::await_no_confirmation(WorkId id, const PendingRequest& work, const Caller& caller) {
  const auto* confirming = std::get_if<Confirming>(&work.stage);
  if (confirming == nullptr) {
    return;
  }
  const auto [origin, sequence] = confirming->entry;
  const auto waiting = unconfirmed_.find({origin, wanted_holders(caller.ack)});
  waiting->second.erase({sequence, id, caller.call});
  if (waiting->second.empty()) {
    unconfirmed_.erase(waiting);
  }
}

/// The request can't go on now. Notes the entry that it waits for, if it waits for one. Anything
/// else it waits for will come as a change of circumstances or as a message.
void Requests::wait(WorkId id, const PendingRequest& work) {
  if (const auto* asking = std::get_if<Asking>(&work.stage)) {
    const auto kept = state_.kept_end(work.request.id.origin);
    const auto entry = asking->told || !kept ? asking->told : std::optional(kept->end);
    if (entry && !state_.applied().covers(*entry)) {
      waiters_.wait(id, *entry);
    }
  } else if (const auto missing = state_.applied().missing(work.needed); !missing.empty()) {
    waiters_.wait(id, missing.front());
  }
}

}  // namespace passbook
