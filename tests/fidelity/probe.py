"""What a probe is: one small notebook, written as an instructor would, and submissions of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from textwrap import dedent

import nbformat
from nbformat import v4

POINTS = 4
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
LIGHT = ["numpy", "unittest", "utils.explain"]  # modules
HEAVY = ["torch", "scipy.optimize", "pandas", "matplotlib.pyplot", "sympy"]  # a process that has these is forked slowly
_HEAVY = re.compile(rf"\b({'|'.join(name.partition('.')[0] for name in HEAVY)})\b")
RAISING = "raise RuntimeError('this cell does not get any further')"


@dataclass(frozen=True)
class Probe:
    """One way to write a test cell.

    The notebook's cells stand in the order of the fields: what is given, the student's cell, another one of the
    student's, a given cell that follows them, the test cells (of `POINTS` points each).

    Args:
        what: the way, in words; names the test.
        solution, again: the reference's code of the two cells to write.
        right: other right solutions (of the first cell); each gets all points.
        wrong: wrong ones; each loses points.
        cheats: solutions that plain nbgrader accepts and that have to lose points here.
        isolated: whether every test cell can be judged out of the student's reach; else at least one falls back.
        files: what stands beside the notebook.
    """

    what: str
    solution: str
    test: str | tuple[str, ...]
    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    cheats: tuple[str, ...] = ()
    given: str = ""
    again: str = ""
    then: str = ""
    isolated: bool = True
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def tests(self) -> tuple[str, ...]:
        return (self.test,) if isinstance(self.test, str) else self.test

    @property
    def is_heavy(self) -> bool:
        """Whether it names one of the heavy modules."""
        return bool(_HEAVY.search(repr(self)))

    def submissions(self) -> dict[str, str | None]:
        """The code of the student's first cell by the kind of submission; None leaves it as it was released."""
        several = {f"right {n}": code for n, code in enumerate(self.right, 1)}
        several |= {f"wrong {n}": code for n, code in enumerate(self.wrong, 1)}
        several |= {f"cheat {n}": code for n, code in enumerate(self.cheats, 1)}
        return {"reference": self.solution, **several, "untouched": None, "raising": RAISING}

    def cells(self, solution: str | None = None) -> list[tuple[str, str, str]]:
        """(kind, name, source) of each cell; with the solution regions that nbgrader clears."""
        mine = in_region(self.solution) if solution is None else dedent(solution).strip()
        cells = [
            ("given", "given", dedent(self.given).strip()),
            ("solution", "solution", mine),
            ("solution", "again", in_region(self.again) if self.again else ""),
            ("given", "then", dedent(self.then).strip()),
        ]
        cells += [("test", f"test{n}", dedent(test).strip()) for n, test in enumerate(self.tests, 1)]
        return [cell for cell in cells if cell[2]]


def in_region(code: str) -> str:
    return f"### BEGIN SOLUTION\n{dedent(code).strip()}\n### END SOLUTION"


def notebook(cells: list[tuple[str, str, str]]) -> nbformat.NotebookNode:
    """The nbgrader notebook of (kind, name, source)."""
    nb = v4.new_notebook(metadata=KERNEL)
    for kind, name, source in cells:
        test = kind == "test"
        meta = {"schema_version": 3, "grade_id": name, "locked": kind != "solution", "grade": test, "task": False}
        meta |= {"solution": kind == "solution"} | ({"points": POINTS} if test else {})
        nb.cells.append(v4.new_code_cell(source, metadata={"nbgrader": meta}, id=name))
    return nb
