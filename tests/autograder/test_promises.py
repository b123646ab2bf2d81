"""A promise is checked by comparing a function with itself, on the arguments that a test has anyway."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.judging.explain import explain
from autograder.judging.promises import leaves_its_arguments, takes_any_shape, takes_integers

X, W, B = np.array([[0.5, -1.25], [2.0, 0.75]]), np.array([[1.5], [-0.5]]), np.array([0.25])


def affine(x, w, b):
    return x @ w + b


def with_dtype_of(position: int):
    def cut(*args):
        return affine(*args).astype(args[position].dtype)

    return cut


def test_what_keeps_floats_keeps_the_promise():
    assert takes_integers(affine, X, W, B)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_whichever_argument_sets_the_dtype_breaks_it(position):
    assert not takes_integers(with_dtype_of(position), X, W, B)


def test_numbers_without_an_array_count_where_they_are_whole():
    def halved(x, rate):
        return x // 2 if isinstance(x, int) else x / 2

    assert not takes_integers(halved, 3.0, 0.1)
    assert takes_integers(lambda x, rate: rate * x, 3.0, 0.1)


def test_arrays_in_lists_and_dicts_count():
    def sums(parameters, more):
        return [np.full_like(parameters["w"], 0.5), more[0] / 2]

    assert not takes_integers(sums, {"w": np.array([1.0, 2.0])}, [X])


def test_the_arguments_stay_as_they_were():
    before = X.copy()
    takes_integers(lambda x: x.__imul__(2), X)
    assert np.array_equal(X, before)


def test_many_arguments_are_tried_in_few_combinations():
    calls = []
    takes_integers(lambda *arrays: calls.append(arrays), *[X] * 8)
    assert len(calls) == 2 * (1 + 2 * 8)


def test_a_deque_is_as_good_as_a_list():
    from collections import deque

    assert explain(deque([X, W]), [X, W]) is None
    assert explain(deque([X]), [W]) == explain([X], [W])


@pytest.mark.parametrize("gives_lists", [False, True])
def test_what_acts_on_each_element_takes_any_shape(gives_lists):
    def double(x):
        return (2 * x).tolist() if gives_lists else 2 * x

    assert takes_any_shape(double, X)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.squeeze(2 * x),
        lambda x: np.atleast_2d(2 * x),
        lambda x: np.array([[2 * value for value in row] for row in np.atleast_2d(x)]),
        lambda x: (2 * x).ravel(),
        lambda x: 2 * x - x.max(),
        lambda x: 2 * x.reshape(2, 2) if x.size == 4 else 2 * x,
        lambda x: float(2 * x[0]) if x.shape == (1,) else 2 * x,
    ],
)
def test_what_loses_a_shape_or_looks_at_other_elements_does_not(function):
    assert not takes_any_shape(function, X)


def test_arrays_of_one_shape_are_reshaped_together_and_numbers_stay():
    assert takes_any_shape(lambda x, y, factor: factor * x * y, X, X + 1, 3.0)
    assert not takes_any_shape(lambda x, y, factor: factor * (x * y).squeeze(), X, X + 1, 3.0)


def test_what_remembers_a_result_by_its_shape_does_not_take_any_shape():
    known = {}
    assert not takes_any_shape(lambda x: known.setdefault(x.shape, 2 * x), X)


@pytest.mark.parametrize(
    "function", [lambda x: np.clip(x, -1, 1, out=x), lambda x: x.sort(), lambda x: x.__setitem__(0, 7.0)]
)
def test_what_writes_into_its_arguments_does_not_leave_them(function):
    far = np.array([3.0, -2.0, 900.0])
    assert not leaves_its_arguments(function, far)
    assert not leaves_its_arguments(lambda given: function(given["x"][0]), {"x": [far]})
    assert np.array_equal(far, [3, -2, 900]), "the test's own array stays as it was"


def test_what_computes_into_new_arrays_leaves_its_arguments():
    assert leaves_its_arguments(lambda x, factor: factor * x, np.array([np.nan, 2.0]), 3.0)
