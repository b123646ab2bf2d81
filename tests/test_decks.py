"""The pages about the decks say what the lectures say."""

from __future__ import annotations

import json
from pathlib import Path

import decks
import pytest


def markdown(id_: str, source: str, *tags: str) -> dict:
    return {"cell_type": "markdown", "id": id_, "source": source, "metadata": {"tags": list(tags)}}


TITLE = markdown("title", "# Nothing: and all that")
INTRO = markdown(
    "x1-intro",
    '## 1 · One\n\nText.\n\n*Decks: Tübingen, lecture 3, "Convex\nSets"; UCLA CS163, lecture 5, "A", "B".*',
    "row:X1",
)
PROOF = {"cell_type": "code", "id": "prove", "source": "assert True", "metadata": {"tags": ["row:X11", "erratum:E11"]}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one lecture of one section, and an end."""
    cells = [TITLE, INTRO, PROOF, markdown("end", "## Three things to remember")]
    (tmp_path / "02_xor.ipynb").write_text(json.dumps({"cells": cells}))
    return tmp_path


@pytest.mark.parametrize("name", decks.PAGES)
def test_the_committed_pages_are_what_the_lectures_give_now(name):
    made = decks.PAGES[name]()
    assert (decks.DOCS / name).read_text(encoding="utf-8") == made, (
        f"docs/{name} is out of date; make it anew: {decks.COMMAND}"
    )


def test_a_section_is_its_decks_its_rows_and_its_title_and_the_end_is_none(folder):
    (section,) = decks.sections(folder)
    assert (section.lecture, section.title, section.rows) == ("Nothing", "1 · One", ("X1", "X11"))
    assert section.decks == 'Tübingen, lecture 3, "Convex Sets"; UCLA CS163, lecture 5, "A", "B".'


def test_each_deck_gets_the_slides_that_are_named_behind_it(folder):
    assert decks.slides_of(decks.sections(folder)[0].decks) == [("T", '"Convex Sets"'), ("U", '"A", "B"')]
    assert decks.slides_of('Michigan, EECS 442 lecture 7, "A"; EPFL, Multi-Layer Perceptrons, "B" (two slides).') == [
        ("M", '"A"'),
        ("F", '"B" (two slides)'),
    ]


def test_every_deck_that_a_lecture_names_is_found():
    for section in decks.sections(decks.NOTEBOOKS):
        assert section.decks, f"{section.notebook}, {section.title} names no deck"
        if not section.decks.startswith("none"):
            found = {letter for letter, _ in decks.slides_of(section.decks)}
            said = {letter for letter, (name, _) in decks.DECKS.items() if name in section.decks}
            assert found == said, f"{section.notebook}, {section.title}: name a deck as the other sections do"


def test_the_page_of_slides_has_a_line_in_the_table_of_each_deck_with_the_row_and_its_claim(folder):
    page = decks.slides_page(folder)
    of_deck = dict(part.split("\n", 1) for part in page.split("\n## ")[1:])
    for name, slides in [("Tübingen", "Convex Sets"), ("UCLA", '"A", "B"')]:
        (lines,) = [text for title, text in of_deck.items() if title.startswith(name)]
        assert (
            slides in lines and "[1 · One](../notebooks/02_xor.ipynb) | X1, X11 | the deck's weights are right" in lines
        )
    assert "02_xor" not in next(text for title, text in of_deck.items() if "Merced" in title)


def test_what_no_deck_has_is_told_at_the_end_with_what_the_decks_have_instead(tmp_path):
    own = markdown(
        "x7-intro", "## 7 · Ours\n\n*Decks: none counts. EPFL, Multi-Layer Perceptrons, shows one.*", "row:X7"
    )
    (tmp_path / "02_xor.ipynb").write_text(json.dumps({"cells": [TITLE, own]}))
    before, after = decks.slides_page(tmp_path).split("## In none of the decks")
    assert "7 · Ours" not in before and "7 · Ours" in after and "none counts." in after


def test_the_page_of_errata_names_the_cell_that_proves_each_or_says_that_none_does_yet(folder):
    lines = {line.split(" | ")[0].strip("| "): line for line in decks.errata_page(folder).splitlines() if "| E" in line}
    assert len(lines) == 13
    assert "`prove` in [Nothing](../notebooks/02_xor.ipynb)" in lines["E11"] and "not yet" in lines["E1"]
