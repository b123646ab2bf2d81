"""A notebook's kernel gives back what cells have freed, and reads data sets without keeping the library."""

from __future__ import annotations

import pickle
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from IPython.core.events import EventManager

from utils import memory


@pytest.fixture
def notebook(monkeypatch):
    """Pretends that this is a kernel of Jupyter."""
    shell = SimpleNamespace(kernel=True)
    shell.events = EventManager(shell, {"post_run_cell": lambda result: None})
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    return shell


def test_memory_is_given_back_once_after_each_cell_of_a_notebook_and_nowhere_else(notebook, monkeypatch):
    for _ in range(2):
        memory.give_back_after_cells()
    assert notebook.events.callbacks["post_run_cell"].count(memory.give_back) == 1
    notebook.events.trigger("post_run_cell", None)
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    memory.give_back_after_cells()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only the C library of Linux keeps freed memory")
def test_what_is_freed_goes_back_to_the_system():
    code = """
import psutil
from utils import memory

size = lambda: psutil.Process().memory_info().rss
kept = [bytearray(100_000) for _ in range(1000)]  # too small to be taken from the system one by one
last = kept.pop()  # lies above them
del kept
before = size()
memory.give_back()
print(before - size())
"""
    told = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert int(told) > 80e6


def test_a_function_runs_apart_only_in_a_notebook_that_has_not_imported_the_library(notebook, monkeypatch):
    ran = []
    monkeypatch.setattr(memory.subprocess, "run", lambda command, **_: ran.append(command) or pytest.fail("not here"))
    call = memory.apart("numpy")(lambda x: 2 * x)
    assert call(3) == 6 and not ran, "numpy is here"
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    assert memory.apart("a_library_that_is_not_here")(lambda x: 2 * x)(x=3) == 6 and not ran, "this is no notebook"


def test_a_call_that_was_made_apart_starts_no_process_again_and_each_caller_gets_a_copy(notebook, monkeypatch):
    call = memory.apart("a_library_that_is_not_here")(lambda size: None)
    ran = []

    def run(command, **_):
        ran.append(command)
        return SimpleNamespace(stdout=pickle.dumps(np.zeros(2)))

    monkeypatch.setattr(memory.subprocess, "run", run)
    call(2)[:] = 1
    assert (call(2) == 0).all() and len(ran) == 1
    call(size=2)
    assert len(ran) == 2


def test_a_function_of_a_cell_runs_apart_too():
    code = """
import os
from IPython.core.interactiveshell import InteractiveShell

cell = '''
from utils import memory

@memory.apart("a_library_that_is_not_here")
def told(*numbers, text):
    import os

    return [os.getpid(), *numbers, text]

process, *rest = told(1, None, text="two")
'''
shell = InteractiveShell.instance()
shell.kernel = True
shell.run_cell(cell).raise_error()
assert shell.user_ns["process"] != os.getpid() and shell.user_ns["rest"] == [1, None, "two"]
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_fails_apart_is_done_here(notebook):
    def divide(x):
        return 1 / x

    with pytest.raises(ZeroDivisionError):
        memory.apart("a_library_that_is_not_here")(divide)(0)


def test_in_a_notebook_data_sets_are_the_same_and_scikit_learn_is_not_loaded():
    code = """
import sys
from types import SimpleNamespace
import IPython

if sys.argv[1] == "notebook":
    IPython.get_ipython = lambda: SimpleNamespace(kernel=True)
from utils import data

sums = [float(array.sum()) for array in (*data.digits(), data.sample_picture(name="flower"))]
print(*sums, "sklearn" in sys.modules)
"""
    told = [
        subprocess.run(
            [sys.executable, "-c", code, where], stdout=subprocess.PIPE, text=True, check=True
        ).stdout.split()
        for where in ("notebook", "elsewhere")
    ]
    assert told[0][:-1] == told[1][:-1] and [words[-1] for words in told] == ["False", "True"]
    assert np.isfinite([float(word) for word in told[0][:-1]]).all()
