"""A student's line is empty, right, or wrong in words."""

from __future__ import annotations

import numpy as np
import torch

from utils import blanks


def test_three_dots_are_not_wrong_but_empty():
    verdict = blanks.check(..., 3.0)
    assert not verdict and repr(verdict) == blanks.EMPTY


def test_an_empty_line_is_not_handed_to_what_would_fail_on_it():
    assert repr(blanks.check(..., 3, by=len)) == blanks.EMPTY


def test_the_right_value_is_right_whatever_holds_it():
    for written, right in [(3, 3.0), (torch.tensor([1.0, 2.0]), np.array([1.0, 2.0])), ("queen", "queen")]:
        verdict = blanks.check(written, right)
        assert verdict and repr(verdict) == "Right."


def test_a_wrong_value_is_explained_and_the_right_one_not_told():
    verdict = blanks.check(np.array([-1.25, 2.5]), np.array([1.25, -2.5]))
    assert not verdict and repr(verdict).startswith("Not quite.") and "sign" in repr(verdict)
    assert "1.25" not in repr(verdict)


def test_where_many_values_are_right_what_they_have_in_common_is_compared():
    assert all(blanks.check(pair, 5, by=sum) for pair in [(2, 3), (1, 4)])
    assert not blanks.check((2, 2), 5, by=sum)


def test_the_tolerance_is_relative():
    assert blanks.check(1.01, 1.0, rtol=0.02) and not blanks.check(1.01, 1.0, rtol=0.001)


def test_a_value_of_another_form_is_wrong_and_raises_nothing():
    verdict = blanks.check((1, 2), 0, by=lambda three: three[2])
    assert not verdict and repr(verdict).startswith("Not quite. It is not of the form that is asked for")
