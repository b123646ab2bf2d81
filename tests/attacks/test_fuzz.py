"""Whole submissions, mutated: each gets an outcome and a page, and no run stops. `fuzz.py` runs as many as you like."""

from __future__ import annotations

import pytest
from fuzz import Fuzzed, submission

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory) -> Fuzzed:
    return Fuzzed(tmp_path_factory.mktemp("fuzz") / "course")


@pytest.mark.slow
def test_every_mutated_submission_gets_an_outcome_and_a_page(fuzzed):
    outcomes, wrong = fuzzed.run(range(200), jobs=2)
    assert not wrong
    assert outcomes.total() == 200 and len(outcomes) > 3


def test_a_number_is_the_same_submission_ever_after(fuzzed):
    (one, made), (other, again) = (submission(7, fuzzed.released) for _ in range(2))
    assert one.as_bytes() == other.as_bytes() and made == again
