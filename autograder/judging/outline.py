"""What all right solutions share when the rest is the student's choice: how lists are nested, and arrays' axes.

An outline is a number of axes, an `Alike` for a list of similar items, a list of outlines for different items, or None
if anything is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Alike:
    """The outline of a list of any length."""

    item: Any


def outline(value: Any) -> Any:
    """The outline of a value."""
    if isinstance(value, np.ndarray | np.generic | int | float):
        return np.ndim(value)
    if not isinstance(value, list | tuple) or not value:
        return None
    items = [outline(item) for item in value]
    return Alike(items[0]) if all(item == items[0] for item in items) else items


def shared(values: Iterable[Any]) -> Any:
    """The outline that several values have in common."""
    return reduce(_common, map(outline, values))


def _common(one: Any, other: Any) -> Any:
    if one == other:
        return one
    if isinstance(one, Alike) and isinstance(other, Alike):
        return Alike(_common(one.item, other.item))
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [_common(*pair) for pair in zip(one, other, strict=True)]
    return None


def unlike(value: Any, wanted: Any) -> str:
    """How a value differs from an outline, as text; empty if it does not."""
    given = outline(value)
    if isinstance(wanted, list) and isinstance(value, list | tuple) and len(value) == len(wanted):
        if _words(given, wanted, value) and not _words(outline(value[::-1]), wanted, value[::-1]):
            return "Its parts are of the right kinds, but in reverse order."
    return _words(given, wanted, value)


def _words(given: Any, wanted: Any, value: Any, what: str = "It") -> str:
    if wanted is not None and isinstance(value, dict):
        return f"{what} is a dictionary, but {_kind(wanted)} is expected."
    if wanted is None or given is None or given == wanted:
        return ""
    parts = len(wanted) if isinstance(wanted, list) else 0
    listed = isinstance(value, list | tuple)
    if listed and not isinstance(wanted, int) and (not parts or len(value) == parts):
        wants = wanted if parts else [wanted.item] * len(value)
        for i, (item, want) in enumerate(zip(value, wants, strict=True)):
            place = f"element {i} of {len(value)} (counted from 0)"
            inside = f"In {place}: it" if what == "It" else f"{what.removesuffix(': it')}, in {place}: it"
            if words := _words(outline(item), want, item, inside):
                return words
        return ""
    if isinstance(given, int) and isinstance(wanted, Alike) and given == _axes(wanted):
        return ""  # an array contains its rows as a list does
    return f"{what} is {_kind(given, value)}, but {_kind(wanted)} is expected."


def _axes(wanted: Any) -> int | None:
    """The axes of an array that can replace lists of an outline; None if none can."""
    if isinstance(wanted, Alike):
        inner = _axes(wanted.item)
        return None if inner is None else inner + 1
    return wanted if isinstance(wanted, int) else None


def _kind(it: Any, value: Any = None) -> str:
    if isinstance(it, int):
        return "a number" if it == 0 else f"an array with {it} {'axis' if it == 1 else 'axes'}"
    if isinstance(it, list):
        return f"a list or tuple of {len(it)} parts"
    several = f"a list of {len(value)}" if isinstance(value, list | tuple) else "a list of"
    if it.item == 0:
        return f"{several} numbers"
    return f"{several} arrays" if isinstance(it.item, int) else f"{several} lists or tuples"
