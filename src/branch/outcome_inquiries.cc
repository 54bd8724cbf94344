// SPDX-License-Identifier: Apache-2.0
#include "branch/outcome_inquiries.h"

#include <utility>

namespace passbook {

void OutcomeInquiries::ask(const RequestId& request, const Operation& operation, Instant until) {
  asking_.insert_or_assign(request, Question{operation, until, ++last_question_});
}

bool OutcomeInquiries::answered(const OutcomeReply& reply) {
  const auto asked = asking_.find(reply.request);
  if (asked == asking_.end() || asked->second.number != reply.question) {
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
  for (auto& [request, question] : asking_) {
    question.asked = question.asked && request.first_asked != peer;
  }
  for (auto& [request, by] : awaited_) {
    by.erase(peer);
  }
}

void OutcomeInquiries::flush(Links& links, Instant now, Effects& out) {
  for (auto& [request, question] : asking_) {
    const BranchId named = request.first_asked;
    links.want(named, now);
    if (!question.asked && links.connected(named)) {
      question.asked = true;
      links.send(named,
                 OutcomeRequest{request, question.operation, question.until - now, question.number},
                 now, out);
    }
  }
  for (const auto& [peer, reply] : std::exchange(replies_, {})) {
    if (links.connected(peer)) {
      links.send(peer, reply, now, out);
    }
  }
}

}  // namespace passbook
