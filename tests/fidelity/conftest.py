"""Warm slots for all probes, and warm processes without a grader."""

import pytest
from plain import Plain
from probe import HEAVY, LIGHT

from autograder.course.limits import Limits
from autograder.engine.slot import Slot


@pytest.fixture(scope="session")
def slot():
    """With all modules that a probe may need."""
    with Slot([*LIGHT, *HEAVY], ["utils"], Limits(cell_seconds=20)) as slot:
        yield slot


@pytest.fixture(scope="session")
def light_slot():
    """For what needs none of the heavy ones."""
    with Slot(LIGHT, ["utils"], Limits(cell_seconds=20)) as slot:
        yield slot


@pytest.fixture(scope="session")
def plain():
    with Plain([*LIGHT, *HEAVY]) as plain:
        yield plain


@pytest.fixture(scope="session")
def light_plain():
    with Plain(LIGHT) as plain:
        yield plain
