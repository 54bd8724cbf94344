// SPDX-License-Identifier: Apache-2.0
#include "branch/remembered.h"

#include <algorithm>
#include <utility>

namespace passbook {

void Remembered::add(const AcceptedWrite& write) {
  const RequestId request = write.request;
  const bool own = write.entry.origin.branch == self_;
  if (!writes_.emplace(request, write).second) {
    return;
  }
  Queue& queue = own ? own_ : others_;
  queue.order.push_back(request);
  ++queue.added;
  if (queue.order.size() > most_) {
    const auto oldest = writes_.find(queue.order.front());
    if (own) {
      forgotten_.raise(oldest->second.entry);
    }
    writes_.erase(oldest);
    queue.order.pop_front();
  }
}

const AcceptedWrite* Remembered::find(const RequestId& request) const {
  const auto found = writes_.find(request);
  return found == writes_.end() ? nullptr : &found->second;
}

/// Whether any write of a page is still remembered: the newest of each kind are.
bool Remembered::needed(const Page& page) const {
  return page.own_added + own_.order.size() > own_.added ||
         page.others_added + others_.order.size() > others_.added;
}

/// Those of a queue that were added after its first `since`, and are still held.
void Remembered::put_newest(const Queue& queue, std::uint64_t since, Snapshot& out) const {
  const auto count = std::min<std::uint64_t>(queue.added - since, queue.order.size());
  for (auto at = queue.order.end() - static_cast<std::ptrdiff_t>(count); at != queue.order.end();
       ++at) {
    out.writes.push_back(writes_.at(*at));
  }
}

void Remembered::turn_page(Snapshot& snapshot) {
  const Page last = pages_.empty() ? Page{} : pages_.back();
  put_newest(own_, last.own_added, snapshot);
  put_newest(others_, last.others_added, snapshot);
  pages_.push_back({snapshot.records, own_.added, others_.added});
  while (!needed(pages_.front()) && pages_.size() > 1) {
    pages_.pop_front();
  }
  snapshot.writes_since = pages_.front().since;
  snapshot.forgotten = forgotten_;
}

void Remembered::restore(const Snapshot& snapshot) {
  for (const AcceptedWrite& write : snapshot.writes) {
    add(write);
  }
  forgotten_.merge(snapshot.forgotten);
  pages_ = {{snapshot.writes_since, own_.added, others_.added}};
}

std::size_t Remembered::HashRequest::operator()(const RequestId& id) const {
  std::uint64_t hash = 0;
  for (const std::uint64_t part : {std::uint64_t{id.first_asked.value}, id.client.customer.value,
                                   id.client.session, id.number}) {
    hash = (hash ^ part) * 0x9e3779b97f4a7c15U;
    hash ^= hash >> 32U;
  }
  return hash;
}

}  // namespace passbook
