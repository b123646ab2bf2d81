"""What a machine can see of how a lecture reads, each kind with an example that it must find."""

from __future__ import annotations

import ast
import dis
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).parents[2]
TERMS = re.findall(r"^### (.+)$", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
FOLDED = {"jupyter": {"source_hidden": True}, "tags": ["hide-input"]}


def is_folded(cell: NotebookNode) -> bool:
    """Whether JupyterLab and the pages show the cell without its source."""
    hidden = cell.metadata.get("jupyter", {}).get("source_hidden", False)
    return hidden and "hide-input" in cell.metadata.get("tags", [])


def code_of(lecture: NotebookNode) -> Iterator[tuple[NotebookNode, ast.Module]]:
    """The code cells, and what they say to Python."""
    for cell in lecture.cells:
        if cell.cell_type == "code":
            yield cell, ast.parse(cell.source)


def calls(tree: ast.AST, name: str) -> list[ast.Call]:
    """The calls of a function by its full name, "live.picture"."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == name]


def visible_replies(lecture: NotebookNode) -> list[str]:
    """Questions whose replies can be read before they are answered."""
    return [cell.id for cell, tree in code_of(lecture) if calls(tree, "quiz.ask") and not is_folded(cell)]


def unjudged_questions(lecture: NotebookNode) -> list[str]:
    """Questions that do not say what is right; with right=None they say that nothing is."""
    asked = [(cell.id, call) for cell, tree in code_of(lecture) for call in calls(tree, "quiz.ask")]
    return [id_ for id_, call in asked if "right" not in [keyword.arg for keyword in call.keywords]]


def marked_up_questions(lecture: NotebookNode) -> list[str]:
    """Questions and replies with Markdown in them: they are shown as plain text, with their asterisks."""
    marked = re.compile(r"(?<!\w)\*[^*\s][^*]*\*|`|\$|\]\(")
    asked = [(cell.id, call) for cell, tree in code_of(lecture) for call in calls(tree, "quiz.ask")]
    return [f"{id_}: {text}" for id_, call in asked for text in strings_of(call) if marked.search(text)]


def unfolded_pictures(lecture: NotebookNode) -> list[str]:
    """Pictures with their wiring in sight."""
    return [cell.id for cell, tree in code_of(lecture) if calls(tree, "live.picture") and not is_folded(cell)]


def long_cells(lecture: NotebookNode) -> list[str]:
    """Cells of more than 20 lines in sight."""
    return [cell.id for cell, _ in code_of(lecture) if len(cell.source.splitlines()) > 20 and not is_folded(cell)]


def index_sliders(lecture: NotebookNode) -> list[str]:
    """Sliders whose number is a place in a list of given values: they show 3 for the value that stands there."""
    found = []
    for cell, tree in code_of(lecture):
        subscripts = [node for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
        into_constants = {ast.unparse(it.slice) for it in subscripts if ast.unparse(it.value).isupper()}
        for picture in calls(tree, "live.picture"):
            for keyword in picture.keywords:
                made = ast.unparse(keyword.value)
                told = "len(" in made or "…" in made
                if calls(keyword.value, "live.slider") and (told or keyword.arg in into_constants):
                    found.append(f"{cell.id}: {keyword.arg}")
    return found


def progress_bars(lecture: NotebookNode) -> list[str]:
    """Progress bars of a cell's own; those of utils are gone when their work is done, which tests/utils checks."""
    return [cell.id for cell, _ in code_of(lecture) if re.search(r"\btqdm\b|\btrange\b", cell.source)]


def hyphens_for_minus(lecture: NotebookNode) -> list[str]:
    """Negative numbers with a hyphen, in prose and in what code shows."""
    number, found = re.compile(r"(?:(?<=[\s(=·])|^)-\.?\d"), []
    for cell in lecture.cells:
        if cell.cell_type == "markdown":
            shown = [re.sub(r"`[^`]*`|\$\$.*?\$\$|\$[^$]*\$", "", cell.source, flags=re.DOTALL)]
        else:
            shown = [text for text in strings_of(ast.parse(cell.source)) if " " in text]
        found += [f"{cell.id}: {match.group()}" for text in shown for match in number.finditer(text)]
    return found


def inks(lecture: NotebookNode) -> list[str]:
    """Marks that are called black, or crosses white: ink and paper change places in the dark."""
    mark = re.compile(r"\bblack (?:line|curve|boundar|dot|cross)|\bwhite cross", re.IGNORECASE)
    found = []
    for cell in lecture.cells:
        told = [cell.source] if cell.cell_type == "markdown" else strings_of(ast.parse(cell.source))
        found += [f"{cell.id}: {match.group()}" for text in told for match in mark.finditer(" ".join(text.split()))]
    return found


def strings_of(tree: ast.AST) -> Iterator[str]:
    """What strings say, of a cell or of a call; but for docstrings."""
    documented = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    docstrings = {ast.get_docstring(node, clean=False) for node in documented}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in docstrings:
            yield node.value


def anchor(term: str) -> str:
    """What a page calls the heading of a term: "training set" is training-set."""
    return re.sub(r"[^\w-]", "", term.lower().replace(" ", "-"))


LINK = r"\*\*\[[^\]]+\]\(\.\./docs/glossary\.md#(?P<linked>[\w-]+)\)\*\*"
_LONGEST_FIRST = sorted(map(re.escape, TERMS), key=len, reverse=True)
TERM = re.compile(rf"{LINK}|\b(?P<plain>{'|'.join(_LONGEST_FIRST)})(?:s|es)?\b", re.IGNORECASE)
NO_PROSE = re.compile(r"^#[^\n]*$|^\*Decks?:.+?\*$|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$", re.MULTILINE | re.DOTALL)


def late_terms(lecture: NotebookNode) -> list[str]:
    """Terms of the glossary that are not set in bold, with a link, where they are first used after the title."""
    seen, found = set(), []
    for cell in lecture.cells[1:]:
        prose = NO_PROSE.sub("", cell.source) if cell.cell_type == "markdown" else ""
        prose = " ".join(prose.split())  # a term may run on in the next line
        for match in TERM.finditer(prose):
            term = match["linked"] or anchor(match["plain"])
            if term not in seen and not match["linked"]:
                found.append(f"{cell.id}: {match['plain']}")
            seen.add(term)
    return found


def unanswered_exercises(lecture: NotebookNode) -> list[str]:
    """Exercises without a folded hint, a folded answer, or a folded cell right after them that executes the answer."""
    found = []
    for cell, following in zip(lecture.cells, [*lecture.cells[1:], None], strict=True):
        if cell.cell_type != "markdown" or "**Try this.**" not in cell.source:
            continue
        for part in ("Hint", "Answer"):
            if not re.search(rf"<details><summary>{part}</summary>\n\n[^<]+?\n\n</details>", cell.source):
                found.append(f"{cell.id}: no {part.lower()}")
        if following is None or following.id != f"{cell.id}-answer":
            found.append(f"{cell.id}: no cell {cell.id}-answer")
            continue
        tree = ast.parse(following.source)
        if not is_folded(following) or "answer" not in following.metadata.get("tags", []):
            found.append(f"{following.id}: not folded, or not tagged")
        if not any(isinstance(node, ast.Assert) for node in ast.walk(tree)) or calls(tree, "print"):
            found.append(f"{following.id}: asserts nothing, or prints")
    return found


WRITE = "**Write one line.**"
CODE = re.compile(r"<details><summary>Answer</summary>\n\n```python\n(.+)\n```\n\n</details>")


def with_answer(source: str, answer: str) -> str:
    """What a cell with an empty line is with the answer in it, and its check asserted."""
    written = re.sub(r"\.\.\.(  #.*)?", lambda _: answer, source)
    return re.sub(r"^blanks\.check", "assert blanks.check", written, flags=re.MULTILINE)


def unchecked_lines(lecture: NotebookNode) -> list[str]:
    """Lines to write without a folded hint, a folded answer, an empty cell in sight that checks what is written, or a
    folded cell after it that puts just this answer in and asserts that it is right."""
    found = []
    following = [*lecture.cells[1:], None, None]
    for cell, empty, filled in zip(lecture.cells, following, following[1:], strict=False):
        if cell.cell_type != "markdown" or not cell.source.startswith(WRITE):
            continue
        answer = CODE.search(cell.source)
        hint = re.search(r"<details><summary>Hint</summary>\n\n.+?\n\n</details>", cell.source, re.DOTALL)
        if not answer or not hint:
            found.append(f"{cell.id}: no hint, or no answer of one line")
        elif not filled or (empty.id, filled.id) != (f"{cell.id}-code", f"{cell.id}-answer"):
            found.append(f"{cell.id}: no cells {cell.id}-code and {cell.id}-answer")
        elif is_folded(empty) or empty.source.count("...") != 1 or "\nmine = ..." not in f"\n{empty.source}":
            found.append(f"{empty.id}: not in sight, or not empty")
        elif not is_folded(filled) or "answer" not in filled.metadata.get("tags", []):
            found.append(f"{filled.id}: not folded, or not tagged")
        elif filled.source != with_answer(empty.source, answer[1]):
            found.append(f"{filled.id}: not the cell before it with the answer put in, and its check asserted")
    return found


def names(code: CodeType, operation: str) -> set[str]:
    """The names that an operation is applied to, in this code and in all that it defines."""
    here = {step.argval for step in dis.get_instructions(code) if step.opname == operation}
    return here.union(*(names(inner, operation) for inner in code.co_consts if isinstance(inner, CodeType)))


def used(cell: CodeType) -> tuple[set[str], set[str]]:
    """The names that a cell looks up while it runs, and those that its functions look up whenever they are called."""
    at_once = {step.argval for step in dis.get_instructions(cell) if step.opname in ("LOAD_NAME", "LOAD_GLOBAL")}
    later: set[str] = set()
    for inner in (const for const in cell.co_consts if isinstance(const, CodeType)):
        if inner.co_name in ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"):
            inner_at_once, inner_later = used(inner)
            at_once, later = at_once | inner_at_once, later | inner_later
        else:
            later |= names(inner, "LOAD_GLOBAL")
    return at_once, later


def shared_names(lecture: NotebookNode) -> list[str]:
    """Names that a cell or its functions take from elsewhere, where several cells give them: what they are depends on
    which cell was run last."""
    cells = {cell.id: compile(tree, cell.id, "exec") for cell, tree in code_of(lecture)}
    given = {id_: names(cell, "STORE_NAME") for id_, cell in cells.items()}
    found = []
    for id_, cell in cells.items():
        at_once, later = used(cell)
        for name in sorted((at_once - given[id_]) | later):
            givers = [other for other in given if name in given[other]]
            if len(givers) > 1:
                found.append(f"{id_}: {name}, given by {', '.join(givers)}")
    return found


CHECKS: list[Callable[[NotebookNode], list[str]]] = [
    visible_replies,
    unjudged_questions,
    marked_up_questions,
    unfolded_pictures,
    long_cells,
    index_sliders,
    progress_bars,
    hyphens_for_minus,
    inks,
    late_terms,
    unanswered_exercises,
    unchecked_lines,
    shared_names,
]


LECTURES = sorted(path.stem for path in (ROOT / "notebooks").glob("0*.ipynb"))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("stem", LECTURES)
def test_a_lecture_has_no(stem, check):
    lecture = nbformat.read(ROOT / "notebooks" / f"{stem}.ipynb", as_version=4)
    assert check(lecture) == [], check.__doc__


def code(source: str, id_: str = "", **metadata: object) -> NotebookNode:
    named = {"id": id_} if id_ else {}
    return new_code_cell(source, metadata=metadata, **named)


def text(source: str, id_: str = "") -> NotebookNode:
    named = {"id": id_} if id_ else {}
    return new_markdown_cell(source, **named)


ASK = 'quiz.ask("?", {"a": "b"}, right="a")'
FOLDS = "<details><summary>Hint</summary>\n\nh\n\n</details>\n\n<details><summary>Answer</summary>\n\na\n\n</details>"
TRY = text(f"**Try this.** Do.\n\n{FOLDS}", "x1-try")
ANSWER = {"jupyter": {"source_hidden": True}, "tags": ["hide-input", "answer"]}
WRITTEN = [
    text(f"{WRITE} Do.\n\n" + FOLDS.replace("\na\n", "\n```python\n1 + 1\n```\n"), "x1-write"),
    code("mine = ...  # two\nblanks.check(mine, 2)", "x1-write-code"),
    code("mine = 1 + 1\nassert blanks.check(mine, 2)", "x1-write-answer", **ANSWER),
]
PICTURE = "def move(n):\n    return f'{COUNTS[n]}'\n\n\nlive.picture(move, ax, n=%s)"
LINKED = "**[training set](../docs/glossary.md#training-set)**"


@pytest.mark.parametrize(
    "check, cells",
    [
        (visible_replies, [code(ASK)]),
        (visible_replies, [code(ASK, tags=["hide-input"])]),
        (visible_replies, [code(ASK, jupyter={"source_hidden": True})]),
        (unjudged_questions, [code('quiz.ask("?", {"a": "b"})', **FOLDED)]),
        (marked_up_questions, [code('quiz.ask("?", {"a": "Press *fold*."}, right="a")', **FOLDED)]),
        (marked_up_questions, [code('quiz.ask("What is `x`?", {"a": "b"}, right="a")', **FOLDED)]),
        (marked_up_questions, [code('quiz.ask("Is $x$ 0?", {"a": "b"}, right="a")', **FOLDED)]),
        (unfolded_pictures, [code("live.picture(move, ax)")]),
        (long_cells, [code("\n".join(["x = 1"] * 21))]),
        (index_sliders, [code(PICTURE % "live.slider(0, 0, 4)", **FOLDED)]),
        (index_sliders, [code(PICTURE % "live.slider(0, 0, len(counts) - 1)", **FOLDED)]),
        (progress_bars, [code("from tqdm.auto import tqdm")]),
        (hyphens_for_minus, [text("The slope is -0.5 there.")]),
        (hyphens_for_minus, [text("(-1)")]),
        (hyphens_for_minus, [code('print("at most -3")')]),
        (hyphens_for_minus, [code('f"from -1 to {x}"')]),
        (inks, [text("The black\nlines are the boundaries.")]),
        (inks, [code('plots.charts(1, titles=["at the white cross"])')]),
        (late_terms, [text("title"), text("The training set has 100 points."), text(LINKED)]),
        (late_terms, [text("title"), text("Training sets differ.")]),
        (late_terms, [text("title"), text("The training\nset has 100 points."), text(LINKED)]),
        (unchecked_lines, [text(f"{WRITE} Do.", "x1-write"), *WRITTEN[1:]]),
        (unchecked_lines, WRITTEN[:2]),
        (unchecked_lines, WRITTEN[::2]),
        (unchecked_lines, [WRITTEN[0], code("mine = 2\nblanks.check(mine, 2)", "x1-write-code"), WRITTEN[2]]),
        (unchecked_lines, [WRITTEN[0], code(WRITTEN[1].source, "x1-write-code", **FOLDED), WRITTEN[2]]),
        (unchecked_lines, [*WRITTEN[:2], code(WRITTEN[2].source, "x1-write-answer")]),
        (unchecked_lines, [*WRITTEN[:2], code("mine = 2\nassert mine == 2", "x1-write-answer", **ANSWER)]),
        (shared_names, [code("X = 1"), code("X = 2"), code("print(X)")]),
        (shared_names, [code("X = 1"), code("X = 2"), code("[X for _ in range(2)]")]),
        (shared_names, [code("X = 1\ndef f():\n    return lambda: X"), code("X = 2")]),
        (unanswered_exercises, [text("**Try this.** Do.", "x1-try"), code("assert 1", "x1-try-answer", **ANSWER)]),
        (unanswered_exercises, [TRY]),
        (unanswered_exercises, [TRY, code("assert 1", "another", **ANSWER)]),
        (unanswered_exercises, [TRY, code("assert 1", "x1-try-answer", **FOLDED)]),
        (unanswered_exercises, [TRY, code("assert 1", "x1-try-answer", tags=["hide-input", "answer"])]),
        (unanswered_exercises, [TRY, code("x = 1", "x1-try-answer", **ANSWER)]),
        (unanswered_exercises, [TRY, code("assert 1\nprint(1)", "x1-try-answer", **ANSWER)]),
    ],
)
def test_each_kind_is_found(check, cells):
    assert len(check(new_notebook(cells=cells))) >= 1


@pytest.mark.parametrize(
    "cells",
    [
        [code(ASK, **FOLDED)],
        [code('quiz.ask("?", {"a": "b"}, right=None)', **FOLDED)],
        [code('quiz.ask("Is 2 * 3 * x or x**3 more?", {"a": "Press “x**3”."}, right="a")', **FOLDED)],
        [code("\n".join(["x = 1"] * 21), **FOLDED)],
        [code(PICTURE % "live.values(5, COUNTS)", **FOLDED)],
        [text("Take −0.5, $-0.5$ or `f(-0.5)`, in 1986-1998."), code("x = -3\nf('a-3', -1)")],
        [text("Black and white images, a grey plane, and white lines on a field of colours.")],
        [text("title"), text(f"The {LINKED} has points."), text("The training set is small.")],
        [text("The training set, in the title."), text("## Training set\n\n`training set`")],
        [TRY, code("assert 1", "x1-try-answer", **ANSWER)],
        WRITTEN,
        [code("X = 1\nprint(X)"), code("X = 2\n[X for _ in range(2)]"), code("def f(X):\n    return X")],
    ],
)
def test_what_is_right_is_not_found(cells):
    assert {check.__name__: check(new_notebook(cells=cells)) for check in CHECKS} == dict.fromkeys(
        [check.__name__ for check in CHECKS], []
    )
