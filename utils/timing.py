"""Times that a lecture measures: on a page of the site, those that were measured when they were stored.

So the site is the same whenever it is built. `make site ARGS=--times` measures them ten times and stores the shortest.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from . import pages

STORED = Path(__file__).parent / "times.json"


def measured(name: str, measure: Callable[[], ArrayLike]) -> np.ndarray:
    """Measures here and now; on a page of the site, takes what is stored, and prints on which machine it was measured.

    Args:
        name: of the measurement; no other of any lecture has it.
        measure: gives seconds, a list of any shape.

    Returns:
        the seconds, of this shape.
    """
    stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    if pages.folder():
        print(f"Measured on {stored[name]['machine']}. In a notebook, your own machine is measured.")
        return np.array(stored[name]["seconds"])
    seconds = np.asarray(measure())
    if os.environ.get("MLP_STORE_TIMES"):
        seconds = np.min([seconds, *(measure() for _ in range(9))], axis=0)  # on a busy machine some are too long
        rounded = np.vectorize(lambda number: float(f"{number:.4g}"))(seconds)
        stored[name] = {"machine": _machine(), "seconds": rounded.tolist()}
        lines = (f"{json.dumps(name)}: {json.dumps(stored[name])}" for name in sorted(stored))
        STORED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return seconds


def _machine() -> str:
    return f"{os.cpu_count()} cores ({platform.system()}, Python {platform.python_version()})"
