"""Long experiments keep their results, and it shows when the code that made them has changed."""

from __future__ import annotations

import importlib
import json
import linecache
import platform
import sys

import numpy as np
import pytest

from utils import experiments, sweeps

HELPERS = '''
from functools import cache

import numpy as np

SCALE = 2.0
_SHIFT = np.array([0.0, 0.0, 0.0])


@cache
def _scale():
    return SCALE * 1.0


def double(x):
    """Twice x."""
    return _scale() * x + _SHIFT[0]  # as it says
'''
EXPERIMENT = """
import numpy as np

from utils import trial_helpers
from utils.sweeps import sweep


@sweep(settings=[dict(width=1), dict(width=10)], seeds=range(3))
def doubled(width, seeds):
    return {"loss": trial_helpers.double(width + np.array(seeds))}
"""


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Makes the experiment `doubled` from source text, in a package of its own."""

    def make(helpers=HELPERS, experiment=EXPERIMENT):
        for name, text in [("trial_helpers", helpers), ("trial_experiment", experiment)]:
            (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
            monkeypatch.delitem(sys.modules, f"utils.{name}", raising=False)
            sys.modules["utils"].__dict__.pop(name, None)
        importlib.invalidate_caches()
        linecache.clearcache()
        return importlib.import_module("utils.trial_experiment").doubled

    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # two texts of one second would share it
    monkeypatch.setattr(sys.modules["utils"], "__path__", [*sys.modules["utils"].__path__, str(tmp_path)])
    yield make
    for name in ("trial_helpers", "trial_experiment"):
        sys.modules.pop(f"utils.{name}", None)
        sys.modules["utils"].__dict__.pop(name, None)


def test_an_experiment_is_called_as_the_function_it_is(make):
    np.testing.assert_array_equal(make()(width=10, seeds=[0, 5])["loss"], [20.0, 30.0])


def test_what_the_large_run_found_is_kept(make):
    doubled = make()
    with pytest.raises(FileNotFoundError, match="make sweeps ARGS=doubled"):
        doubled.stored()
    assert not doubled.is_current()
    assert sweeps.main([doubled], []) == 0
    first, second = make().stored()
    assert (first["width"], second["width"]) == (1, 10)
    np.testing.assert_array_equal(second["loss"], [20.0, 22.0, 24.0])
    assert make().is_current() and sweeps.main([make()], ["--check"]) == 0


def test_comments_and_docstrings_are_not_code(make):
    make().run_all()
    assert make(HELPERS.replace("# as it says", "").replace("Twice x", "x, twice")).is_current()


@pytest.mark.parametrize(
    "change",
    [
        dict(helpers=HELPERS.replace("_scale() * x", "x + x")),
        dict(helpers=HELPERS.replace("* 1.0", "/ 1.0")),
        dict(helpers=HELPERS.replace("2.0", "3.0")),
        dict(helpers=HELPERS.replace("0.0, 0.0]", "0.0, 1.0]")),
        dict(experiment=EXPERIMENT.replace("width + np", "width - np")),
        dict(experiment=EXPERIMENT.replace("width=10", "width=20")),
        dict(experiment=EXPERIMENT.replace("range(3)", "range(4)")),
    ],
    ids=[
        "a function it calls",
        "a cached function",
        "a constant",
        "an array",
        "its own code",
        "its settings",
        "its seeds",
    ],
)
def test_results_do_not_belong_to_the_code_once_it_has_changed(make, change, capsys):
    make().run_all()
    changed = make(**change)
    assert not changed.is_current()
    assert sweeps.main([changed], ["--check"]) == 1
    assert "make sweeps ARGS=doubled" in capsys.readouterr().out


def test_results_are_stored_with_the_versions_that_made_them(make):
    doubled = make()
    doubled.run_all()
    versions = json.loads(doubled.path.read_text())["versions"]
    assert versions["numpy"] == np.__version__ and versions["python"] == platform.python_version()
    assert set(versions) == {"python", "numpy", "scikit-learn", "scipy", "torch"}


def test_numbers_that_are_not_finite_are_stored_as_valid_json_and_read_back(make):
    text = EXPERIMENT.replace("trial_helpers.double(width + np.array(seeds))", "[[np.inf, -np.inf], [np.nan, width]]")
    doubled = make(experiment=text)
    doubled.run_all()

    def refuse(word):
        raise ValueError(f"{word} is not JSON")

    json.loads(doubled.path.read_text(), parse_constant=refuse)
    first, second = (row["loss"] for row in doubled.stored())
    np.testing.assert_array_equal(first, [[np.inf, -np.inf], [np.nan, 1]])
    np.testing.assert_array_equal(second, [[np.inf, -np.inf], [np.nan, 10]])


def test_the_code_is_what_it_was_when_the_run_began(make, monkeypatch):
    doubled = make()
    codes = iter(["before", "after"])
    monkeypatch.setattr(type(doubled), "fingerprint", lambda self: next(codes))
    doubled.run_all()
    assert json.loads(doubled.path.read_text())["code"] == "before"


def test_a_name_that_is_none_is_said_with_those_that_are(make, capsys):
    assert sweeps.main([make()], ["tripled"]) == 1
    assert "tripled; choose from doubled" in capsys.readouterr().err


@pytest.mark.parametrize("sweep", experiments.all_sweeps(), ids=lambda sweep: sweep.name)
def test_the_stored_results_belong_to_the_code(sweep):
    assert sweep.is_current(), f"make them anew: make sweeps ARGS={sweep.name}"
