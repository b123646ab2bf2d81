"""Progress for people: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections import Counter
from time import monotonic

from tqdm import tqdm

from ..engine.results import GradedSubmission, plain_text
from ..judging.outcome import Outcome

_EVERY = 10.0  # seconds between two lines if there is no terminal
_BAR = "{desc} {percentage:3.0f}%|{bar:20}| {n_fmt}/{total_fmt}{postfix}"


class Bar:
    """A progress bar of `total` steps. Use as a context manager."""

    def __init__(self, total: int, title: str):
        self.outcomes: Counter[Outcome] = Counter()
        self.terminal = sys.stderr.isatty()
        self.bar = tqdm(
            total=total, desc=title, bar_format=_BAR, mininterval=0, disable=not self.terminal, dynamic_ncols=True,
            leave=False,
        )  # fmt: skip
        self.steps = 0
        self._since: float | None = None  # when the first submission began
        self._told = monotonic()

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def step(self, name: str) -> None:
        """Shows a finished step, and counts it."""
        self.steps += 1
        name = plain_text(name)
        self.bar.set_postfix_str(name, refresh=False)
        self.bar.update()
        if not self.terminal and monotonic() - self._told >= _EVERY:
            self._told = monotonic()
            print(f"  {self.steps}/{self.bar.total}, {name}", flush=True)

    def graded(self, graded: GradedSubmission, done: int, total: int) -> None:
        """Counts a graded submission and its cells' outcomes; shows the rate and the time left."""
        now = monotonic()
        if self._since is None:  # what came before was preparation
            self._since = now - graded.seconds
        self.outcomes.update(cell.outcome for cell in graded.cells)
        counts = [f"{self.outcomes[outcome]} {outcome}" for outcome in Outcome if self.outcomes[outcome]]
        state = ", ".join([*pace(done, total, now - self._since), *counts]).replace("_", " ")
        self.bar.total = total
        self.bar.set_postfix_str(state, refresh=False)
        self.bar.update()
        if not self.terminal and (now - self._told >= _EVERY or done == total):
            self._told = now
            print(f"  {done}/{total} graded, {state}", flush=True)

    def say(self, line: str) -> None:
        """Writes a line above the bar."""
        line = plain_text(line)
        self.bar.write(line, file=sys.stdout) if self.terminal else print(line, flush=True)


def pace(done: int, total: int, seconds: float) -> list[str]:
    """The rate so far, and the time left at that rate: ``["2.5 a second", "0:04 left"]``."""
    rate = done / max(seconds, 1e-9)
    left = round((total - done) / rate)
    minutes, seconds_left = divmod(left, 60)
    clock = f"{minutes // 60}:{minutes % 60:02}:{seconds_left:02}" if minutes >= 60 else f"{minutes}:{seconds_left:02}"
    return [f"{rate:.1f} a second" if rate >= 1 else f"{60 * rate:.1f} a minute", f"{clock} left"]
