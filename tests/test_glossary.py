"""The glossary is in order, and every link of a lecture to it arrives."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
TERMS = re.findall(r"^### (.+)$", GLOSSARY, re.MULTILINE)
LECTURES = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


def anchor(term: str) -> str:
    """What a page calls the heading of a term: "training set" is training-set."""
    return re.sub(r"[^\w-]", "", term.lower().replace(" ", "-"))


def test_terms_are_in_alphabetical_order_each_once():
    names = [term.lower() for term in TERMS]
    assert names == sorted(set(names))


def test_each_term_has_a_definition():
    parts = re.split(r"^### .+$", GLOSSARY, flags=re.MULTILINE)[1:]
    assert [term for term, text in zip(TERMS, parts, strict=True) if len(text.split()) < 6] == []


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_every_link_to_the_glossary_arrives(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    wanted = re.findall(r"docs/glossary\.md#([\w-]*)", text)
    assert sorted(set(wanted) - {anchor(term) for term in TERMS}) == []
