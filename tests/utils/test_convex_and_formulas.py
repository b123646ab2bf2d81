"""A curve that is not convex is found out, and a reader's formula is read or refused with a reason."""

from __future__ import annotations

import numpy as np
import pytest

from utils import convex, formulas

x = np.linspace(-4, 4, 401)


@pytest.mark.parametrize("y", [x**2, np.exp(x), abs(x), np.maximum(0, x), 3 - x, np.zeros_like(x)])
def test_no_chord_is_found_below_a_convex_curve(y):
    assert convex.worst_chord(x, y) is None


@pytest.mark.parametrize("y", [np.cos(x), np.sin(3 * x), x**3, -(x**2), np.sqrt(abs(x)), x**2 - 1e-3 * (x == 0.5)])
def test_the_chord_that_is_found_lies_below_the_curve_and_no_other_lies_further_below(y):
    y = y + 0.01 * (x == 1.0)
    chord = convex.worst_chord(x, y)
    height = dict(zip(x.round(9), y, strict=True))
    on_chord = chord.t * height[round(chord.a, 9)] + (1 - chord.t) * height[round(chord.b, 9)]
    assert 0 < chord.t < 1 and height[round(chord.at, 9)] - on_chord == pytest.approx(chord.gap)

    random = np.random.default_rng(0)
    i, j, k = np.sort(random.integers(0, len(x), (3, 20_000)), axis=0)
    i, j, k = (index[(i < j) & (j < k)] for index in (i, j, k))
    t = (x[k] - x[j]) / (x[k] - x[i])
    assert (y[j] - (t * y[i] + (1 - t) * y[k])).max() <= chord.gap + 1e-12


def test_the_hull_of_a_w_runs_along_its_two_feet():
    assert convex.lower_hull(np.arange(5.0), np.array([2.0, 0, 1, 0, 2])).tolist() == [0, 1, 3, 4]


def test_minima_are_lower_than_both_neighbours_and_not_at_the_ends():
    assert convex.minima(np.array([0.0, 1, 2, 1, 3, 3, 0.5, 0.8, 1, 0.2, 0])).tolist() == [3, 6]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("x**2", x**2),
        ("x^2 - 1", x**2 - 1),
        ("x² − 2·x", x**2 - 2 * x),
        ("-x**2", -(x**2)),
        ("max(0, x) + exp(-x)/2", np.maximum(0, x) + np.exp(-x) / 2),
        (" cos(pi*x) ", np.cos(np.pi * x)),
        ("3", np.full(401, 3.0)),
    ],
)
def test_a_formula_is_the_function_that_it_says(text, expected):
    assert np.allclose(formulas.read(text)(x), expected)


def test_where_a_formula_is_not_defined_it_is_not_finite_and_nothing_warns(recwarn):
    assert np.isfinite(formulas.read("log(x)")(x)).tolist() == (x > 0).tolist()
    assert not np.isfinite(formulas.read("1/x")(np.array([0.0])))
    assert not recwarn


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "no formula yet"),
        ("2x", r"2\*x"),
        ("(x", "bracket"),
        ("y + 1", "variable is x"),
        ("sinh(x)", "no function 'sinh'"),
        ("cos", r"cos\(x\)"),
        ("cos(x, x)", "takes 1 number, but is given 2"),
        ("max(x)", "takes 2 numbers, but is given 1"),
        ("x if x else 1", "not understood"),
        ("x < 1", "not understood"),
        ("'x'", "not understood"),
        ("x" * 500, "500 characters"),
        ("\0x", "is not a formula"),
    ],
)
def test_what_is_no_formula_is_refused_with_the_reason(text, said, recwarn):
    with pytest.raises(ValueError, match=said):
        formulas.read(text)
    assert not recwarn


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "x.__class__",
        "(lambda: x)()",
        "[x for x in x]",
        "open('/etc/passwd')",
        "x[0]",
    ],
)
def test_nothing_but_a_formula_is_ever_run(text):
    with pytest.raises(ValueError):
        formulas.read(text)


@pytest.mark.parametrize("text", ["9**9**9**9", "1e999", "9" * 90 + "**9"])
def test_what_is_too_large_overflows_at_once(text):
    assert np.isinf(formulas.read(text)(x)).all()
