// SPDX-License-Identifier: Apache-2.0
#include <fmt/compile.h>
#include <fmt/format.h>

#include "lab/scenario/history_fields.h"
#include "lab/scenario/history_file.h"
#include "lab/scenario/json_tree.h"

namespace passbook {
namespace {

using history_fields::kName;
using history_fields::kWanted;
using history_fields::kWords;
using history_fields::members;

/// Appends values as JSON.
class Writer {
 public:
  template <class Value>
  using Of = const Value;

  explicit Writer(std::string& out) : out_(out) {}

  template <class Value>
  void operator()(std::string_view name, const Value& value) {
    next();
    fmt::format_to(std::back_inserter(out_), FMT_COMPILE("\"{}\":"), name);
    add(value);
  }
  template <class Value>
  void operator()(std::string_view name, const std::optional<Value>& value) {
    if (value) {
      (*this)(name, *value);
    }
  }

 private:
  void next() {
    if (out_.back() != '{' && out_.back() != '[') {
      out_ += ',';
    }
  }

  template <std::integral Number>
  void add(const Number& value) {
    fmt::format_to(std::back_inserter(out_), FMT_COMPILE("{}"), value);
  }
  template <class Tag, class Number>
  void add(const StrongId<Tag, Number>& id) {
    add(id.value);
  }
  void add(Money amount) { out_ += to_string(amount); }
  void add(Instant at) { add(at.time_since_epoch().count()); }
  void add(const std::string& text) { out_ += json_string(text); }
  template <class Enum>
    requires std::is_enum_v<Enum>
  void add(const Enum& value) {
    for (const auto& [known, word] : kWords<Enum>) {
      if (known == value) {
        fmt::format_to(std::back_inserter(out_), FMT_COMPILE("\"{}\""), word);
      }
    }
  }
  void add(const history::Wanted& wanted) {
    out_ += '[';
    for (const auto& [flag, word] : kWanted) {
      if (wanted.*flag) {
        next();
        fmt::format_to(std::back_inserter(out_), FMT_COMPILE("\"{}\""), word);
      }
    }
    out_ += ']';
  }
  template <class Value>
  void add(const std::vector<Value>& values) {
    out_ += '[';
    for (const Value& value : values) {
      next();
      add(value);
    }
    out_ += ']';
  }
  void add(const history::Leg& leg) {
    std::visit([this](const auto& l) { add(l); }, leg);
  }
  template <class Object>
  void add(const Object& object) {
    out_ += '{';
    members(*this, object);
    out_ += '}';
  }

  std::string& out_;
};

}  // namespace

std::string write_line(const history::Event& event) {
  std::string out = "{";
  Writer writer(out);
  writer("at", event.at);
  std::visit([&]<class What>(const What& what) { writer(kName<What>, what); }, event.what);
  out += '}';
  return out;
}

std::string write_line(const history::Bank& bank) {
  std::string out = "{";
  Writer{out}("bank", bank);
  out += '}';
  return out;
}

}  // namespace passbook
