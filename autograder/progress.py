"""Progress for people: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections import Counter

from tqdm import tqdm

from .results import GradedSubmission, Outcome

_EVERY = 10  # without a terminal: one line per so many submissions


class Bar:
    """A progress bar of `total` steps. Use as a context manager."""

    def __init__(self, total: int, title: str):
        self.total, self.title, self.count = total, title, 0
        self.outcomes: Counter[str] = Counter()
        self.terminal = sys.stderr.isatty()
        self.bar = tqdm(total=total, desc=title, disable=not self.terminal, dynamic_ncols=True, leave=False)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_) -> None:
        self.bar.close()

    def step(self, name: str) -> None:
        """Says what is being done now, and counts it."""
        self.count += 1
        self.bar.set_postfix_str(name)
        self.bar.update()

    def graded(self, graded: GradedSubmission, done: int, total: int) -> None:
        """Counts a graded submission and its cells' outcomes."""
        self.outcomes.update(str(cell.outcome) for cell in graded.cells if cell.outcome is not Outcome.PASSED)
        self.bar.total = total
        self.bar.set_postfix_str(", ".join(f"{n} {name}" for name, n in self.outcomes.most_common(4)))
        self.bar.update()
        if not self.terminal and (done % _EVERY == 0 or done == total):
            print(f"  {done}/{total} graded", flush=True)

    def say(self, line: str) -> None:
        self.bar.write(line, file=sys.stdout) if self.terminal else print(line, flush=True)
