"""Times are measured in a notebook, and on a page of the site they are stored ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from utils import timing

LECTURES = Path(__file__).parents[2] / "notebooks"
SECONDS = [[0.5, 0.25], [1 / 3, 3.0]]


@pytest.fixture(autouse=True)
def nothing_stored(tmp_path, monkeypatch):
    monkeypatch.setattr(timing, "STORED", tmp_path / "times.json")
    for name in ("MLP_PAGES", "MLP_STORE_TIMES"):
        monkeypatch.delenv(name, raising=False)


def test_in_a_notebook_it_measures_each_time_and_stores_nothing(capsys):
    taken = iter([1.0, 2.0])
    assert [float(timing.measured("a loop", lambda: next(taken))) for _ in range(2)] == [1, 2]
    assert not timing.STORED.exists() and capsys.readouterr().out == ""


def test_a_page_shows_what_was_stored_and_on_which_machine_it_was_measured(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("MLP_STORE_TIMES", "1")
    timing.measured("a loop", lambda: SECONDS)
    timing.measured("another", lambda: 2.0)
    monkeypatch.delenv("MLP_STORE_TIMES")
    monkeypatch.setenv("MLP_PAGES", str(tmp_path))
    assert np.allclose(timing.measured("a loop", lambda: pytest.fail("it was measured")), SECONDS, rtol=1e-4)
    assert re.match(r"Measured on \d+ cores \(\w+, Python 3", capsys.readouterr().out)


def test_the_shortest_of_ten_is_stored(monkeypatch):
    monkeypatch.setenv("MLP_STORE_TIMES", "1")
    taken = iter([(3, 9), *[(5, 5)] * 8, (4, 2)])
    assert timing.measured("a loop", lambda: next(taken)).tolist() == [3, 2]
    assert json.loads(timing.STORED.read_text(encoding="utf-8"))["a loop"]["seconds"] == [3, 2]


def test_a_page_without_stored_times_is_not_made(monkeypatch, tmp_path):
    monkeypatch.setenv("MLP_PAGES", str(tmp_path))
    with pytest.raises(KeyError, match="a loop"):
        timing.measured("a loop", lambda: 1.0)


def test_stored_are_the_times_that_lectures_measure_and_no_others(monkeypatch):
    monkeypatch.undo()
    cells = [cell for path in LECTURES.glob("*.ipynb") for cell in nbformat.read(path, as_version=4).cells]
    names = [name for cell in cells for name in re.findall(r'timing\.measured\(\s*"([^"]+)"', cell.source)]
    assert sorted(names) == sorted(json.loads(timing.STORED.read_text("utf-8"))) and names
