"""What a visible line compared is told as the test had it, and only what can be computed again without a trace."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest

from autograder.judging.sides import compared, in_both, is_harmless, thrown_away, told
from autograder.judging.standin import standin_class


def condition(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def words(text: str, tell=compared, **names: Any) -> str:
    names = {"np": np, **names}

    def value(expression: ast.expr) -> Any:
        return eval(compile(ast.Expression(expression), "<test>", "eval"), dict(names))

    return tell(condition(text), value, names)


def test_both_sides_of_an_equation_are_told():
    said = words("np.allclose(y[1:4], [1.0, 2.0, 3.0])", y=np.array([0, 1, 5, 3.0]))
    assert said == "`y[1:4]`: it differs in 1 of 3 entries. It is [1, 5, 3], but [1, 2, 3] is expected."
    assert words("n == 3 and m == 4", n=3, m=5) == "`m`: it is 5, but 4 is expected."


def test_of_an_array_that_is_compared_with_a_number_no_other_shape_is_asked():
    said = words("np.allclose(y, 2)", y=np.array([2.0, 1.0]))
    assert "it differs in 1 of 2 entries" in said and said.endswith("It is [2, 1], but [2, 2] is expected.")


def test_a_shape_is_told_as_what_it_is_and_not_as_a_result():
    assert words("np.shape(y) == (3,)", y=np.ones(4)) == "`np.shape(y)` is (4,), but (3,) is expected."
    assert words("[np.shape(y) for y in many] == [(1, 2, 3, 4, 5, 6)] * 9", many=[np.ones(2)]) == ""


def test_of_a_bound_the_number_is_told_that_was_to_keep_it():
    assert words("abs(np.std(y) - 0.5) < 0.01", told, y=np.array([1.0, 3.0])) == "Here `np.std(y)` is 1."
    assert words("a < b / 2", told, a=3.0, b=4.0) == "Here `a` is 3 and `b` is 4."
    assert words("a == b", told, a=3.0, b=4.0) == ""


def test_an_object_of_the_students_is_not_compared_in_words():
    one, other = (standin_class(frozenset({"__add__"}))(None, number, "V()", "V") for number in range(2))
    assert words("a == b", a=one, b=other) == words("a == 3", a=one) == ""


def test_what_is_another_value_each_time_is_not_told():
    count = iter(range(99))

    def counter() -> int:
        return next(count)

    with pytest.raises(ValueError, match="each time"):
        words("counter() == 7", counter=counter)


@pytest.mark.parametrize(
    "text",
    ["next(it)", "stack.pop()", "rng.normal()", "np.random.rand()", "list(it)", "(x := 3)", "open('a')", "lambda: 1"],
)
def test_what_may_leave_a_trace_is_not_computed_again(text):
    names = {"np": np, "it": iter([1]), "stack": [1], "rng": np.random.default_rng(0)}
    assert not is_harmless(condition(text), names)


@pytest.mark.parametrize("text", ["np.max(x) > 3", "x.mean()", "[f(n) for n in range(3)]", "len(x) - 1", "d['k'][0]"])
def test_what_leaves_none_is(text):
    assert is_harmless(condition(text), {"np": np, "x": np.ones(3), "f": lambda n: n, "d": {"k": [1]}})


def test_nothing_is_told_of_equal_values():
    assert in_both("x", 1.0, 1.0) == ""


@pytest.mark.parametrize(
    ("test", "line", "positions"),
    [
        ("loss, _ = net(x)\nassert loss == 1", 2, {1}),
        ("_, _, step = net(x)\nassert step == 1", 2, {0, 1}),
        ("assert net(x)[1] == 1", 1, {0, 2}),
        ("loss, _ = net(x)\nassert net(y)[0] == loss", 2, {1}),
        ("loss, _ = net(x)\nloss, slope = net(y)\nassert loss == 1", 3, set()),
        ("loss, _ = net(x)\nassert loss == 1\nassert takes_integers(net, x)", 2, {1}),
        ("loss, _ = net(x)\nassert takes_integers(net, x)", 2, set()),
        ("loss, *_ = net(x)\nassert loss == 1", 2, set()),
        ("loss, _ = other(x)\nassert net(x) == loss", 2, set()),
        ("loss, _ = model.net(x)\nassert loss == 1", 2, set()),
    ],
)
def test_results_that_a_test_throws_away(test, line, positions):
    assert thrown_away(test, "net()", line) & {0, 1, 2} == positions
