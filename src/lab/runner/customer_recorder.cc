// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/customer_recorder.h"

#include "lab/scenario/history_file.h"
#include "lab/trace/record.h"
#include "lab/trace/trace_file.h"
#include "lab/trace/tracer.h"
#include "rpc/clock.h"

namespace passbook {
namespace {

void note(std::optional<LineLog>& log, history::What what) {
  if (log) {
    log->note(write_line(history::Event{real_now(), std::move(what)}));
  }
}

void note(std::optional<LineLog>& log, const trace::Event& event) {
  if (log) {
    log->note(write_line(event));
  }
}

}  // namespace

std::expected<CustomerRecorder, std::string> CustomerRecorder::open(const CustomerFiles& files) {
  CustomerRecorder out;
  for (const auto& [kind, path, log] : {std::tuple("history", &files.history, &out.history_),
                                        std::tuple("trace", &files.trace, &out.trace_)}) {
    if (!*path) {
      continue;
    }
    auto opened = LineLog::open(**path, {kind, {}});
    if (!opened) {
      return std::unexpected(opened.error());
    }
    log->emplace(std::move(*opened));
  }
  return out;
}

bool CustomerRecorder::calls(const CustomerOptions& who, const Customer::Call& call) {
  note(history_, as_history(who.client, who.guarantees, call));
  note(trace_, trace::sent(who.client.customer, real_now(), call));
  return write();
}

bool CustomerRecorder::answered(const CustomerOptions& who, const Customer::Call& call,
                                const Answer& answer, Stamp clock) {
  note(history_, as_history(who.client, call.request.id, answer));
  note(trace_, trace::answered(who.client.customer, real_now(), call, answer, clock));
  return write();
}

bool CustomerRecorder::unanswered(const CustomerOptions& who, const Customer::Call& call) {
  note(history_, passbook::unanswered(who.client, call.request.id));
  note(trace_, trace::given_up(who.client.customer, real_now(), call));
  return write();
}

std::string CustomerRecorder::failure() const {
  const std::string history = history_ ? history_->failure() : "";
  return history.empty() && trace_ ? trace_->failure() : history;
}

bool CustomerRecorder::write() {
  const bool history = !history_ || history_->write();
  const bool trace = !trace_ || trace_->write();
  return history && trace;
}

}  // namespace passbook
