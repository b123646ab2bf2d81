"""Experiments that take too long for a lecture: a command runs them and stores the results as small data.

An experiment is a function that runs one setting for several seeds. `sweep` gives the settings and seeds:

    @sweep(settings=[dict(units=2), dict(units=3)], seeds=range(5))
    def rosenbrock(units, seeds):
        ...
        return {"loss": losses}  # one number for each seed

A lecture calls it directly for a small live run, and reads `rosenbrock.stored()` for the large one. The results are
stored with a fingerprint of the code that made them, so that results from other code are detected, and with the
versions of Python and of the libraries.
"""

from __future__ import annotations

import functools
import inspect
import json
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from .fingerprint import fingerprint
from .memory import apart
from .progress import progress

LIBRARIES = ("numpy", "scikit-learn", "scipy", "torch")
# JSON has no notation for these; they are stored as strings.
NOT_FINITE = {"Infinity": np.inf, "-Infinity": -np.inf, "NaN": np.nan}


class Sweep:
    """A function `run(**setting, seeds=...)`, and the settings and seeds of its large run. Made by `sweep`.

    Attributes:
        name: the function's.
        path: of the file with its results.
    """

    def __init__(self, run: Callable, settings: Sequence[Mapping[str, Any]], seeds: Sequence[int], folder: Path):
        functools.update_wrapper(self, run)
        self.name, self.settings, self.seeds = run.__name__, list(settings), list(seeds)
        self.path = folder / f"{self.name}.json"
        self._run = run

    def __call__(self, *args: Any, **kwargs: Any) -> dict[str, np.ndarray]:
        """Runs one setting now: returns the function's results as arrays with one entry per seed."""
        return {name: np.asarray(values) for name, values in self._run(*args, **kwargs).items()}

    def __fingerprint__(self) -> tuple:
        return self._run, self.settings, self.seeds

    def fingerprint(self) -> str:
        """The fingerprint of the settings, the seeds and the code, including everything it uses in this package.

        The progress bar is not part of it, nor is the process in which a data set is read.
        """
        return fingerprint(self._run, self.settings, self.seeds, without=(sweep, progress, apart))

    def is_current(self) -> bool:
        """Whether there are stored results, made by the current code."""
        return self.path.exists() and json.loads(self.path.read_text(encoding="utf-8"))["code"] == self.fingerprint()

    def run_all(self) -> None:
        """Runs all settings under a progress bar, and stores the results."""
        code, rows = self.fingerprint(), []
        for setting in progress(self.settings, self.name, unit="setting"):
            results = self(**setting, seeds=self.seeds)
            rows.append(dict(setting) | {name: _stored_form(values.tolist()) for name, values in results.items()})
        self._store(code, versions(), rows)

    def _store(self, code: str, versions: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
        head = {"code": code, "versions": dict(versions), "seeds": self.seeds}
        fields = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
        lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
        fields.append(f'"rows": [\n{lines}\n]')
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text("{\n" + ",\n".join(fields) + "\n}\n", encoding="utf-8")

    def stored(self) -> list[dict[str, Any]]:
        """The results of the large run.

        Returns:
            for each setting, in order, a dictionary of the setting and of its results, arrays (seeds,).

        Raises:
            FileNotFoundError: if it has not been run yet; the message gives the command to run it.
        """
        if not self.path.exists():
            raise FileNotFoundError(f"there are no results of {self.name}: make them by `make sweeps ARGS={self.name}`")
        rows = json.loads(self.path.read_text(encoding="utf-8"))["rows"]
        of_setting = [set(setting) for setting in self.settings]
        return [
            {key: value if key in given else np.array(_read_form(value)) for key, value in row.items()}
            for row, given in zip(rows, of_setting, strict=True)
        ]


def sweep(settings: Sequence[Mapping[str, Any]], seeds: Sequence[int]) -> Callable[[Callable], Sweep]:
    """Makes a function an experiment; its results are stored in `results/`, beside the file that defines it.

    Args:
        settings: the keyword arguments of each run: numbers, strings, lists, or anything else that JSON can represent.
        seeds: passed to each run as `seeds`.
    """

    def decorate(run: Callable) -> Sweep:
        return Sweep(run, settings, seeds, Path(inspect.getfile(run)).parent / "results")

    return decorate


def sweeps_of(module: ModuleType) -> list[Sweep]:
    """All experiments that a module defines, in its order."""
    return [
        thing for thing in vars(module).values() if isinstance(thing, Sweep) and thing.__module__ == module.__name__
    ]


def main(sweeps: Sequence[Sweep], arguments: Sequence[str]) -> int:
    """The command: runs the named experiments, or else those whose results do not match the code.

    Args:
        sweeps: all experiments.
        arguments: names; or `--check`, to run none and only list those that are out of date.

    Returns:
        0, or 1 if a check found something out of date, or a name is unknown.
    """
    names = [sweep.name for sweep in sweeps]
    if unknown := [name for name in arguments if name not in [*names, "--check"]]:
        print(f"there is no experiment {', '.join(unknown)}; choose from {', '.join(names)}", file=sys.stderr)
        return 1
    if "--check" in arguments:
        late = [sweep.name for sweep in sweeps if not sweep.is_current()]
        for name in late:
            print(f"{name}: its results do not match its code; run `make sweeps ARGS={name}`")
        return int(bool(late))
    for sweep in sweeps:
        if sweep.name in arguments or not arguments and not sweep.is_current():
            sweep.run_all()
    return 0


def versions() -> dict[str, str]:
    """The versions of Python and of the libraries that experiments compute with."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in LIBRARIES}


def _stored_form(value: Any) -> Any:
    """Numbers as they are stored: with six digits, which is more than two machines agree on."""
    if isinstance(value, list):
        return [_stored_form(item) for item in value]
    if not isinstance(value, float):
        return value
    text = next((text for text, number in NOT_FINITE.items() if np.array_equal(number, value, equal_nan=True)), None)
    return text or float(f"{value:.6g}")


def _read_form(value: Any) -> Any:
    if isinstance(value, list):
        return [_read_form(item) for item in value]
    return NOT_FINITE.get(value, value) if isinstance(value, str) else value
