"""Why an answer is wrong is told from what the student's code answers when it is asked once more."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from small_course import telling

from autograder.course.assignment import Variant
from autograder.judging.causes import like
from autograder.judging.diagnosis import _history_of, _tried
from autograder.judging.link import Call, Opaque

ACCOUNT = """class Account:
    def __init__(self, money):
        self.money = money

    def pay(self, amount):
        self.money -= 1.5 * amount

    def earn(self, amount):
        self.money += amount"""
ITEMS = """class Item:
    def __init__(self, size):
        self.size = size

def arranged(items):
    return sorted(items, key=lambda item: item.size)"""
CELLS = [
    ("", "import numpy as np"),
    ("pull", "def pull(x, k=0.75, rest=0.3):\n    return -k * (x - rest)"),
    (
        "test_pull",
        "x = np.array([0.2, 1.7, -2.6])\nassert np.allclose(pull(x, 2.0, 0.5), 1 - 2 * x), 'With k and rest given.'\n"
        "assert np.allclose(pull(x, 0.4), 0.12 - 0.4 * x), 'With k given.'\n"
        "### BEGIN HIDDEN TESTS\n"
        "assert np.allclose(pull(3 * x + 1), 0.225 - 0.75 * (3 * x + 1)), 'With nothing given.'\n"
        "assert np.allclose(pull(np.array([2, 7])), [-1.275, -5.025]), 'With integers.'\n### END HIDDEN TESTS",
    ),
    ("moments", "def moments(x):\n    return x.mean(axis=1), x.var(axis=1)"),
    (
        "test_moments",
        "m, v = moments(np.array([[0.5, 1.5], [2.0, 7.0], [1.0, 1.25]]))\n"
        "assert np.allclose(m, [1.0, 4.5, 1.125]), 'The means of the rows.'\n"
        "assert np.max(v) > 6 and v[0] < v[1] / 20, 'The second row is the widest.'",
    ),
    ("account", ACCOUNT),
    (
        "test_account",
        "a = Account(10.0)\na.pay(0.0)\nassert a.money == 10, 'Nothing paid, nothing lost.'\n"
        "a.money = 20.0\na.pay(2.0)\nassert a.money == 17, 'A fee of one half.'\na.earn(1.0)\nassert a.money == 18",
    ),
    ("items", ITEMS),
    (
        "test_items",
        "some = [Item(3.0), Item(1.0), Item(2.0)]\n"
        "assert [item.size for item in arranged(some)] == [1.0, 2.0, 3.0], 'Not all of them, by size.'",
    ),
    ("product", "def product(A, B):\n    return A @ B"),
    (
        "test_product",
        "rng = np.random.default_rng(4)\nA, B = rng.normal(size=(3, 5)), rng.normal(size=(5, 2))\n"
        "assert np.allclose(product(A, B), A @ B), 'Not the product of two matrices.'",
    ),
    ("hills", "def hills(n):\n    return np.sin(np.arange(n) * 0.7) + 0.2"),
    ("test_hills", "h = hills(9)\nassert np.mean(np.abs(np.diff(h))) < 0.6, 'The hills are too steep.'"),
    ("joined", "def joined(parts):\n    return parts, sum(parts)"),
    (
        "test_joined",
        "def halves(x):\n    return [x[:2], x[2:]]\n\n"
        "_, total = joined(halves(np.array([1.5, 2.0, 4.0, 8.5])))\n"
        "assert np.shape(total) == (2,), 'The sum of two arrays is an array.'",
    ),
    ("blend", "def blend(turn, x, y):\n    return x + turn(y)"),
    (
        "test_blend",
        "x, y = np.array([1.0, 2.0]), np.array([4.0, 8.0])\nblended = blend(lambda y: y / 2, x, y)\n"
        "assert np.allclose(blended, [3, 6]) and np.allclose([x, y], [[1, 2], [4, 8]]), 'Wrong, or x or y is changed.'",
    ),
    ("each", "def each(tell, x):\n    for value in x:\n        tell(value)"),
    (
        "test_each",
        "heard = []\neach(heard.append, [2.5, 4.0, 7.0])\nassert heard == [2.5, 4.0, 7.0], 'Tell all, in their order.'",
    ),
    ("tally", "def tally(note, x, k):\n    for value in x:\n        note(value)\n    return k * np.cumsum(x)"),
    (
        "test_tally",
        "noted = [0]\n\ndef note(value):\n    noted[0] += 1\n\ntally(note, np.array([2.5, 4.0, 7.0]), 1.7)\n"
        "assert noted[0] > 2, 'Note each.'",
    ),
    ("last", "last = 1"),
    ("test_last", "assert last == 1"),
]
VARIANTS = (
    Variant(
        "mistake",
        "no_fee",
        "account",
        ACCOUNT.replace("1.5 * ", ""),
        ("test_account",),
        "You forgot the fee of one half.",
    ),
    Variant("mistake", "one_lost", "items", ITEMS + "[1:]", ("test_items",), "The first is lost."),
    Variant(
        "mistake",
        "backwards",
        "each",
        "def each(tell, x):\n    for value in x[::-1]:\n        tell(value)",
        ("test_each",),
        "You begin at the end.",
    ),
    Variant("alternative", "other_hills", "hills", "def hills(n):\n    return np.cos(np.arange(n) * 0.3)"),
)


def made(number: int) -> Opaque:
    """What the record of a call holds of an object."""
    one = Opaque()
    one.number = number
    return one


@pytest.fixture(scope="module")
def message(tmp_path_factory):
    """message(name, code): what is said of the test of a cell with this code."""
    with telling(tmp_path_factory.mktemp("reasons"), CELLS, VARIANTS) as message:
        yield message


def test_a_default_is_named_where_the_answer_is_right_once_it_is_given(message):
    said = message("pull", "def pull(x, k=0.5, rest=0.3):\n    return rest * k - x * k")
    assert said.endswith("Where `k` is given, it is right: look at its default value."), said


def test_an_object_where_the_reference_gives_none_is_not_the_reason_while_another_answer_differs(message):
    said = message("account", ACCOUNT.replace("1.5 * amount", "amount * 3\n        return self"))
    assert "money" in said and "None" not in said, said


def test_a_function_of_pythons_that_a_star_import_replaced_is_named_where_pythons_own_gives_the_right_answer(message):
    taken = "`sum` is that of NumPy here, not Python's: `from numpy import *` took its place."
    said = message("joined", "from numpy import *\n\ndef joined(parts):\n    return parts, sum(parts)")
    assert said == f"The sum of two arrays is an array. `np.shape(total)` is (), but (2,) is expected. {taken}", said
    said = message("joined", "from numpy import *\n\ndef joined(parts):\n    return parts, sum(parts) + 1")
    assert taken not in said, said


def test_the_argument_that_is_changed_in_place_is_named(message):
    said = message("blend", "def blend(turn, x, y):\n    y[:] = turn(y)\n    return x + y")
    assert said.endswith("In `blend()`: your code changes `y` in place. Work on a copy."), said


def test_an_argument_without_influence_is_named(message):
    said = message("pull", "def pull(x, k=0.75, rest=0.3):\n    return -(x**3) * (1.1 + rest)")
    assert said.endswith("It is the same whatever `k` is, and should not be."), said


def test_whole_numbers_are_the_reason_only_where_floats_are_answered_rightly(message):
    said = message("pull", "def pull(x, k=0.75, rest=0.3):\n    return (-k * (x - rest)).astype(x.dtype)")
    assert "this is the first where `x` holds whole numbers" in said or "the dtype of `x`" in said
    other = "def pull(x, k=0.75, rest=0.3):\n    return -k * (x - rest) * (1.0 if x[0] != 2 else 1.1)"
    assert "whole numbers" not in message("pull", other)


def test_what_is_left_over_from_an_earlier_call_is_told_where_the_call_alone_is_right(message):
    code = "calls = []\n\ndef pull(x, k=0.75, rest=0.3):\n    calls.append(1)\n    return -k * (x - rest) * len(calls)"
    assert "as the very first call, this gives the right answer" in message("pull", code)


def test_a_visible_line_is_told_with_what_it_compares(message):
    said = message("moments", "def moments(x):\n    return x.mean(axis=1), x.var(axis=1) / 10")
    assert said.startswith("The second row is the widest. ") and "`np.max(v)` is 0.625" in said
    swapped = message("moments", "def moments(x):\n    return np.sqrt(x.mean(axis=1)), x.var(axis=1)")
    assert "[1, 4.5, 1.125] is expected" in swapped


def test_a_value_that_comes_out_otherwise_each_time_is_not_told(message):
    code = "def hills(n):\n    return np.arange(n) * np.random.default_rng().normal(9)"
    assert message("hills", code).count("Here") == 1  # of `h`, which the test holds
    tests = "counted = iter([1.0, 2.0])"
    assert tests not in message("hills", code)


def test_a_change_of_the_reference_is_told_of_what_may_be_chosen_only_where_all_the_rest_is_chosen_alike(message):
    said = message("hills", "def hills(n):\n    return 9 * (np.sin(0.7 * np.arange(n)) + 0.2)")
    assert "Such an answer" not in said and "is expected" not in said
    assert "`+` is used instead of `-`" not in said
    same = message("hills", "def hills(n):\n    return np.sin(np.arange(n) / 0.7) + 0.2")
    assert "`/` is used instead of `*`" in same


def test_a_mistake_in_an_object_is_recognised_by_one_more_history_with_other_numbers(message):
    assert message("account", ACCOUNT.replace("1.5 * amount", "amount")) == "You forgot the fee of one half."
    assert "You forgot the fee" not in message("account", ACCOUNT.replace("1.5 * amount", "amount**2 / 2"))


def test_a_mistake_that_answers_with_objects_is_recognised(message):
    code = ITEMS.replace("return sorted(items", "by_size = sorted(items") + "\n    return by_size[1 : len(items)]"
    assert message("items", code) == "The first is lost."


def test_a_mistake_without_an_answer_is_recognised_by_what_a_function_of_the_tests_hears(message):
    loop = "def each(tell, x):\n    for i in range(len(x)):\n        tell(x[{}])"
    assert message("each", loop.format("-1 - i")) == "You begin at the end."
    assert message("each", loop.format("0")).startswith("Tell all, in their order.")


def test_an_error_about_shapes_is_told_with_the_shapes_and_what_may_bring_it_about(message):
    said = message("product", "def product(A, B):\n    return B @ A")
    assert "`product()` was given `A` of shape (3, 5) and `B` of shape (5, 2)." in said
    assert said.endswith("Such an error results, for example, if the two sides of `@` are swapped.")


def test_an_error_is_told_with_what_is_special_about_its_call(message):
    code = "def pull(x, k=0.75, rest=0.3):\n    out = np.zeros_like(x)\n    out += -k * (x - rest)\n    return out"
    said = message("pull", code)
    assert said.endswith("this is the first where `x` holds whole numbers (its dtype is an integer type)."), said


def test_a_factor_is_told_only_if_other_numbers_show_it(message):
    assert "by a factor of 2" not in message("pull", "def pull(x, k=0.75, rest=0.3):\n    return -4 * (x - rest)")
    assert "by a factor of 2" in message("pull", "def pull(x, k=0.75, rest=0.3):\n    return -2 * k * (x - rest)")


def test_one_argument_in_the_place_of_another_is_named(message):
    said = message("blend", "def blend(turn, x, y):\n    return x + turn(x)")
    assert said.endswith("if `x` is used instead of `y`."), said


def test_what_a_function_of_the_tests_has_noted_is_told_as_the_test_left_it(message):
    said = message("tally", "def tally(note, x, k):\n    note(x[0])\n    return x + 1.3")
    assert "Here `noted[0]` is 1." in said, said


def test_a_test_that_was_stopped_says_what_it_was_trying():
    step = SimpleNamespace(source="x = 1\nassert f(x) == 2, 'Doubles.'\nassert g(x) == 3, f'{x}'")
    tried = [_tried(SimpleNamespace(line=line), step) for line in (1, 2, 3)]
    assert tried == ["", " It was stopped where the test tries this: Doubles.", ""]


def test_what_a_hidden_line_found_is_shown_by_a_case_of_the_graders_own(message):
    said = message("pull", "def pull(x, k=0.75, rest=0.3):\n    return np.where(x > 5, 0.0, -k * (x - rest))")
    assert said.startswith("With nothing given. ") and "For example, `pull([" in said and "has to give [" in said
    assert "6.1" not in said and "-6.8" not in said  # the numbers of the test


def test_an_error_in_another_cell_is_told_with_the_line_that_leads_there(message):
    said = message("joined", "def joined(parts):\n    return parts, product(3.0, parts)")
    assert said.startswith("Your code raised TypeError at `return A @ B`, reached from `return parts, product("), said


def test_what_was_asked_of_an_object_before_is_told_where_its_answer_is_hidden():
    calls = [
        Call("Box", made(1), operation="name", name="Box"),
        Call("Box()", made(2), None, (2.0,), on=1),
        Call("Box().put()", None, None, (3.0,), operation="method", on=2, name="put"),
        Call("Box().take()", 4.0, None, (), operation="method", on=2, name="take"),
    ]
    assert _history_of(calls[-1], calls) == "The calls before it: `Box()`, `put()`."
    assert _history_of(calls[1], calls) == ""


def test_numbers_of_the_graders_own_are_of_the_same_kind():
    numbers = np.random.default_rng(0)
    corners, labels = np.array([-2.5, 0.5, 1.5, 4.0]), np.array([0, 2, 1, 1])
    other = like(corners, numbers)
    assert np.all(np.diff(other) >= 0) and not np.array_equal(other, corners)
    assert set(like(labels, numbers)) <= {0, 1, 2} and like(labels, numbers).dtype == labels.dtype
    assert like(np.ones((7, 3)) * 2.0, numbers, rows=7, few=2).shape == (2, 3)
    assert like("text", numbers) == "text" and like(0, numbers) == 0 and like(-8, numbers) < 0
