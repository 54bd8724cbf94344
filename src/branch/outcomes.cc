// SPDX-License-Identifier: Apache-2.0
#include "branch/outcomes.h"

#include <utility>

namespace passbook {

void Outcomes::ask(const RequestId& request, const Operation& operation, Instant until) {
  asking_.insert_or_assign(request, Question{operation, until});
}

void Outcomes::decided(const OutcomeReply& reply) {
  const auto awaited = awaited_.extract(reply.request);
  if (!awaited.empty()) {
    for (const BranchId peer : awaited.mapped()) {
      tell(peer, reply);
    }
  }
}

void Outcomes::disconnected(BranchId peer) {
  for (auto& [request, question] : asking_) {
    question.asked = question.asked && request.first_asked != peer;
  }
  for (auto& [request, by] : awaited_) {
    by.erase(peer);
  }
}

void Outcomes::flush(Links& links, Instant now, Effects& out) {
  for (auto& [request, question] : asking_) {
    const BranchId named = request.first_asked;
    links.want(named, now);
    if (!question.asked && links.connected(named)) {
      question.asked = true;
      links.send(named, OutcomeRequest{request, question.operation, question.until - now}, now,
                 out);
    }
  }
  for (const auto& [peer, reply] : std::exchange(replies_, {})) {
    if (links.connected(peer)) {
      links.send(peer, reply, now, out);
    }
  }
}

}  // namespace passbook
