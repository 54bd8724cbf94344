// SPDX-License-Identifier: Apache-2.0
#include "lab/picture/still.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "lab/picture/facts.h"
#include "lab/picture/page_parts.h"
#include "lab/picture/words.h"
#include "lab/trace/words.h"

namespace passbook::picture {
namespace {

using trace::Act;
using trace::Event;
using trace::Message;
using trace::Process;
using trace::Trace;

// Pixels.
constexpr int kGutter = 76;
constexpr int kTop = 96;
constexpr int kBottom = 78;
constexpr int kNarrowestLane = 36;
constexpr int kNameWidth = 80;
constexpr int kWidestLane = 150;
constexpr int kUsualWidth = 900;
constexpr int kNarrowest = 600;  // for the legend
constexpr int kLetter = 6;
constexpr int kBoldLetter = 7;

bool is_entry_event(const Event& event) {
  return event.act == Act::accept || event.act == Act::apply;
}

/// The class that gives a message or an entry its colour.
std::string_view colour_of(const Event& event) {
  switch (kind_of(event).value_or(Kind::entry)) {
    case Kind::request:
      return event.message == Message::answer ? "request answer" : "request";
    case Kind::rights:
      return "rights";
    default:
      return event.message == Message::withdraw ? "withdraw" : "deposit";
  }
}

std::string signed_amount(const Event& event) {
  if (!event.amount) {
    return "";
  }
  const char* sign = "";
  if (event.message == Message::deposit) {
    sign = "+";
  } else if (event.message == Message::withdraw) {
    sign = "\u2212";
  }
  return fmt::format("{}{}", sign, to_string(*event.amount));
}

/// The labels that may stand beside an event, from the longest to the shortest.
std::vector<std::string> wordings(const Event& event) {
  const std::string balance = event.balance ? to_string(*event.balance) : "";
  const std::string amount = signed_amount(event);
  if (is_entry_event(event)) {
    const std::string entry = event.entry ? trace::to_string(*event.entry) : "";
    if (balance.empty()) {
      return {fmt::format("{} {}", entry, amount), entry};
    }
    return {fmt::format("{} {} \u2192 {}", entry, amount, balance),
            fmt::format("{} \u2192 {}", amount, balance), balance};
  }
  if (event.process.kind == Process::Kind::customer && event.message) {
    if (event.act == Act::send) {
      const std::string name{name_of(*event.message)};
      return {fmt::format("{} {}", name, event.amount ? to_string(*event.amount) : ""),
              amount.empty() ? name : amount};
    }
    if (event.act == Act::receive && event.result) {
      return {fmt::format("{}, {}", *event.result, balance), *event.result, balance};
    }
  }
  return event.act >= Act::stop || event.act == Act::give_up
             ? std::vector<std::string>{std::string{name_of(event.act)}}
             : std::vector<std::string>{};
}

/// A time since the trace began, in a suitable unit.
std::string spoken(Duration time) {
  const auto microseconds = static_cast<double>(time.count()) / 1e3;
  if (microseconds < 1e3) {
    return fmt::format("{:.0f} \u00b5s", microseconds);
  }
  return microseconds < 1e6 ? fmt::format("{:.2f} ms", microseconds / 1e3)
                            : fmt::format("{:.2f} s", microseconds / 1e6);
}

/// The number of letters, not bytes, in UTF-8.
int letters_in(std::string_view text) {
  return static_cast<int>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

class Still {
 public:
  Still(const Trace& trace, const StillOptions& options)
      : trace_(trace),
        options_(options),
        facts_(facts_of(trace)),
        placed_(placed_down(trace, options.most_events)) {
    for (const Placed& one : placed_) {
      y_[one.event] = kTop + 22 + one.y;
      lanes_.push_back(trace.events[one.event].process);
    }
    for (const auto& cause : trace.cause) {
      if (cause) {
        arrived_.push_back(*cause);
      }
    }
    std::ranges::sort(arrived_);
    std::ranges::sort(lanes_);
    lanes_.erase(std::ranges::unique(lanes_).begin(), lanes_.end());
    const int lanes = std::max(1, static_cast<int>(lanes_.size()));
    lane_width_ = std::clamp((kUsualWidth - kGutter) / lanes, kNarrowestLane, kWidestLane);
    width_ = std::max(kNarrowest, kGutter + lanes * lane_width_ + 24);
    end_ = placed_.empty() ? kTop + 22 : y_.at(placed_.back().event);
    height_ = end_ + kBottom;
  }

  std::string svg() {
    head();
    lanes();
    faults();
    waits();
    agreement();
    times();
    for (const Placed& one : placed_) {
      arrow(one.event);
    }
    for (const Placed& one : placed_) {
      label(one.event);
      mark(one.event);
    }
    agreement_words();
    legend();
    return out_ + "</svg>\n";
  }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  int x_of(const Process& process) const {
    const auto lane = std::ranges::lower_bound(lanes_, process) - lanes_.begin();
    return kGutter + static_cast<int>(lane) * lane_width_ + 28;
  }

  /// The vertical position of an event. Events that are left out are at the end.
  int y_of(std::size_t event) const {
    const auto y = y_.find(event);
    return y == y_.end() ? end_ : y->second;
  }

  bool is_lane(const Process& process) const { return std::ranges::binary_search(lanes_, process); }

  std::string description() const {
    std::string out = fmt::format("{} processes, {} of {} events.", lanes_.size(), placed_.size(),
                                  trace_.events.size());
    for (const BalanceLine& line : facts_.balances) {
      const trace::Account& account = trace_.accounts[line.account];
      const Money last =
          line.steps.empty() ? account.opening : *trace_.events[line.steps.back()].balance;
      fmt::format_to(std::back_inserter(out), " Account {} at {}: {} at first, {} at the end.",
                     account.id.value, trace::to_string(trace_.processes[line.process]),
                     to_string(account.opening), to_string(last));
    }
    return out;
  }

  void head() {
    add("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
        "height=\"{1}\" role=\"img\" aria-labelledby=\"title said\">\n",
        width_, height_);
    const std::string title = escaped(options_.title);
    add("<title id=\"title\">{}</title>\n<desc id=\"said\">{}</desc>\n{}", title,
        escaped(description()), kStillStyle);
    add("<rect class=\"ground\" width=\"{}\" height=\"{}\" rx=\"10\"/>\n", width_, height_);
    add("<text class=\"title\" x=\"20\" y=\"32\">{}</text>\n", title);
    const std::string agreed = facts_.agreed && y_.contains(*facts_.agreed)
                                   ? fmt::format(" \u00b7 all replicas agree after {}",
                                                 spoken(since_start(*facts_.agreed)))
                                   : "";
    add("<text class=\"soft\" x=\"20\" y=\"52\">time downward, not to scale{}</text>\n", agreed);
  }

  Duration since_start(std::size_t event) const {
    return trace_.events[event].at - trace_.events[placed_.front().event].at;
  }

  void lanes() {
    std::map<Process, std::pair<int, int>> ends;
    for (const Placed& one : placed_) {
      const auto [lane, first] =
          ends.try_emplace(trace_.events[one.event].process, y_.at(one.event), y_.at(one.event));
      lane->second.second = y_.at(one.event);
    }
    for (const auto& [process, y] : ends) {
      add("<text class=\"name\" x=\"{0}\" y=\"{1}\">{2}</text><path class=\"lane\" "
          "d=\"M{0} {3}V{4}\"/>\n",
          x_of(process), kTop - 14, lane_name(process), y.first, y.second);
    }
  }

  std::string lane_name(const Process& process) const {
    return lane_width_ >= kNameWidth
               ? trace::to_string(process)
               : fmt::format("{}{}", process.kind == Process::Kind::branch ? 'B' : 'C', process.id);
  }

  void faults() {
    constexpr const char* kNames[] = {"down", "paused", "cut off"};
    for (const Fault& fault : facts_.faults) {
      const Event& begin = trace_.events[fault.from];
      if (!y_.contains(fault.from)) {
        continue;
      }
      int left = x_of(begin.process) - 16;
      int width = 32;
      if (fault.kind == Fault::Kind::cut && begin.peer) {
        width = 16;
        left += *begin.peer > begin.process ? 16 : 0;
      }
      const int top = y_of(fault.from);
      const int bottom = fault.to ? y_of(*fault.to) : end_;
      add("<rect class=\"broken\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{} {}</title>"
          "</rect>\n",
          left, top, width, std::max(2, bottom - top), trace::to_string(begin.process),
          kNames[static_cast<int>(fault.kind)]);
    }
  }

  void waits() {
    for (const Wait& wait : facts_.waits) {
      if (y_.contains(wait.from)) {
        add("<rect class=\"waits\" x=\"{}\" y=\"{}\" width=\"8\" height=\"{}\" rx=\"4\"/>\n",
            x_of(trace_.events[wait.from].process) - 4, y_of(wait.from),
            std::max(2, y_of(wait.to) - y_of(wait.from)));
      }
    }
  }

  void agreement() {
    if (facts_.agreed && y_.contains(*facts_.agreed)) {
      add("<path class=\"agree\" d=\"M{} {}H{}\"/>\n", kGutter - 8, y_of(*facts_.agreed),
          width_ - 12);
    }
  }

  /// Writes the words below the line or above it, as far right as labels and marks allow. Where
  /// there is no space it writes nothing, since the head of the picture says when all agree.
  void agreement_words() {
    constexpr std::string_view kWords = "all replicas agree";
    constexpr int kWidth = kBoldLetter * static_cast<int>(kWords.size());
    if (!facts_.agreed || !y_.contains(*facts_.agreed)) {
      return;
    }
    for (int right = width_ - 14; right - kWidth > kGutter; right -= 20) {
      for (const int y : {y_of(*facts_.agreed) + 14, y_of(*facts_.agreed) - 6}) {
        if (is_free({right - kWidth, right, y - 11, y + 3})) {
          add("<text class=\"agreed label\" x=\"{}\" y=\"{}\">{}</text>\n", right, y, kWords);
          return;
        }
      }
    }
  }

  void times() {
    int free = 0;
    std::string last;
    for (const Placed& one : placed_) {
      const int y = y_.at(one.event);
      std::string time = spoken(since_start(one.event));
      if (y >= free && time != last) {
        add("<text class=\"time\" x=\"{}\" y=\"{}\">{}</text>\n", kGutter - 20, y + 4, time);
        free = y + 34;
        last = std::move(time);
      }
    }
    if (!placed_.empty() && placed_.size() == options_.most_events) {
      add("<text class=\"soft\" x=\"20\" y=\"{}\">The first {} events; the others are left "
          "out.</text>\n",
          end_ + 24, placed_.size());
    }
  }

  /// Draws the message that an event receives, or the first half of one that it sends in vain.
  void arrow(std::size_t i) {
    const Event& event = trace_.events[i];
    if (event.act == Act::receive && trace_.cause[i] && y_.contains(*trace_.cause[i])) {
      line(*trace_.cause[i], x_of(event.process), y_of(i));
    } else if (event.act == Act::send && event.peer && is_lane(*event.peer) && is_lost(i)) {
      const int x = x_of(event.process) + (x_of(*event.peer) - x_of(event.process)) * 2 / 5;
      const int y = y_of(i) + 14;
      add("<path class=\"arrow {}\" d=\"M{} {}L{} {}\"/><path class=\"trouble\" "
          "d=\"M{} {}l8 8m0 -8l-8 8\"/>\n",
          colour_of(event), x_of(event.process), y_of(i), x, y, x - 4, y - 4);
    }
  }

  /// Whether no event of the whole trace receives it, not even one that is left out.
  bool is_lost(std::size_t send) const { return !std::ranges::binary_search(arrived_, send); }

  void line(std::size_t send, int x2, int y2) {
    const Event& event = trace_.events[send];
    const int x1 = x_of(event.process);
    const int y1 = y_of(send);
    const double length = std::max(1.0, std::hypot(x2 - x1, y2 - y1));
    const double ux = (x2 - x1) / length;
    const double uy = (y2 - y1) / length;
    const double x = x2 - 4 * ux;
    const double y = y2 - 4 * uy;
    add("<path class=\"arrow {}\" d=\"M{} {}L{:.1f} {:.1f}\"/>", colour_of(event), x1, y1, x, y);
    add("<path class=\"head {}\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}\"/>\n",
        colour_of(event), x - 7 * ux - 3 * uy, y - 7 * uy + 3 * ux, x, y, x - 7 * ux + 3 * uy,
        y - 7 * uy - 3 * ux);
  }

  void mark(std::size_t i) {
    const Event& event = trace_.events[i];
    const int x = x_of(event.process);
    const int y = y_of(i);
    taken_.push_back({x - 7, x + 7, y - 6, y + 6});
    if (is_entry_event(event)) {
      add("<circle class=\"entry {}{}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>\n",
          event.act == Act::accept ? "accepted " : "", colour_of(event), x, y,
          event.act == Act::accept ? 4.5 : 4.0);
    } else if (event.act == Act::send || event.act == Act::receive) {
      add("<circle class=\"tick\" cx=\"{}\" cy=\"{}\" r=\"2.2\"/>\n", x, y);
    } else if (event.act == Act::crash || event.act == Act::disk_lost) {
      add("<path class=\"trouble\" d=\"M{} {}l10 10m0 -10l-10 10\"/>\n", x - 5, y - 5);
    } else {
      const bool bad =
          event.act == Act::pause || event.act == Act::cut || event.act == Act::give_up;
      add("<path class=\"{}\" d=\"M{} {}h12\"/>\n", bad ? "trouble" : "mark", x - 6, y);
    }
  }

  void label(std::size_t i) {
    const Event& event = trace_.events[i];
    const bool accepted = event.act == Act::accept;
    const int x = x_of(event.process) + 9;
    const int y = y_of(i) + 4;
    const int last = event.process == lanes_.back() ? width_ - 6 : x + lane_width_ - 16;
    for (const std::string& words : wordings(event)) {
      const int right = x + (accepted ? kBoldLetter : kLetter) * letters_in(words);
      if (!words.empty() && right <= last) {
        add("<text class=\"label{}\" x=\"{}\" y=\"{}\">{}</text>\n", accepted ? " accepted" : "", x,
            y, escaped(words));
        taken_.push_back({x, right, y - 11, y + 3});
        return;
      }
    }
  }

  /// A rectangle of the picture, in pixels.
  struct Box {
    int left;
    int right;
    int top;
    int bottom;
  };

  bool is_free(const Box& box) const {
    return std::ranges::none_of(taken_, [&](const Box& other) {
      return box.left < other.right && other.left < box.right && box.top < other.bottom &&
             other.top < box.bottom;
    });
  }

  void legend() {
    constexpr std::pair<const char*, const char*> kArrows[] = {{"request", "request"},
                                                               {"request answer", "answer"},
                                                               {"deposit", "deposit"},
                                                               {"withdraw", "withdrawal"},
                                                               {"rights", "rights"}};
    const int y = height_ - 22;
    int x = 20;
    for (const auto& [style, name] : kArrows) {
      add("<path class=\"arrow {0}\" d=\"M{1} {2}h26\"/><path class=\"head {0}\" "
          "d=\"M{3} {4}l7 4l-7 4\"/><text class=\"soft\" x=\"{5}\" y=\"{6}\">{7}</text>\n",
          style, x, y, x + 21, y - 4, x + 35, y + 4, name);
      x += 58 + kLetter * static_cast<int>(std::string_view(name).size());
    }
    add("<rect class=\"waits\" x=\"{}\" y=\"{}\" width=\"8\" height=\"16\" rx=\"4\"/>"
        "<text class=\"soft\" x=\"{}\" y=\"{}\">waits</text>\n",
        x, y - 8, x + 14, y + 4);
  }

  const Trace& trace_;
  const StillOptions& options_;
  Facts facts_;
  std::vector<Placed> placed_;
  std::map<std::size_t, int> y_;
  std::vector<Process> lanes_;
  std::vector<std::size_t> arrived_;  // sends that some event receives, ascending
  std::vector<Box> taken_;            // by labels and marks
  int lane_width_ = 0;
  int width_ = 0;
  int height_ = 0;
  int end_ = 0;
  std::string out_;
};

}  // namespace

std::string still_svg(const Trace& trace, const StillOptions& options) {
  return Still(trace, options).svg();
}

}  // namespace passbook::picture
