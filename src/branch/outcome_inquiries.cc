// SPDX-License-Identifier: Apache-2.0
#include "branch/outcome_inquiries.h"

#include <algorithm>
#include <utility>

namespace passbook {

void OutcomeInquiries::ask(std::uint64_t number, const RequestId& request,
                           const std::optional<Change>& change, Instant until) {
  asking_.insert_or_assign(number, Question{request, change, until});
}

bool OutcomeInquiries::answered(const OutcomeReply& reply) {
  const auto asked = asking_.find(reply.question);
  if (asked == asking_.end() || asked->second.request != reply.request) {
    return false;
  }
  asking_.erase(asked);
  return true;
}

void OutcomeInquiries::decided(const OutcomeReply& reply) {
  const auto awaited = awaited_.extract(reply.request);
  if (!awaited.empty()) {
    for (const auto& [peer, question] : awaited.mapped()) {
      OutcomeReply answer = reply;
      answer.question = question;
      tell(peer, answer);
    }
  }
}

void OutcomeInquiries::disconnected(BranchId peer) {
  for (auto& [number, question] : asking_) {
    question.asked = question.asked && question.request.origin.branch != peer;
  }
  for (auto& [request, by] : awaited_) {
    by.erase(peer);
  }
}

void OutcomeInquiries::flush(Links& links, Instant now, Effects& out) {
  for (auto& [number, question] : asking_) {
    const BranchId named = question.request.origin.branch;
    if (now >= question.want_again) {
      links.want(named, now);
      question.want_again = topology_.is_neighbour(named) ? kNever : now + options_.linger / 2;
    }
    if (!question.asked && links.connected(named)) {
      question.asked = true;
      links.send(named,
                 OutcomeRequest{question.request, question.change, question.until - now, number},
                 now, out);
    }
  }
  for (const auto& [peer, reply] : std::exchange(replies_, {})) {
    if (links.connected(peer)) {
      links.send(peer, reply, now, out);
    }
  }
}

Instant OutcomeInquiries::wake() const {
  Instant out = kNever;
  for (const auto& [number, question] : asking_) {
    out = std::min(out, question.want_again);
  }
  return out;
}

}  // namespace passbook
