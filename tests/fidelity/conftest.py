"""One warm slot for all probes, and one warm process without a grader."""

import pytest
from plain import Plain

from autograder.course.limits import Limits
from autograder.engine.slot import Slot

MODULES = ["numpy", "torch", "scipy.optimize", "pandas", "matplotlib.pyplot", "unittest", "utils.explain"]


@pytest.fixture(scope="session")
def slot():
    with Slot(MODULES, ["utils"], Limits(cell_seconds=20)) as slot:
        yield slot


@pytest.fixture(scope="session")
def plain():
    with Plain(MODULES) as plain:
        yield plain
