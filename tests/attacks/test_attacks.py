"""No attack gains a point, reads a secret, does harm, or costs a neighbour anything; and each works unprotected."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from arena import EXERCISES, GOT_THROUGH, HONEST, LIMITS, UNHURRIED, Arena, aimed_at
from corpus import ALL, Attack
from graded_pages import active_content, as_page

from autograder.course.submission import Submission
from autograder.engine.grade import grade
from autograder.engine.results import GradedSubmission
from autograder.judging.outcome import Outcome

pytestmark = pytest.mark.sandbox
SHOWN = 3_000_000  # characters of a graded notebook; more is a flood
# Of each kind of attack (category and effect), `make test` tries the first two and every eighth. Without
# the grader, which tells of the attack alone, it tries the first two. The others are a sweep for `make test-all`.
KINDS: dict[tuple[str, str], list[str]] = {}
for _attack in ALL:
    KINDS.setdefault((_attack.category, _attack.effect), []).append(_attack.name)
FIRST = {name for names in KINDS.values() for name in names[:2]}
EIGHTH = {name for names in KINDS.values() for name in names[::8]}


def each_of(attacks: list[Attack], fast: set[str]) -> pytest.MarkDecorator:
    """Runs a test for each of these attacks, for the named ones in `make test`."""
    cases = [pytest.param(a, id=a.name, marks=[] if a.name in fast else [pytest.mark.slow]) for a in attacks]
    return pytest.mark.parametrize("attack", cases)


def notebook_of(attack: Attack, arena: Arena) -> dict:
    """The submitted notebook's JSON: the honest work, and the payload."""
    nb = arena.source(attack)
    for cell in nb.cells:
        name = cell.metadata.nbgrader.grade_id
        if name in EXERCISES:
            cell.source = arena.fill(attack.solutions.get(name, EXERCISES[name][2]))
        cell.source = cell.source.split("\n### BEGIN HIDDEN TESTS")[0]
    for place, code in ((0, attack.code), (len(nb.cells) + 1, attack.last)):
        if code:
            nb.cells.insert(place, nbformat.v4.new_code_cell(arena.fill(code)))
    nb = json.loads(json.dumps(nb))
    if attack.edit:
        attack.edit(nb)
    return nb


def submission_of(attack: Attack, arena: Arena) -> Submission:
    files = {arena.fill(name): arena.fill(text.decode()).encode() for name, text in attack.files.items()}
    return Submission("mallory", {"ps": json.dumps(notebook_of(attack, arena))}, files)


def test_corpus_is_large_and_distinct():
    assert len(ALL) >= 60
    assert len({attack.name for attack in ALL}) == len(ALL)


# -- with the grader ------------------------------------------------------------------------------------------


@each_of(ALL, FIRST | EIGHTH)
def test_attack_gains_nothing(attack, arena, prepared, neighbour):
    assignments, slot = prepared
    arena.refresh()
    submission = submission_of(attack, arena)
    slot.limits = UNHURRIED if attack.effect == "breach" else LIMITS
    started = time.monotonic()
    graded = grade(assignments[aimed_at(attack)], submission, slot)
    took = time.monotonic() - started
    notebook = json.loads(graded.notebooks["ps"])
    everything = json.dumps([repr(replace(graded, notebooks={})), notebook])
    assert graded.score <= HONEST, [cell for cell in graded.cells if cell.score]
    assert arena.canary not in everything
    assert not arena.harm()
    assert GOT_THROUGH not in everything
    assert took < slot.limits.total_seconds + 60  # and not for ever, on however busy a machine
    assert len(everything) < SHOWN
    assert not [cell for cell in graded.cells if cell.outcome is Outcome.GRADER_ERROR]
    assert_can_be_shown(graded, notebook)
    if attack.effect == "breach":
        assert next(c for c in graded.cells if c.cell == "test_relu").outcome is Outcome.BREACH
    if attack.category == "output":
        assert not active_content(as_page(notebook))
    if not attack.edit:  # an edited notebook runs nothing of its own
        neighbour(attack.name)


def assert_can_be_shown(graded: GradedSubmission, notebook: dict) -> None:
    """What goes into files, databases and terminals: no lone surrogates, no control characters, of bounded length."""
    nbformat.validate(notebook)
    nbformat.writes(nbformat.from_dict(notebook)).encode()
    for text in (*(cell.message for cell in graded.cells), *graded.notes, *graded.unreadable):
        text.encode()
        assert all(character.isprintable() or character == "\n" for character in text), text
        assert len(text) < 5000


# -- without it -----------------------------------------------------------------------------------------------


@each_of([attack for attack in ALL if attack.effect not in ("breach", "engine")], FIRST)
def test_attack_works_unprotected(attack, arena, unprotected, folder):
    arena.refresh()
    for name, text in attack.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(arena.fill(text.decode()).encode())
    if attack.effect == "imported":
        module = min(attack.files).removesuffix(".py").split("/")[0]
        code = f"import sys; sys.path.insert(0, ''); sys.modules.pop({module!r}, None); import {module}"
        subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True)
        assert arena.harm()
        return
    nb = notebook_of(attack, arena)
    seconds = 1.0 if attack.effect == "stuck" else 60.0
    result = unprotected.run(stock_cells(nb, arena, attack), str(folder), seconds)
    shown = {
        "points": lambda: result["score"] > HONEST,
        "secret": lambda: arena.canary in result["output"],
        "reached": lambda: GOT_THROUGH in result["output"],
        "harm": lambda: bool(arena.harm()),
        "stuck": lambda: not result["finished"],
        "hog": lambda: result["memory"] > 300 << 20 or not result["finished"],
        "flood": lambda: len(result["output"]) > SHOWN or len(json.dumps(result["displays"])) > SHOWN,
        "active": lambda: active_content(as_page(stock_notebook(nb, result["displays"]))),
    }
    assert shown[attack.effect](), {**result, "output": result["output"][:2000]}
    if any("gradebook" in line for line in arena.harm()):
        Path(arena.values["gradebook"]).write_text(arena.canary)


def stock_cells(nb: dict, arena: Arena, attack: Attack) -> list[dict]:
    """The cells to run; test cells are the instructor's own, hidden tests included, as nbgrader puts them back."""
    source = {c.metadata.nbgrader.grade_id: c for c in arena.source(attack).cells}
    cells = []
    for cell in nb["cells"]:
        if cell["cell_type"] != "code":
            continue
        meta = cell["metadata"].get("nbgrader", {})
        theirs = source.get(meta.get("grade_id"))
        text, points = cell["source"], meta.get("points") if meta.get("grade") else None
        if theirs and theirs.metadata.nbgrader.locked and not attack.as_submitted:
            text = theirs.source
        cells.append({"source": text, "points": points})
    return cells


def stock_notebook(nb: dict, displays: list[dict]) -> dict:
    """The notebook as stock grading would store it: as handed in, with whatever its cells displayed."""
    outputs = [nbformat.v4.new_output(o["output_type"], data=o["data"]) for o in displays]
    nb["cells"].append(nbformat.v4.new_code_cell("", outputs=outputs))
    return nb
