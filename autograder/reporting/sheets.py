"""What stands on a feedback page besides the notebook. Apart from `feedback`, whose libraries take long to import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Given:
    """What was given for a cell: points, of how many, and whether a person has still to give them."""

    score: float
    points: float
    waiting: bool


@dataclass(frozen=True)
class Sheet:
    """What stands on a page besides the notebook: points, and comments that people wrote, by the cell's name."""

    notebook: str
    late_penalty: float
    given: Mapping[str, Given]
    comments: Mapping[str, str]


Bodies = Mapping[tuple[str, str], str]  # cell type and source -> HTML
