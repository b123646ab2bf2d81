"""Which slide of which deck is shown where, and where a deck is wrong: `python docs/decks.py`, or `make decks`.

Writes `slides.md` and `errata.md` from the lectures: each section names its decks and their slides in a line that
begins with *Deck, and its cells carry the tags that `rows` reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rows import DOCS, cells_by_tag, table

NOTEBOOKS = DOCS.parent / "notebooks"
COMMAND = "python docs/decks.py"
# What sections call a deck, and its full title: the letters are those of curriculum.csv.
DECKS = {
    "U": ("UCLA", "UCLA CS163, lecture 5: Neural Network / Multilayer Perceptron"),
    "F": ("EPFL", "EPFL, Pascal Fua: Multi-Layer Perceptrons"),
    "M": ("Michigan", "Michigan EECS 442, lecture 7: Neural networks"),
    "G": ("Merced", "UC Merced EECS 230, lecture 3: Neural Network"),
    "T": ("Tübingen", "Tübingen, Deep Learning, lecture 3"),
}
# "UCLA CS163, lecture 5, " before the slides; the description of the slides follows.
CALLED = {letter: re.compile(rf"{name}(?: CS163|,? EECS \d+)?(?:, | )(?:[Ll]ecture \d|Multi-Layer Perceptrons),? ")
          for letter, (name, _) in DECKS.items()}  # fmt: skip
MADE = f"<!-- Made by `{COMMAND}` from the lectures: change those, not this page. -->"


@dataclass(frozen=True)
class Section:
    """A section of a lecture.

    Attributes:
        notebook: its notebook's name, without the ending.
        lecture: the notebook's title, up to its colon.
        title: "4 · Three units".
        decks: the text after "Deck:", in one line; empty if the section names none.
        rows: the ids of the rows of the curriculum that its cells cover, in order.
    """

    notebook: str
    lecture: str
    title: str
    decks: str
    rows: tuple[str, ...]

    @property
    def link(self) -> str:
        """A link to the section for a page in this folder."""
        return f"[{self.title}](../notebooks/{self.notebook}.ipynb)"


def sections(folder: Path) -> list[Section]:
    """The sections of all lectures in a folder, in order; cells before the first one belong to none."""
    found = []
    for path in sorted(folder.glob("*.ipynb")):
        lecture, parts = path.stem, []
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown" and text.startswith("# "):
                lecture = text.splitlines()[0].removeprefix("# ").partition(":")[0]
            if cell["cell_type"] == "markdown" and text.startswith("## "):
                parts.append((text.splitlines()[0].removeprefix("## "), [], []))
            if parts:
                _, texts, tags = parts[-1]
                texts += [text] if cell["cell_type"] == "markdown" else []
                tags += cell["metadata"].get("tags", [])
        for title, texts, tags in parts:
            named = re.search(r"^\*Decks?: (.+?)\*$", "\n\n".join(texts), re.MULTILINE | re.DOTALL)
            rows = dict.fromkeys(tag.removeprefix("row:") for tag in tags if tag.startswith("row:"))
            if rows:
                found.append(Section(path.stem, lecture, title, " ".join((named or [""] * 2)[1].split()), tuple(rows)))
    return found


def slides_of(decks: str) -> list[tuple[str, str]]:
    """The letter of each deck that a section names, with its description of the slides: [("T", '"Convex Sets"')]."""
    starts = sorted(
        (called.start(), called.end(), letter) for letter, name in CALLED.items() for called in name.finditer(decks)
    )
    ends = [start for start, *_ in starts] + [len(decks)]
    return [
        (letter, decks[begin:end].strip().rstrip(";."))
        for (_, begin, letter), end in zip(starts, ends[1:], strict=True)
    ]


def slides_page(folder: Path = NOTEBOOKS) -> str:
    """The page about slides, as Markdown."""
    claims = {row["id"]: row["claim"] for row in table("curriculum.csv")}
    of_deck: dict[str, list[str]] = {letter: [] for letter in DECKS}
    ours = []
    for section in sections(folder):
        rows, claim = ", ".join(section.rows), "; ".join(claims[row] for row in section.rows if row in claims)
        where = [section.lecture, section.link, rows, claim]
        if section.decks.startswith("none"):
            ours.append(_line(*where, section.decks))
        else:
            for letter, slides in slides_of(section.decks):
                of_deck[letter].append(_line(slides, *where))
    text = [
        MADE,
        "# Which slide is shown where",
        "The course follows five decks. For each, this page lists the slides that a lecture covers, in the order of "
        "the lectures: where to find them, the row of the [curriculum](curriculum.csv) that they belong to, and what "
        "the section checks each time it is run. For mistakes in the decks, see the [errata](errata.md).",
    ]
    for letter, (_, name) in DECKS.items():
        text += [f"## {name}", _table(["slides", "lecture", "section", "row", "checked"], of_deck[letter])]
    text += ["## In none of the decks", _table(["lecture", "section", "row", "checked", "slides in the decks"], ours)]
    return "\n\n".join(text) + "\n"


def errata_page(folder: Path = NOTEBOOKS) -> str:
    """The page of errata, as Markdown."""
    cells, lecture = cells_by_tag(folder), {section.notebook: section.lecture for section in sections(folder)}
    lines = []
    for mistake in table("errata.csv"):
        proofs = [cell for cell in cells.get(f"erratum:{mistake['id']}", []) if "claim" in cell.kinds]
        shown = ", ".join(
            f"`{cell.id}` in [{lecture[cell.notebook]}](../notebooks/{cell.notebook}.ipynb)" for cell in proofs
        )
        deck = DECKS[mistake["deck"]][0]
        lines.append(
            _line(mistake["id"], deck, mistake["printed"], mistake["right"], mistake["row"], shown or "not yet")
        )
    text = [
        MADE,
        "# Where a deck is wrong",
        "A cell proves each of these by computing it every time the lecture is run. The rows are those of "
        "the [curriculum](curriculum.csv).",
        _table(["number", "deck", "printed", "right", "row", "proved by the cell"], lines),
    ]
    return "\n\n".join(text) + "\n"


PAGES = {"slides.md": slides_page, "errata.md": errata_page}


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _table(head: Sequence[str], lines: Sequence[str]) -> str:
    return "\n".join([_line(*head), "|" + "---|" * len(head), *lines])


def main() -> None:
    """Writes both pages."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
        print(f"docs/{name} is up to date with the lectures")


if __name__ == "__main__":
    main()
