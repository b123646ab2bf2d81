"""The long experiments of the lectures, one file per lecture; their results are in `results/`.

`make sweeps` runs those whose results no longer match the code.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from ..sweeps import Sweep, sweeps_of


def all_sweeps() -> list[Sweep]:
    """Every experiment of every lecture."""
    names = sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    return [sweep for name in names for sweep in sweeps_of(import_module(f"{__name__}.{name}"))]
