#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the mutation tester changes, and what it leaves alone."""

import unittest

from sites import function_at, sites_of


def mutants(text, kind):
    """All that a kind of mutation makes of a text."""
    return [site.applied(text, choice) for site in sites_of(text) if site.kind == kind
            for choice in range(len(site.choices))]


class Operators(unittest.TestCase):
    def test_compares_in_another_way(self):
        self.assertEqual(mutants("x = a < b;", "comparison"), ["x = a <= b;", "x = a >= b;"])
        self.assertEqual(mutants("x = a >= b;", "comparison"), ["x = a > b;", "x = a < b;"])
        self.assertEqual(mutants("x = a == b;", "comparison"), ["x = a != b;"])

    def test_calculates_in_another_way(self):
        self.assertEqual(mutants("a = b + c;", "arithmetic"), ["a = b - c;"])
        self.assertEqual(mutants("a -= b;", "arithmetic"), ["a += b;"])

    def test_swaps_and_with_or(self):
        self.assertEqual(mutants("x = a &&\n    b;", "logic"), ["x = a ||\n    b;"])

    def test_leaves_what_only_looks_like_an_operator(self):
        for text in ["std::vector<int> a;", "p->q = -1;", "a << b >> c;", "f(T&& t);", "++a;",
                     "template <typename T> f(std::map<A, std::vector<B>> c);",
                     "bool operator==(const A&) const = default;", "auto operator<=>(A b);"]:
            with self.subTest(text):
                found = {site.kind for site in sites_of(text)}
                self.assertEqual(found & {"comparison", "arithmetic", "logic"}, set())

    def test_leaves_comments_strings_and_includes(self):
        text = """#include <a + b>
// a < b && c
/* a == b
   c - d */
const char* x = "a + b \\" < c";
char y = '"';
auto z = R"x(a < b" && 7)x";
#define A \\
  b < c
"""
        self.assertEqual(sites_of(text), [])


class Constants(unittest.TestCase):
    def test_are_one_off(self):
        self.assertEqual(mutants("x = 10U;", "constant"), ["x = 11U;", "x = 9U;"])
        self.assertEqual(mutants("x = 1'000;", "constant"), ["x = 1001;", "x = 999;"])
        self.assertEqual(mutants("x = 0x1f;", "constant"), ["x = 32;", "x = 30;"])

    def test_are_not_below_zero(self):
        self.assertEqual(mutants("x = 0;", "constant"), ["x = 1;"])

    def test_are_integers(self):
        self.assertEqual(mutants("x = 0.5 * a1 * 1e-3;", "constant"), [])


class Names(unittest.TestCase):
    def test_swaps_extremes(self):
        self.assertEqual(mutants("x = std::min(a, b);", "extreme"), ["x = std::max(a, b);"])
        self.assertEqual(mutants("x = std::max<int>({a});", "extreme"), ["x = std::min<int>({a});"])

    def test_leaves_the_ends_of_a_type(self):
        self.assertEqual(mutants("x = Money::max() - min(a);", "extreme"), [])

    def test_swaps_quantifiers(self):
        self.assertEqual(mutants("std::ranges::all_of(a, f)", "quantifier"),
                         ["std::ranges::any_of(a, f)", "std::ranges::none_of(a, f)"])


class Conditions(unittest.TestCase):
    def test_are_negated(self):
        self.assertEqual(mutants("if (a(b) || c) {", "condition"), ["if (!(a(b) || c)) {"])
        self.assertEqual(mutants("while (a) {", "condition"), ["while (!(a)) {"])

    def test_are_negated_behind_what_comes_first(self):
        self.assertEqual(mutants("if (auto a = b; a > c) {", "condition"),
                         ["if (auto a = b; !(a > c)) {"])

    def test_that_declare_are_negated(self):
        self.assertEqual(mutants("if (const auto* a = b(c)) {", "condition"),
                         ["if (const auto* a = b(c); !a) {"])

    def test_that_declare_are_left_in_loops(self):
        self.assertEqual(mutants("while (const auto a = b()) {", "condition"), [])

    def test_of_the_compiler_are_left(self):
        self.assertEqual(mutants("if constexpr (a) {", "condition"), [])

    def test_may_hold_an_assignment_inside(self):
        self.assertEqual(mutants("if (f([&] { x = 1; })) {", "condition"),
                         ["if (!(f([&] { x = 1; }))) {"])


class Statements(unittest.TestCase):
    def test_jumps_are_dropped(self):
        self.assertEqual(mutants("{ a; return; }", "jump"), ["{ a;  }"])
        self.assertEqual(mutants("{ break; }", "jump"), ["{  }"])
        self.assertEqual(mutants("{ return a; }", "jump"), [])

    def test_calls_are_dropped(self):
        for call in ["f();", "a.b(c)->d({e, f});", "std::exchange(a, b);", "a[1].f<int>(b);",
                     "g([&] { x = 1; });", "*f(a);", "a.template_of<b, c>::d();"]:
            with self.subTest(call):
                self.assertEqual(mutants("{ " + call + " }", "call")[0], "{  }")

    def test_what_is_more_than_a_call_is_not_dropped(self):
        for text in ["x = f();", "return f();", "Money sum(a);", "f() + g();", "x.y = f();",
                     "PASSBOOK_CHECK(a, \"b\");", "f;", "throw f();",
                     "void f(int a);", "check_failed(a);"]:
            with self.subTest(text):
                self.assertEqual(mutants("{ " + text + " }", "call"), [])


class Arguments(unittest.TestCase):
    def test_are_swapped_with_their_neighbours(self):
        self.assertEqual(mutants("f(a, b(c), d);", "arguments"), ["f(b(c), a, d);", "f(a, d, b(c));"])

    def test_of_calls_inside_calls(self):
        self.assertEqual(mutants("f(g(a, b));", "arguments"), ["f(g(b, a));"])

    def test_may_hold_commas(self):
        self.assertEqual(mutants("f(std::map<A, B>{}, {a, b});", "arguments"),
                         ["f({a, b}, std::map<A, B>{});"])
        self.assertEqual(mutants("f([&](A a, B b) { return a; }, [] { return b; });", "arguments"),
                         ["f([] { return b; }, [&](A a, B b) { return a; });"])

    def test_that_are_texts_or_one_lambda_are_left(self):
        self.assertEqual(mutants("f(\"a\", b);", "arguments"), [])
        self.assertEqual(mutants("f(a, [](A b, B c) { return b; });", "arguments"), [])

    def test_of_the_less_and_the_greater_are_left(self):
        self.assertEqual(mutants("x = std::min(a, std::max(b, f(c, d)));", "arguments"),
                         ["x = std::min(a, std::max(b, f(d, c)));"])

    def test_that_are_equal_are_left(self):
        self.assertEqual(mutants("f(a, a);", "arguments"), [])

    def test_of_a_declaration_are_left(self):
        for text in ["void f(int a, B b) {", "A::A(const B& b, std::vector<C> c)\n    : b_(b) {",
                     "Money f(Origin* a, const std::map<A, B>& b) const;", "if (a, b) {"]:
            with self.subTest(text):
                self.assertEqual(mutants(text, "arguments"), [])

    def test_of_a_check_are_left(self):
        self.assertEqual(mutants("PASSBOOK_CHECK(a, b);", "arguments"), [])


class Assertions(unittest.TestCase):
    def test_of_the_compiler_are_left(self):
        self.assertEqual(sites_of("static_assert(f(a, 1) == b + c);"), [])

    def test_that_run_can_be_wrong(self):
        self.assertEqual(mutants("PASSBOOK_CHECK(a == b, \"c\");", "comparison"),
                         ["PASSBOOK_CHECK(a != b, \"c\");"])


class Functions(unittest.TestCase):
    TEXT = """namespace passbook {
Money Account::rights(Origin origin) const {
  return f(origin);
}
class RowOrder {
  void g() {}
};
}
"""

    def test_are_named(self):
        self.assertEqual(function_at(self.TEXT, self.TEXT.index("return")), "Account::rights")
        self.assertEqual(function_at(self.TEXT, self.TEXT.index("Money")), "Account::rights")

    def test_of_a_class_have_its_name(self):
        self.assertEqual(function_at(self.TEXT, self.TEXT.index("void")), "RowOrder")

    def test_that_make_an_object_have_no_type(self):
        text = "Escrow::Escrow(const Topology& topology, int b)\n    : a_(b) {\n  c();\n}\n"
        self.assertEqual(function_at(text, text.index("c();")), "Escrow::Escrow")

    def test_may_be_none(self):
        self.assertEqual(function_at(self.TEXT, 0), "")


if __name__ == "__main__":
    unittest.main()
