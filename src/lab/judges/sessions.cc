// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/sessions.h"

#include <fmt/format.h>

#include <algorithm>

#include "lab/judges/findings.h"
#include "lab/judges/reach.h"

namespace passbook::history {
namespace {

/// Goes through all events in order, and tracks what replicas have and clients know.
class Sessions {
 public:
  Sessions(const Timeline& timeline, const Guarantee& guarantee)
      : timeline_(timeline),
        guarantee_(guarantee),
        replicas_(timeline.branches.size()),
        clients_(timeline.clients.size()),
        findings_(guarantee.name) {
    if (guarantee.past == Past::seen) {
      at_acceptance_.resize(timeline.entries.size());
      mark_answered_writes();
    }
  }

 protected:
  struct Client {
    Reach past;
    Reach shown;             ///< the entries behind the reply that it will get
    Index shown_by = kNone;  ///< that reply
  };

  /// Handles the common part of an event, before the guarantee judges it.
  void follow_replica(Index event) {
    const Fact& fact = timeline_.facts[event];
    if (fact.kind != EventKind::applied && fact.kind != EventKind::started) {
      return;
    }
    follow(timeline_, event, replicas_[fact.actor]);
    if (fact.kind == EventKind::applied && guarantee_.past == Past::seen) {
      const Index entry = timeline_.holdings[fact.link].entry;
      if (wanted_[entry] && timeline_.holdings[fact.link].accepted &&
          timeline_.sees(fact.actor, event)) {
        at_acceptance_[entry] = replicas_[fact.actor];
      }
    }
  }

  /// Remembers the basis of a reply, if a client will see it.
  void replied(const Reply& reply) {
    if (reply.call == kNone || !timeline_.sees(reply.branch, reply.event)) {
      return;
    }
    const Call& call = timeline_.calls[reply.call];
    const auto& said = timeline_.get<Replied>(reply.event);
    const bool shows_list = timeline_.invoked(call).kind == Kind::query || !stands(said.result);
    if (said.balance && shows_list && speaks_for_itself(call) &&
        timeline_.replies[call.reply].event == reply.event) {
      clients_[call.client].shown = replicas_[reply.branch];
      clients_[call.client].shown_by = call.reply;
    }
  }

  /// A client learns from an answer.
  void answered(const Call& call) {
    const auto& answer = timeline_.get<Answered>(call.answered);
    if (!speaks_for_itself(call)) {
      return;
    }
    Client& client = clients_[call.client];
    if (timeline_.invoked(call).kind != Kind::query && stands(answer.result)) {
      learn_write(call, client);
    } else if (guarantee_.past == Past::seen && call.reply != kNone &&
               client.shown_by == call.reply && !call.ambiguous && !repeated(call)) {
      client.past.merge(client.shown);
    }
    client.shown_by = kNone;
  }

  /// Calls for another client's request belong to no session.
  bool speaks_for_itself(const Call& call) const {
    return timeline_.requests[call.request].owner == call.client;
  }

  /// How far a replica must be, without entries that were lost with a disk.
  std::uint64_t due(Index origin, std::uint64_t sequence, Index now) const {
    const OriginFacts& facts = timeline_.origins[origin];
    return facts.lost_from <= now ? std::min(sequence, facts.kept) : sequence;
  }

  std::string entry_name(Index origin, std::uint64_t sequence) const {
    return name_of(EntryId{timeline_.origins[origin].id, Sequence{sequence}});
  }

  const Timeline& timeline_;
  const Guarantee guarantee_;
  std::vector<Reach> replicas_;  // by branch
  std::vector<Client> clients_;
  Findings findings_;

 private:
  void mark_answered_writes() {
    wanted_.assign(timeline_.entries.size(), false);
    for (const Call& call : timeline_.calls) {
      if (call.answered != kNone && stands(timeline_.get<Answered>(call.answered).result)) {
        for (Index entry = timeline_.requests[call.request].last_entry; entry != kNone;
             entry = timeline_.entries[entry].next_of_request) {
          wanted_[entry] = true;
        }
      }
    }
  }

  /// Learns the entry and, if its balance was shown, all that its branch had when it accepted it.
  void learn_write(const Call& call, Client& client) {
    Index entry = timeline_.requests[call.request].last_entry;
    while (entry != kNone && timeline_.entries[entry].first > call.answered) {
      entry = timeline_.entries[entry].next_of_request;
    }
    if (entry == kNone) {
      return;
    }
    const EntryFacts& facts = timeline_.entries[entry];
    client.past.raise(facts.origin, facts.id.sequence.value);
    if (guarantee_.past == Past::seen && call.reply != kNone &&
        timeline_.get<Answered>(call.answered).balance &&
        timeline_.replies[call.reply].origin == facts.origin) {
      client.past.merge(at_acceptance_[entry]);
    }
  }

  /// A refusal may be a repeated one, with its earlier balance.
  bool repeated(const Call& call) const {
    return is_write(timeline_.invoked(call).kind) &&
           timeline_.replies[call.reply].previous != kNone;
  }

  std::vector<bool> wanted_;          // by entry: a client is told of it
  std::vector<Reach> at_acceptance_;  // by entry
};

/// For read-your-writes and monotonic reads.
class Queries : Sessions {
 public:
  using Sessions::Sessions;

  Verdict judge() {
    for (Index event = 0; event < timeline_.event_count() && !findings_.full(); ++event) {
      const Fact& fact = timeline_.facts[event];
      follow_replica(event);
      if (fact.kind == EventKind::replied) {
        replied(timeline_.replies[fact.link]);
      } else if (fact.kind == EventKind::answered && fact.link != kNone) {
        check(timeline_.calls[fact.link]);
        answered(timeline_.calls[fact.link]);
      }
    }
    return std::move(findings_).take();
  }

 private:
  void check(const Call& call) {
    const Invoked& asked = timeline_.invoked(call);
    const Client& client = clients_[call.client];
    if (asked.kind != Kind::query || !(asked.wanted.*guarantee_.wanted) || call.reply == kNone ||
        client.shown_by != call.reply || !speaks_for_itself(call)) {
      return;
    }
    const Index replied = timeline_.replies[call.reply].event;
    for (Index origin = 0; origin < client.past.size(); ++origin) {
      const std::uint64_t known = due(origin, client.past.of(origin), replied);
      if (client.shown.of(origin) < known) {
        findings_.add(
            fmt::format("{} shows {} a balance without {}, which {} before", name_of(asked.branch),
                        name_of(asked.client), entry_name(origin, known),
                        guarantee_.past == Past::own_writes ? "it had written" : "it had seen"),
            {call.invoked, replied, call.answered});
        return;
      }
    }
  }
};

/// For monotonic writes and writes that follow reads.
class Writes : Sessions {
 public:
  Writes(const Timeline& timeline, const Guarantee& guarantee)
      : Sessions(timeline, guarantee),
        before_(timeline.requests.size()),
        needs_(timeline.entries.size()),
        named_(timeline.origins.size()) {}

  Verdict judge() {
    for (Index event = 0; event < timeline_.event_count() && !findings_.full(); ++event) {
      const Fact& fact = timeline_.facts[event];
      if (fact.kind == EventKind::invoked) {
        invoked(fact.link);
      } else if (fact.kind == EventKind::applied) {
        applied(event, timeline_.holdings[fact.link]);
      } else if (fact.kind == EventKind::started) {
        started(event);
      }
      follow_replica(event);
      if (fact.kind == EventKind::replied) {
        replied(timeline_.replies[fact.link]);
      } else if (fact.kind == EventKind::answered && fact.link != kNone) {
        answered(timeline_.calls[fact.link]);
      }
    }
    return std::move(findings_).take();
  }

 private:
  struct Need {
    Index origin = kNone;
    std::uint64_t sequence = 0;
  };

  /// The entry follows everything that the client knew when it first made the request.
  void invoked(Index number) {
    const Call& call = timeline_.calls[number];
    const Invoked& asked = timeline_.invoked(call);
    if (is_write(asked.kind) && asked.wanted.*guarantee_.wanted && speaks_for_itself(call) &&
        is_first_of_owner(call)) {
      before_[call.request] = clients_[call.client].past;
    }
  }

  bool is_first_of_owner(const Call& call) const {
    Index before = call.previous;
    while (before != kNone && timeline_.calls[before].client != call.client) {
      before = timeline_.calls[before].previous;
    }
    return before == kNone;
  }

  void applied(Index event, const Holding& holding) {
    const EntryFacts& entry = timeline_.entries[holding.entry];
    if (entry.first == event && entry.request != kNone) {
      find_needs(entry, needs_[holding.entry]);
    }
    if (!timeline_.sees(holding.branch, event)) {
      return;
    }
    for (const Need& need : needs_[holding.entry]) {
      const std::uint64_t known = due(need.origin, need.sequence, event);
      if (replicas_[holding.branch].of(need.origin) < known) {
        report(entry, holding, need.origin, known);
        return;
      }
    }
  }

  void report(const EntryFacts& entry, const Holding& holding, Index origin, std::uint64_t known) {
    const ClientId& client = timeline_.clients[timeline_.requests[entry.request].owner];
    const Index call = timeline_.requests[entry.request].first_call;
    findings_.add(fmt::format("{} has {} of {} without {}, which the customer {} before",
                              name_of(timeline_.branches[holding.branch].id), name_of(entry.id),
                              name_of(client), entry_name(origin, known),
                              guarantee_.past == Past::own_writes ? "had written" : "had seen"),
                  {timeline_.calls[call].invoked, entry.first, holding.event});
  }

  /// Finds only the needs beyond those of the log's earlier entries. A replica that has these was
  /// already checked for theirs.
  void find_needs(const EntryFacts& entry, std::vector<Need>& needs) {
    const Reach& before = before_[entry.request];
    Reach& named = named_[entry.origin];
    for (Index origin = 0; origin < before.size(); ++origin) {
      if (before.of(origin) > named.of(origin)) {
        needs.push_back({origin, before.of(origin)});
      }
    }
    if (!needs.empty()) {
      named.merge(before);
    }
  }

  /// A log that was cut goes on with other entries, which must name everything again.
  void started(Index event) {
    for (const Index holding : timeline_.undone(event)) {
      const Index origin = timeline_.entries[timeline_.holdings[holding].entry].origin;
      if (timeline_.origins[origin].branch == timeline_.facts[event].actor) {
        named_[origin].clear();
      }
    }
  }

  std::vector<Reach> before_;             // by request
  std::vector<std::vector<Need>> needs_;  // by entry
  std::vector<Reach> named_;              // by origin
};

}  // namespace

Verdict judge_queries(const Timeline& timeline, const Guarantee& guarantee) {
  return Queries(timeline, guarantee).judge();
}

Verdict judge_writes(const Timeline& timeline, const Guarantee& guarantee) {
  return Writes(timeline, guarantee).judge();
}

}  // namespace passbook::history
