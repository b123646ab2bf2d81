"""Times that a lecture measures: a page of the site shows stored measurements.

So every build of the site is the same. `make site ARGS=--times` measures them ten times and stores the shortest.
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
    """Measures a time; on a page of the site, uses the stored one, and prints on which machine it was measured.

    Args:
        name: of the measurement; unique among all lectures.
        measure: returns seconds, as a list of any shape.

    Returns:
        the seconds, of this shape.
    """
    stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    if pages.folder():
        print(f"Measured on {stored[name]['machine']}. In a notebook, your own machine is measured.")
        return np.array(stored[name]["seconds"])
    seconds = np.asarray(measure())
    if os.environ.get("MLP_STORE_TIMES"):
        seconds = np.min([seconds, *(measure() for _ in range(9))], axis=0)  # on a busy machine, some are too long
        rounded = np.vectorize(lambda number: float(f"{number:.4g}"))(seconds)
        stored[name] = {"machine": _machine(), "seconds": rounded.tolist()}
        lines = (f"{json.dumps(name)}: {json.dumps(stored[name])}" for name in sorted(stored))
        STORED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return seconds


def _machine() -> str:
    return f"{os.cpu_count()} cores ({platform.system()}, Python {platform.python_version()})"
