"""The content of a feedback page besides the notebook; separate from `feedback`, whose imports are slow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Given:
    """The result for a cell: points, maximum, and whether a person still has to grade it."""

    score: float
    points: float
    waiting: bool


@dataclass(frozen=True)
class Sheet:
    """The content of a page besides the notebook: points, and people's comments, by the cell's name."""

    notebook: str
    late_penalty: float
    given: Mapping[str, Given]
    comments: Mapping[str, str]


Bodies = Mapping[tuple[str, str], str]  # cell type and source -> HTML
