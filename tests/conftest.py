"""The order in which files of tests are begun, when long ones no longer are, and what all processes leave out."""

from __future__ import annotations

import os
import re
import runpy
import time
from pathlib import Path
from typing import Any

import pytest

QUICK = Path(__file__).parent / "quick"
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(QUICK), os.environ.get("PYTHONPATH")]))
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes are started: they keep what they compile
runpy.run_path(str(QUICK / "sitecustomize.py"))

# Each file is one worker's, so the longest ones come first: none of them is then alone at the end. A worker takes one
# file more than it runs, so two that are soon done stand behind those that verify whole problem sets.
LONGEST = [
    "test_lab.py",
    "test_without_a_kernel.py",
    "test_mlp.py",
    "test_backprop.py",
    "test_two_phases.py",
    "test_careless.py",
    "test_first_ten_minutes.py",
    "test_site.py",
    "test_demo.py",
    "test_more_machines.py",
    "test_nbgrader_examples.py",
    "test_mutants_of_sets.py",
    "test_attacks.py",
    "test_probes.py",
    "test_class.py",
    "test_wheel.py",
    "test_pages.py",
    "test_d2l.py",
    "test_report.py",
    "test_wire.py",
    "test_gradescope.py",
    "test_nbgraders_interfaces.py",
    "test_bad_input.py",
    "test_nbgrader_meaning.py",
    "test_configuration.py",
    "test_users_and_losses.py",
    "test_live_by_hand.py",
]
BROWSER_1 = {"test_lab.py", "test_landing.py", "test_live_by_hand.py"}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """A worker more than there are cores: some wait, for a page or until a limit is reached."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None  # xdist reads it
    return (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object | None:
    """Gives each file to one worker. The files in tests/browser form three units, each with one browser and JupyterLab:
    as a single unit they would take longer than everything else."""
    if config.getvalue("dist") != "loadfile":
        return None  # somebody asked for another
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if not nodeid.startswith("tests/browser/"):
                return super()._split_scope(nodeid)
            lecture = re.search(r"test_lab\.py::.*\[0(\d)_", nodeid)
            if lecture and int(lecture[1]) < 6:
                return "most lectures"
            return "browser 1" if Path(nodeid.split("::")[0]).name in BROWSER_1 else "browser 2"

    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: i for i, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begins no long test after the time TESTS_END_AT, in seconds since 1970, so that `.ci/run` ends on any machine."""
    ends = float(os.environ.get("TESTS_END_AT", "inf"))
    if item.get_closest_marker("slow") and time.time() > ends:
        pytest.skip("no time was left to begin this long test")
