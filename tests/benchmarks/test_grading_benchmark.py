"""The benchmark of grading has the same work graded by everybody. How fast they are is left to the benchmark itself."""

import subprocess
import sys
from pathlib import Path

import grading
import pytest
from small_course import SmallCourse

FILE = Path(__file__).parents[2] / "benchmarks" / "grading.py"


@pytest.mark.slow
@pytest.mark.sandbox
def test_everybody_grades_the_class_alike_and_the_last_line_is_the_ratio(tmp_path):
    course = SmallCourse(tmp_path)
    course.write()
    command = [sys.executable, FILE, "--course", course.root, "--assignment", "ps", "--students", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    lines = done.stdout.strip().splitlines()
    rows = {
        row[2].strip(): row[5].strip()
        for line in lines
        if line.startswith("| ps |") and len(row := line.split("|")) == 9
    }
    ways = ["plain exec, the floor", "autograder grade, 1 slot", "autograder grade, 2 slots", grading.STOCK]
    assert [*rows] == [*ways, "otter run, local"], done.stderr
    assert all(float(rows[way]) > 0 for way in ways[1:])  # the floor of so little work is 0.000
    assert "otter is missing" in done.stderr or float(rows["otter run, local"]) > 0
    word, ratio = lines[-1].split()
    assert word == "ratio" and float(ratio) > 0
    assert done.returncode == any(line.startswith("missed") for line in lines) and "points" not in done.stdout


@pytest.fixture
def results():
    """What meets every aim, just so."""
    ways = [(grading.FLOOR, 0.1), (grading.ours(1), 0.2), (grading.ours(2), 0.1), (grading.STOCK, 2.5)]
    return [grading.Measured(way, "ps", seconds, [3.0, 1.0]) for way, seconds in ways]


def test_nothing_is_missed_where_every_aim_is_met(results):
    assert grading.missed(results) == []


@pytest.mark.parametrize(
    "which, attribute, value, told",
    [
        (3, "seconds", 2.4, "24.0 times nbgrader's throughput"),
        (2, "points", [3.0, 3.0], "2 slots gives [3.0, 3.0] points"),
    ],
)
def test_each_aim_that_is_missed_is_told(results, which, attribute, value, told):
    setattr(results[which], attribute, value)
    assert any(told in line for line in grading.missed(results))


@pytest.mark.parametrize(
    "small, large, told",
    [
        ((0.10, 100.0), (0.12, 120.0), None),
        ((0.10, 100.0), (0.13, 120.0), "1.30 times the seconds"),
        ((0.10, 100.0), (0.12, 130.0), "1.30 times the memory"),
    ],
)
def test_a_large_class_that_costs_more_for_each_is_told(small, large, told):
    missed = grading.growth(small, large)
    assert len(missed) == (told is not None) and all(told in line for line in missed)
