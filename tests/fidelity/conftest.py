"""One warm slot for all probes."""

import importlib

import pytest

from autograder.course.limits import Limits
from autograder.engine.slot import Slot

MODULES = ["numpy", "torch", "scipy.optimize", "pandas", "matplotlib.pyplot", "unittest", "utils.explain"]


@pytest.fixture(scope="session")
def slot():
    for name in MODULES:  # the plain runs are forks of this process
        importlib.import_module(name)
    with Slot(MODULES, ["utils"], Limits(cell_seconds=20)) as slot:
        yield slot
