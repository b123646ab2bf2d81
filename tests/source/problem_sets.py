"""What the tests of a problem set share: reading its notebook and its variants, and running its cells."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Variant:
    """One block of a catalogue: a named mistake, or another right solution, for one solution cell."""

    kind: str  # "mistake" or "alternative"
    name: str
    replaces: str
    costs: frozenset[str]
    message: str
    code: str


def read_variants(path: Path) -> list[Variant]:
    """Reads a catalogue of variants.

    Args:
        path: of the catalogue. A block begins with `# %% mistake: name` or `# %% alternative: name`, then
            come the lines `# replaces:`, `# costs:`, `# message:`, and then the code of the cell.

    Returns:
        The variants, in the order of the file.

    Raises:
        ValueError: a block lacks what it needs.
    """
    variants = []
    _, *blocks = re.split(r"^# %% ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for block in blocks:
        title, *lines = block.split("\n")
        kind, _, name = title.partition(": ")
        fields: dict[str, str] = {}
        while lines and lines[0].startswith("#"):
            line = lines.pop(0)
            if field := re.match(r"# (replaces|costs|message): (.+)", line):
                last, value = field.groups()
                fields[last] = value
            else:
                fields[last] += " " + line.lstrip("# ")
        if kind not in ("mistake", "alternative") or "replaces" not in fields:
            raise ValueError(f"{path.name}: '{title}' is neither a mistake nor an alternative of a cell")
        if (kind == "mistake") != ({"costs", "message"} <= fields.keys()):
            raise ValueError(f"{path.name}: '{name}': a mistake, and only a mistake, has costs and a message")
        costs = frozenset(cost.strip() for cost in fields.get("costs", "").split(",") if cost.strip())
        code = "\n".join(lines).strip() + "\n"
        variants.append(Variant(kind, name, fields["replaces"], costs, fields.get("message", ""), code))
    return variants


def read_notebook(path: Path) -> NotebookNode:
    """Reads a notebook in the current format."""
    return nbformat.read(path, as_version=4)


def grade_id(cell: NotebookNode) -> str:
    """The cell's nbgrader name, or "" where it has none."""
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def is_test(cell: NotebookNode) -> bool:
    """Whether this is a cell of tests that the grader runs."""
    about = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and about.get("grade", False) and not about.get("solution", False)


@contextmanager
def a_students_session() -> Iterator[dict]:
    """A fresh namespace, and Python's warning filters as they were once it is left."""
    with warnings.catch_warnings():
        yield {"__name__": "__main__"}


def failures(notebook: NotebookNode, replaced: Mapping[str, str] | None = None) -> dict[str, Exception]:
    """Runs all code cells in one namespace, going on after an error as the grader does.

    Args:
        notebook: a source or a release notebook.
        replaced: the code that takes the place of a whole cell, by its grade_id.

    Returns:
        What each failed test cell raised, by its grade_id; empty where all passed.
    """
    failed = {}
    with a_students_session() as namespace:
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            code = (replaced or {}).get(grade_id(cell), cell.source)
            try:
                exec(compile(code, grade_id(cell) or cell.id, "exec"), namespace)
            except Exception as error:  # whatever a student's code may raise
                if is_test(cell):
                    failed[grade_id(cell)] = error
    return failed
