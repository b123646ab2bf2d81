"""Experiments that take too long for a lecture: a command runs them, and keeps what came out as small data.

An experiment is a function that runs one setting for several seeds. `sweep` says with which settings and seeds:

    @sweep(settings=[dict(units=2), dict(units=3)], seeds=range(5))
    def rosenbrock(units, seeds):
        ...
        return {"loss": losses}  # one number for each seed

A lecture calls it as it is for a small run, live, and reads `rosenbrock.stored()` for the large one. With its results a
fingerprint of the code is kept, that of all it calls in this package included: results that the code of today did
not make are found out.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import json
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from tqdm.auto import tqdm

PACKAGE = __name__.partition(".")[0]


class Sweep:
    """A function `run(**setting, seeds=...)`, and the settings and seeds of its large run. Made by `sweep`.

    Attributes:
        name: the function's.
        path: of the file that keeps its results.
    """

    def __init__(self, run: Callable, settings: Sequence[Mapping[str, Any]], seeds: Sequence[int], folder: Path):
        functools.update_wrapper(self, run)
        self.name, self.settings, self.seeds = run.__name__, list(settings), list(seeds)
        self.path = folder / f"{self.name}.json"
        self._run = run

    def __call__(self, *args: Any, **kwargs: Any) -> dict[str, np.ndarray]:
        """Runs one setting, here and now: what the function returns, as arrays of one entry for each seed."""
        return {name: np.asarray(values) for name, values in self._run(*args, **kwargs).items()}

    def fingerprint(self) -> str:
        """Of the settings, the seeds, and the code: its own and that of everything in this package it uses."""
        parts = [repr((self.settings, self.seeds)), *sorted(_code_of(self._run).values())]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def is_current(self) -> bool:
        """Whether there are stored results, made by the code as it is now."""
        return self.path.exists() and json.loads(self.path.read_text(encoding="utf-8"))["code"] == self.fingerprint()

    def run_all(self) -> None:
        """Runs all settings under a progress bar, and stores what came out."""
        rows = []
        for setting in tqdm(self.settings, desc=self.name, unit="setting"):
            results = self(**setting, seeds=self.seeds)
            rows.append(dict(setting) | {name: _rounded(values) for name, values in results.items()})
        lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
        head = f'"code": "{self.fingerprint()}",\n"seeds": {json.dumps(self.seeds)},\n"rows": [\n{lines}\n]'
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text(f"{{\n{head}\n}}\n", encoding="utf-8")

    def stored(self) -> list[dict[str, Any]]:
        """What the large run found.

        Returns:
            for each setting, in order, a dictionary of the setting and of its results, arrays (seeds,).

        Raises:
            FileNotFoundError: where it has not been run yet; the message tells the command that does.
        """
        if not self.path.exists():
            raise FileNotFoundError(f"there are no results of {self.name}: make them by `make sweeps ARGS={self.name}`")
        rows = json.loads(self.path.read_text(encoding="utf-8"))["rows"]
        of_setting = [set(setting) for setting in self.settings]
        return [
            {key: value if key in given else np.array(value) for key, value in row.items()}
            for row, given in zip(rows, of_setting, strict=True)
        ]


def sweep(settings: Sequence[Mapping[str, Any]], seeds: Sequence[int]) -> Callable[[Callable], Sweep]:
    """Makes a function an experiment; its results lie in `results/`, beside the file that defines it.

    Args:
        settings: the keyword arguments of each run; numbers, texts, lists: what JSON can hold.
        seeds: handed to each run as `seeds`.
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
    """The command: runs the named experiments, or else those whose results do not belong to the code.

    Args:
        sweeps: all that there are.
        arguments: names; or `--check`, to run none and only say which are out of date.

    Returns:
        0, or 1 where a check found something out of date, or a name is unknown.
    """
    names = [sweep.name for sweep in sweeps]
    if unknown := [name for name in arguments if name not in [*names, "--check"]]:
        print(f"there is no experiment {', '.join(unknown)}; choose from {', '.join(names)}", file=sys.stderr)
        return 1
    if "--check" in arguments:
        late = [sweep.name for sweep in sweeps if not sweep.is_current()]
        for name in late:
            print(f"{name}: its results do not belong to its code; `make sweeps ARGS={name}` makes them anew")
        return int(bool(late))
    for sweep in sweeps:
        if sweep.name in arguments or not arguments and not sweep.is_current():
            sweep.run_all()
    return 0


def _rounded(values: np.ndarray) -> list:
    """Six digits are more than two machines agree on."""
    return [float(f"{value:.6g}") if isinstance(value, float) else value for value in values.tolist()]


def _code_of(thing: Any, found: dict[str, str] | None = None) -> dict[str, str]:
    """The code of a function or class, and of all of this package that it names, by their names.

    Comments, docstrings and layout are not code.
    """
    found = {} if found is None else found
    thing = inspect.unwrap(thing)
    name = f"{thing.__module__}.{thing.__qualname__}"
    if name in found:
        return found
    tree = ast.parse(textwrap.dedent(inspect.getsource(thing)))
    tree.body[0].decorator_list = []
    _drop_docstrings(tree)
    found[name] = ast.dump(tree)
    here = vars(sys.modules[thing.__module__])
    for node in ast.walk(tree):
        used = None
        if isinstance(node, ast.Name):
            used = here.get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used = getattr(here.get(node.value.id), node.attr, None)
        if isinstance(used, Sweep):
            used = used._run
        if isinstance(used, FunctionType | type) and used.__module__.partition(".")[0] == PACKAGE:
            _code_of(used, found)
        elif isinstance(node, ast.Name) and isinstance(used, int | float | str | list | tuple | dict):
            found[f"{thing.__module__}.{node.id}"] = repr(used)
    return found


def _drop_docstrings(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
