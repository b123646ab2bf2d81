"""A progress bar that leaves nothing behind, neither in the notebook nor on a page made from it."""

from __future__ import annotations

import html
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

from IPython import get_ipython
from IPython.display import DisplayHandle, display
from tqdm import tqdm

Item = TypeVar("Item")
_PAUSE = 0.2  # seconds between two updates


def progress(items: Sequence[Item], title: str | None, unit: str = "step") -> Iterator[Item]:
    """Yields items one by one and shows how many are done, until the last one is.

    Args:
        items: what to do, in order.
        title: beside the bar; None for no bar.
        unit: the name of an item, for a bar in a terminal.

    Yields:
        the items.
    """
    if title is None:
        yield from items
    elif not hasattr(get_ipython(), "kernel"):
        yield from tqdm(items, desc=title, unit=unit, leave=False)
    else:
        yield from _in_a_notebook(items, title)


def _in_a_notebook(items: Sequence[Item], title: str) -> Iterator[Item]:
    shown = display(_bar(title, 0, len(items)), raw=True, display_id=True)
    try:
        last = time.monotonic()
        for done, item in enumerate(items):
            yield item
            if time.monotonic() > last + _PAUSE:
                shown.update(_bar(title, done + 1, len(items)), raw=True)
                last = time.monotonic()
    finally:
        _clear(shown)


def _bar(title: str, done: int, total: int) -> dict[str, str]:
    """The output for Jupyter."""
    name = html.escape(title)
    bar = f'<progress value="{done}" max="{total}" aria-label="{name}"></progress>'
    return {"text/html": f"{name} {bar} {done / max(total, 1):.0%}", "text/plain": f"{title}: {done} of {total}"}


def _clear(shown: DisplayHandle) -> None:
    shown.update({"text/plain": ""}, raw=True)
