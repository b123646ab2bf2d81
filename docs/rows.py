"""Which cell covers which row of the curriculum: `python docs/rows.py`, or `make rows`.

`curriculum.csv` has a row for each demonstration of the course, `errata.csv` one for each mistake in a deck. A
notebook's cells name the rows they cover in their tags, `row:X1`, and the mistakes they correct, `erratum:E5`.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parent
KINDS = {
    "picture": re.compile(r"\b(?:live\.picture|playground\.show)\("),
    "claim": re.compile(r"^\s*assert\b", re.MULTILINE),
    "quiz": re.compile(r"\bquiz\.ask\("),
}


@dataclass(frozen=True)
class Row:
    """Something that a notebook has to contain: a demonstration of the curriculum, or the correction of a mistake.

    Attributes:
        id: "X1", or "E11" for a mistake.
        tag: the tag of the cells that cover it.
        notebook: the notebook with these cells, without the ending.
        needs: what these cells must contain: a claim, and a picture if the curriculum names a control.
    """

    id: str
    tag: str
    notebook: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """A cell that covers a row.

    Attributes:
        notebook: its notebook's name, without the ending.
        id: the cell's.
        kinds: which of "picture", "claim", "quiz" its code has.
    """

    notebook: str
    id: str
    kinds: frozenset[str]


def rows() -> list[Row]:
    """Everything that the curriculum and the list of errata require."""
    curriculum, notebook = table("curriculum.csv"), {}
    wanted = []
    for row in curriculum:
        notebook[row["id"]] = row["notebook"]
        needs = ("claim", "picture") if row["moves"] else ("claim",)
        wanted.append(Row(row["id"], f"row:{row['id']}", row["notebook"], needs))
    for mistake in table("errata.csv"):
        wanted.append(Row(mistake["id"], f"erratum:{mistake['id']}", notebook[mistake["row"]], ("claim",)))
    return wanted


def table(name: str) -> list[dict[str, str]]:
    """A table in this folder: a dictionary for each line, by the column names in its header."""
    with open(DOCS / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cells_by_tag(folder: Path) -> dict[str, list[Cell]]:
    """The cells with each tag, in the order of the notebooks in a folder."""
    found: dict[str, list[Cell]] = {}
    for path in sorted(folder.glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"]) if cell["cell_type"] == "code" else ""
            kinds = frozenset(kind for kind, pattern in KINDS.items() if pattern.search(source))
            for tag in cell["metadata"].get("tags", []):
                found.setdefault(tag, []).append(Cell(path.stem, cell["id"], kinds))
    return found


def gaps(row: Row, cells: Sequence[Cell]) -> list[str]:
    """What the cells with a row's tag in its own notebook lack."""
    own = [cell for cell in cells if cell.notebook == row.notebook]
    return [kind for kind in row.needs if not any(kind in cell.kinds for cell in own)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints every row with its cells; returns 1 if a required notebook lacks something."""
    parser = argparse.ArgumentParser(description="Which cell covers which row of the curriculum.")
    parser.add_argument(
        "--require", nargs="+", default=[], metavar="NOTEBOOK", help="fail if these lack a row: 02, or 02_xor"
    )
    parser.add_argument("--notebooks", type=Path, default=DOCS.parent / "notebooks", help="the folder to look in")
    options = parser.parse_args(arguments)
    wanted, found = rows(), cells_by_tag(options.notebooks)
    for name in options.require:
        if not any(row.notebook.startswith(name) for row in wanted):
            parser.error(f"no row of the curriculum belongs to a notebook {name!r}")

    incomplete = []
    for row in wanted:
        cells = found.get(row.tag, [])
        has = [kind for kind in KINDS if any(kind in cell.kinds for cell in cells)]
        lacks = [f"no {kind}" for kind in gaps(row, cells)]
        incomplete += [row] if lacks else []
        told = ", ".join(has + lacks) if cells else "missing"
        print(f"{row.id:4} {row.notebook:27} {told:22} {' '.join(cell.id for cell in cells)}".rstrip())

    print(f"\n{len(wanted) - len(incomplete)} of {len(wanted)} rows are complete")
    required = [row.id for row in incomplete if row.notebook.startswith(tuple(options.require or ["none"]))]
    if required:
        print(f"required but not complete: {' '.join(required)}")
    return 1 if required else 0


if __name__ == "__main__":
    raise SystemExit(main())
