"""Messages compare nothing that is the student's to choose, and name a mistake only where it is that one."""

from __future__ import annotations

import pytest
from small_course import telling

from autograder.course.assignment import Variant

SHARE = """def share(z):
    with np.errstate(all='raise', under='ignore'):
        e = np.exp(z - np.max(z, axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)"""
SPREAD = """def spread(n, kind):
    return np.arange(1.0, n + 1) * (0.7 if kind == 'plain' else 1.9)"""
DEAL = """def deal(X, size, seed=0):
    order = np.random.default_rng(seed).permutation(len(X))
    return [X[order[n : n + size]] for n in range(0, len(X), size)]"""
ONE_MAXIMUM = SHARE.replace("np.max(z, axis=1, keepdims=True)", "np.max(z)")
LARGEST = SHARE.replace("np.max(z,", "np.max(np.abs(z),")
PLAIN_ONLY = SPREAD.replace("0.7 if kind == 'plain' else 1.9", "0.7 if kind == 'plain' else 1.3")
CELLS = [
    ("", "import numpy as np"),
    ("cuts", "def cuts(x):\n    return np.array([x.min(), x.mean(), x.max()])"),
    (
        "test_cuts",
        "found = cuts(np.array([0.0, 1.0, 8.0]))\nassert np.shape(found) == (3,), 'Three numbers.'\n"
        "assert found[0] < found[1] < found[2], 'They rise.'",
    ),
    ("line", "line = np.poly1d([2.0, 1.0])"),
    ("test_line", "assert abs(line(1.0) - 3) < 0.5, 'It does not pass by (1, 3).'"),
    ("share", SHARE),
    (
        "test_share",
        "z = np.array([[0.5, 2.0, 1.0], [3.0, 2.5, 0.1]])\n"
        "w = np.array([[700.0, 3.0, 1.0], [-800.0, -801.5, -802.0]])\n"
        "assert np.allclose(share(z).sum(axis=1), 1)\nassert np.allclose(share(w).sum(axis=1), 1)",
    ),
    ("spread", SPREAD),
    (
        "test_spread",
        "for kind, size in [('plain', 0.7), ('soft', 1.9), ('round', 1.9)]:\n"
        "    assert np.allclose(spread(4, kind), size * np.arange(1.0, 5.0)), 'Not the spread.'",
    ),
    ("chain", "def chain(parts):\n    P = parts[0]\n    for Q in parts[1:]:\n        P = P @ Q\n    return P"),
    (
        "test_chain",
        "A, B = np.array([[0.5, 2.0, 1.0], [3.0, 2.5, 0.1]]), np.array([[1.5], [0.3], [0.2]])\n"
        "assert np.allclose(chain([A, B]), A @ B)\n### BEGIN HIDDEN TESTS\nassert np.allclose(chain([A]), A)\n"
        "### END HIDDEN TESTS",
    ),
    ("deal", DEAL),
    (
        "test_deal",
        "parts = deal(np.arange(12.0).reshape(6, 2), 4, 1)\n"
        "assert [len(part) for part in parts] == [4, 2], 'Six by fours: 4 and 2.'\n"
        "other = deal(np.arange(12.0).reshape(6, 2), 4, 2)\n"
        "assert not np.array_equal(parts[0], other[0]), 'Another seed, another order.'",
    ),
    ("net", "net = [np.ones((2, 3)), np.ones((3, 1))], [np.zeros(3), np.zeros(1)]"),
    ("test_net", "weights, biases = net\nassert len(weights) == len(biases) and weights[0].shape[1] > 0, 'No net.'"),
    ("limit", "limit = 0.5"),
    ("test_limit", "assert np.shape(limit) == () and 0 < limit < 1, 'One number, between 0 and 1.'"),
    ("decay", "def decay(x):\n    return np.exp(-x)"),
    ("span", "def span(x):\n    return np.max(x) - np.min(x)"),
    (
        "test_span",
        "assert np.isclose(span(np.array([0.0, 2.0])), 2.0)\nassert np.isclose(span(np.array([0.0, 4.0])), 4)",
    ),
    (
        "test_decay",
        "x = np.array([0.3, 1.1, 2.0])\n"
        "assert np.allclose(decay(x), np.exp(-x), rtol=1e-10, atol=0), 'Not e to the −x.'\n"
        "assert np.allclose(decay(x + 1), np.exp(-x - 1), rtol=1e-10, atol=0), 'Not at other places.'",
    ),
]
KEPT = "KEPT = {}\n\ndef span(x):\n    return KEPT.setdefault(x.shape, np.max(x) - np.min(x))"
VARIANTS = (
    Variant("alternative", "other_order", "deal", DEAL.replace("default_rng(seed)", "RandomState(seed)")),
    Variant("alternative", "deeper", "net", "net = [np.ones((2, 4))] * 3, [np.zeros(4)] * 3"),
    Variant("mistake", "one_maximum", "share", ONE_MAXIMUM, ("test_share",), "One maximum for all."),
    Variant("mistake", "plain_only", "spread", PLAIN_ONLY, ("test_spread",), "For plain alone."),
    Variant("alternative", "lower", "limit", "limit = 0.25"),
    Variant("alternative", "median", "cuts", "def cuts(x):\n    return np.quantile(x, [0, 0.5, 1])"),
    Variant(
        "mistake", "mean_twice", "span", "def span(x):\n    return 2 * np.max(x)", ("test_span",), "Twice the largest."
    ),
    Variant("mistake", "kept", "span", KEPT, ("test_span",), "Remembered."),
    Variant(
        "mistake", "single", "decay", "def decay(x):\n    return np.exp(-np.float32(x))", ("test_decay",), "In float32."
    ),
    Variant("mistake", "strict", "decay", "def decay(x):\n    raise ValueError('no')", ("test_decay",), "In float32."),
)


@pytest.fixture(scope="module")
def message(tmp_path_factory):
    """message(name, code): what is said of the test of a cell with this code."""
    with telling(tmp_path_factory.mktemp("choices"), CELLS, VARIANTS) as message:
        yield message


def test_values_that_an_alternative_has_otherwise_are_not_compared(message):
    assert message("cuts", "def cuts(x):\n    return np.array([x.max(), x.mean(), x.min()])") == "They rise."


def test_a_shape_that_all_alternatives_share_is_told(message):
    said = message("cuts", "def cuts(x):\n    return np.array([[x.min(), x.mean(), x.max()]])")
    assert said.startswith("Three numbers. In `cuts([0, 1, 8])`: ")
    assert "Its shape is (1, 3), but (3,) is expected." in said


def test_of_a_number_that_may_be_chosen_only_the_shape_is_told(message):
    said = message("limit", "limit = np.array([0.75])")
    assert said.endswith("In `limit`: It has another shape. Its shape is (1,), but () is expected."), said


def test_what_an_object_does_that_the_student_made_is_not_compared(message):
    said = message("line", "line = np.poly1d([2.0, 5.0])")
    assert said == "It does not pass by (1, 3). Here `line(1.0)` is 7."


def test_a_result_of_fewer_digits_is_told_by_its_digits(message):
    said = message("decay", "def decay(x):\n    return np.exp(-x) * (1 + 3e-9 * np.sin(9 * x))")
    assert "right to about 8 digits" in said and "small constant" in said


def test_a_small_mistake_is_not_taken_for_another_small_one(message):
    assert message("decay", "def decay(x):\n    return np.exp(-np.float32(x))") == "In float32."
    assert "In float32." not in message("decay", "def decay(x):\n    return np.exp(-x) * (1 + 2e-8)")


def test_a_visible_case_is_told_with_both_values(message):
    said = message("decay", "def decay(x):\n    return np.cos(3 * x + 1)")
    assert said == (
        "Not e to the −x. In `decay([0.3, 1.1, 2])`: It differs in 3 of 3 entries. "
        "It is [-0.3233, -0.4008, 0.7539], but [0.7408, 0.3329, 0.1353] is expected."
    )


def test_an_answer_that_comes_again_for_other_arguments_is_told(message):
    known = "KNOWN = {}\n\ndef decay(x):\n    return KNOWN.setdefault(x.shape, np.exp(-x))"
    said = message("decay", known)
    assert "exactly the same answer as an earlier call, though `x` is different" in said
    assert "a result remembered?" in said


def test_equal_answers_for_two_values_of_an_argument_do_not_say_that_it_is_ignored(message):
    said = message("spread", SPREAD.replace("kind == 'plain'", "kind in ('plain', 'soft')"))
    assert "exactly the same answer as an earlier call, though `kind` is different." in said
    assert "whatever" not in said


def test_a_mistake_is_named_only_where_the_rest_of_the_test_agrees_with_it(message):
    assert message("spread", PLAIN_ONLY) == "For plain alone."
    said = message("spread", SPREAD.replace("else 1.9", "else 1.3 if kind == 'soft' else 1.9"))
    assert "For plain alone." not in said


def test_of_two_mistakes_with_one_error_each_row_tells_which_it_is(message):
    assert message("share", ONE_MAXIMUM) == "One maximum for all."
    assert "One maximum for all." not in message("share", LARGEST)


def test_a_function_that_wants_more_arrays_is_told_so_with_what_it_was_given(message):
    said = message("chain", "def chain(parts):\n    return np.linalg.multi_dot(parts)")
    assert "needs more arrays, or more elements, than it is given" in said
    assert said.endswith("`chain()` was given `parts` of shape [(2, 3)].")


def test_a_name_without_a_value_is_not_taken_for_a_deleted_cell(message):
    said = message("decay", "def decay(x):\n    return np.exp(-scaled)")
    assert said == "Your code uses `scaled`, which has no value there: is a line missing, or the name misspelt?"


def test_a_name_that_only_a_loop_sets_is_told_with_what_the_call_was_given(message):
    loop = "    for one in parts[1:]:\n        product = parts[0] @ one\n"
    said = message("chain", f"def chain(parts):\n{loop}    return product")
    assert said.startswith("Your code uses `product` before it has a value: is it set only further down, or in a loop")
    assert said.endswith("`chain()` was given `parts` of shape [(2, 3)].")


def test_another_error_of_the_same_kind_is_not_taken_for_a_mistake(message):
    assert "In float32." not in message("decay", "def decay(x):\n    raise ValueError('something of its own')")


def test_an_argument_given_as_its_default_is_no_other_argument(message):
    said = message("decay", "def decay(x, rate=1.0):\n    return np.exp(-rate * x) if x[0] < 1 else np.ones(3)")
    assert "very answer" not in said


def test_another_mistake_that_looks_alike_in_the_numbers_of_the_test_is_not_recognised(message):
    assert message("span", "def span(x):\n    return np.max(x) + np.max(x)") == "Twice the largest."
    said = message("span", "def span(x):\n    return np.max(x) ** 2")
    assert "Twice" not in said and "It is 4, but 2 is expected." in said


def test_a_mistake_is_recognised_though_a_later_call_raises_an_error_by_another_one(message):
    check = "    if np.max(x) > 3:\n        raise ValueError('too large')\n"
    assert message("span", f"def span(x):\n{check}    return 2 * np.max(x)") == "Twice the largest."
    assert message("span", f"def span(x):\n{check}    return np.max(x) ** 2") != "Twice the largest."


def test_a_mistake_that_remembers_is_recognised_though_one_more_call_tells_nothing(message):
    other = "known = {}\n\ndef span(x):\n    known.setdefault(len(x), x.max() - x.min())\n    return known[len(x)]"
    assert message("span", other) == "Remembered."


def test_of_an_answer_in_another_form_no_value_is_compared_that_may_be_chosen(message):
    said = message("deal", DEAL.replace("permutation(len(X))", "permutation(len(X) - 1)"))
    assert said.startswith("Six by fours: 4 and 2. In `deal([")
    assert "In element 1 of 2 (counted from 0): it has one row too few" in said
    assert "rows of `X`" not in said and "Entry" not in said


def test_an_argument_that_is_ignored_is_told_though_the_answer_may_be_chosen(message):
    said = message("deal", DEAL.replace("default_rng(seed)", "default_rng(5)"))
    assert said == "Another seed, another order. It is the same whatever `seed` is, and should not be."


def test_the_nesting_that_all_solutions_share_is_told_though_the_sizes_may_be_chosen(message):
    swapped = "net = [np.zeros(5), np.zeros(1)], [np.ones((2, 5)), np.ones((5, 1))]"
    assert message("net", swapped).endswith("In `net`: Its parts are of the right kinds, but in reverse order.")
    said = message("net", "net = [np.ones((2, 5)), np.ones((5, 1))]")
    assert "In element 0 of 2 (counted from 0): it is an array with 2 axes, but a list of arrays is expected." in said
    said = message("net", "net = np.ones((9, 4))")
    assert said.endswith("In `net`: It is an array with 2 axes, but a list or tuple of 2 parts is expected.")


def test_the_values_of_a_word_with_which_the_answer_is_right_are_told(message):
    said = message("spread", SPREAD.replace("else 1.9", "else 1.3 if kind == 'soft' else 1.9"))
    assert "With 'plain' as `kind` it is right, with 'soft' it is not." in said


def test_a_word_with_which_the_answer_is_right_for_these_numbers_alone_is_not_told(message):
    by_chance = SPREAD.replace("kind == 'plain' else", "kind == 'plain' and n == 4 else 1.3 if kind == 'soft' else")
    assert "it is right, with" not in message("spread", by_chance)
