"""A submission as handed in, and merged with the assignment.

`merge` combines a submitted notebook with the source one, so that locked cells are as released, test cells are the
instructor's, and only the student's own cells are the student's.
"""

from __future__ import annotations

import codecs
import itertools
import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import nbformat

from .assignment import GIVEN, IGNORED_FILES, MANUAL, MAX_FILES, SOLUTION, TEST, SourceCell, SourceNotebook, is_tagged
from .attachments import Attachments, pictures
from .errors import Unreadable, first_line
from .files import NotRegular, TooLarge, read_regular, regular_files
from .timestamps import NoTimestamp, read_timestamp

MAX_NOTEBOOK, MAX_CELLS, MAX_SOURCE = 64 << 20, 2000, 500_000  # bytes, cells, characters in a cell
MAX_NOTEBOOKS = 128 << 20  # total bytes of the notebooks of one submission
MAX_UNUSUAL = 20  # notebooks of one submission in folders or with another extension
MAX_NOTES = 20  # remarks on one submission
MAX_TAGS = 100  # per cell, and characters in one
_IMPORT = re.compile(r"(?:import|from) +\w[\w., *]*")
_NOTEBOOK = re.compile(r"(?!__MACOSX/)(?!.*/__MACOSX/)(?:.*/)?(?![.]_)[^/]*[.]ipynb(?:[.]json|[.]txt)?", re.I | re.S)


@dataclass(frozen=True)
class Submission:
    """What one student handed in: notebooks as raw text by name, other files by path, and what could not be read."""

    student: str
    notebooks: dict[str, str]
    files: dict[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_submission(folder: Path, student: str) -> Submission:
    """Reads a submitted folder as it is. What cannot be read is left out, with a note; links are not followed.

    A notebook ``ps.ipynb`` is called "ps". One that a browser or a zip renamed, ``ps.ipynb.txt`` or ``ps/ps.ipynb``, is
    called by its path.
    """
    notebooks: dict[str, str] = {}
    files: dict[str, bytes] = {}
    notes: list[str] = []
    left, left_of_notebooks, unusual = MAX_FILES, MAX_NOTEBOOKS, 0
    try:
        for path, _ in regular_files(folder):
            if not IGNORED_FILES.isdisjoint(path.split("/")):
                continue
            notebook = bool(_NOTEBOOK.fullmatch(path))
            if notebook and ("/" in path or not path.endswith(".ipynb")):
                if unusual == MAX_UNUSUAL:
                    continue
                unusual += 1
            try:
                content = read_regular(folder / path, min(MAX_NOTEBOOK, left_of_notebooks) if notebook else left)
            except TooLarge as error:
                in_all = left_of_notebooks < MAX_NOTEBOOK if notebook else True
                kind, most = ("notebooks", MAX_NOTEBOOKS) if notebook else ("files", MAX_FILES)
                why = f"the {kind} handed in exceed {most >> 20} MB" if in_all else f"it {error.strerror}"
                notes.append(f"{path} was not read: {why}.")
                continue
            except OSError as error:
                why = f"it {error.strerror}" if isinstance(error, NotRegular) else str(error.strerror or error)
                notes.append(f"{path} was not read: {why}.")
                continue
            if notebook:
                name = path if "/" in path else path.removesuffix(".ipynb")
                utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
                notebooks[name] = content.decode("utf-16" if utf16 else "utf-8-sig", "replace")
                left_of_notebooks -= len(content)
            else:
                files[path] = content
                left -= len(content)
        notes += [f"{entry.name} was not read: it is a link." for entry in os.scandir(folder) if entry.is_symlink()]
    except OSError as error:
        notes.append(f"The folder was not read to the end: it {error.strerror or error}.")
    if len(notes) > MAX_NOTES:
        notes[MAX_NOTES:] = [f"And {len(notes) - MAX_NOTES} more such notes."]
    try:
        read_timestamp(folder)
    except NoTimestamp as error:
        notes.append(f"No deadline was checked, since the time of this submission is unknown: {error}.")
    return Submission(student, notebooks, files, tuple(notes))


@dataclass(frozen=True)
class MergedCell:
    """One cell of the notebook that is graded: the student's text, or the source cell in its place.

    ``elsewhere``: it is a missing answer, and cells added by the student are where it belongs.
    """

    cell_type: str
    source: str
    metadata: dict
    origin: SourceCell | None = None
    missing: bool = False
    attachments: Attachments = field(default_factory=dict)
    elsewhere: bool = False


def parse_notebook(text: str, name: str) -> nbformat.NotebookNode:
    """A submitted notebook. Raises Unreadable with a message for the student."""
    try:
        if len(text) > MAX_NOTEBOOK:
            raise ValueError(f"it is larger than {MAX_NOTEBOOK >> 20} MB")
        nb = nbformat.convert(nbformat.reader.reads(text), 4)  # what is not valid is reported below, or left out
        if len(nb.cells) > MAX_CELLS:
            raise ValueError(f"it has more than {MAX_CELLS} cells")
        nb.cells = [_what_counts(cell) for cell in nb.cells]
        return nb
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
    except nbformat.reader.NotJSONError:
        where = _where_json_breaks(text)
    except RecursionError:
        where = "it is nested too deeply"
    except Exception as error:
        where = first_line(error)
    raise Unreadable(
        f"{file_name(name)} could not be read as a notebook ({where}). "
        "Open it in JupyterLab: if it opens, save it and submit it again; if not, return to an earlier copy."
    )


def _where_json_breaks(text: str) -> str:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"not JSON: line {error.lineno}, column {error.colno}"
    return "not JSON"


def _what_counts(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The type, text, pictures and tags of a submitted cell, and which cell of the assignment it says it is."""
    kind, source, metadata = cell.cell_type, cell.source, cell.get("metadata")
    if kind not in ("code", "markdown", "raw"):
        raise ValueError("a cell has an unknown type")
    if not isinstance(source, str):
        raise ValueError("a cell's source is not text")
    if len(source) > MAX_SOURCE:
        raise ValueError(f"a cell is longer than {MAX_SOURCE:,} characters")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    source = source.encode("utf-8", "replace").decode()  # no file can contain half a surrogate pair
    marks = {"nbgrader": {"grade_id": name}} if isinstance(name, str) else {}
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    if isinstance(tags, list) and tags:
        marks["tags"] = [tag for tag in tags[:MAX_TAGS] if isinstance(tag, str) and len(tag) < MAX_TAGS]
    kept = {"cell_type": kind, "source": source, "metadata": marks}
    if kind == "markdown" and (attachments := pictures(cell.get("attachments"))):
        kept["attachments"] = attachments
    return nbformat.from_dict(kept)


class Found(NamedTuple):
    """The notebook that was handed in for one of the assignment: its name in `Submission`, and its text.

    ``others`` are further notebooks with the same cells, edited and different; a person should know about them.
    """

    name: str
    text: str
    others: tuple[str, ...] = ()


Reader = Callable[[str, str], nbformat.NotebookNode]  # (text, name) -> notebook, or Unreadable


def find_notebook(source: SourceNotebook, submission: Submission, read: Reader | None = None) -> Found | None:
    """The submitted notebook for a source notebook: by name, else the one that has its cells.

    An edited copy takes precedence over one that is as it was released. A notebook with the name of another notebook
    of the assignment, and as many of its cells, counts as that one. Returns None if there is no such notebook.

    Args:
        read: a clerk, which parses in its own process; `parse_notebook` if None.
    """
    wanted = source.names
    carried = {
        name: count
        for name, text in submission.notebooks.items()
        if (count := _carried(wanted, text)) > _carried(source.siblings.get(name, ()), text) or name == source.name
    }
    candidates = [name for name, count in carried.items() if name == source.name or 0 < len(wanted) <= 2 * count]
    if len(candidates) < 2:
        return Found(candidates[0], submission.notebooks[candidates[0]]) if candidates else None
    answered = {
        name: _answered(source, submission.notebooks[name], name, read or parse_notebook) for name in candidates
    }

    def rank(name: str) -> tuple:
        worked_on = answered[name] > 0
        return worked_on, worked_on and name == source.name, carried[name], answered[name], -name.count("/"), name

    best = max(candidates, key=rank)
    if not answered[best] and source.name in candidates:
        best = source.name
    text = submission.notebooks[best]
    others = (name for name in candidates if answered[name] > 0 and submission.notebooks[name] != text)
    return Found(best, text, tuple(sorted(others)))


def _carried(names: Iterable[str], text: str) -> int:
    """How many of these cells a notebook mentions."""
    return sum(f'"{grade_id}"' in text for grade_id in names)


def file_name(name: str) -> str:
    """The file of a submitted notebook, by its name in `Submission`."""
    return name if _NOTEBOOK.fullmatch(name) else f"{name}.ipynb"


def _answered(source: SourceNotebook, text: str, name: str, read: Reader) -> int:
    """How many cells of a submitted notebook differ from the release."""
    try:
        return sum(
            cell.origin is not None and not cell.origin.locked and not cell.missing and not untouched(cell)
            for cell in merge(source, read(text, name))
        )
    except Unreadable:
        return 0


def merge(source: SourceNotebook, submitted: nbformat.NotebookNode | None) -> list[MergedCell]:
    """Merges a submitted notebook with the source one.

    If a cell is there twice, the last one counts (nbgrader's rule). Locked cells, test cells and cell types are the
    source's; deleted test cells come back after the cell that they followed, and after code cells that the student
    added to it. What a student imports in a locked given cell runs in a separate cell after it. If the name of an
    answer is missing, the answer is the only cell in its place whose name the source does not know: it was renamed.
    """
    known = {cell.name: cell for cell in source.cells if cell.name}
    unnamed = {_squeeze(cell.release) for cell in source.cells if not cell.name}

    def is_added(cell: MergedCell) -> bool:
        return cell.cell_type == "code" and cell.origin is None and _squeeze(cell.source) not in unnamed

    merged: list[MergedCell] = []
    seen: set[str] = set()
    strange: list[MergedCell] = []  # with a name that the source does not know
    for cell in reversed(submitted.cells if submitted else []):
        meta = cell.metadata.get("nbgrader")
        name = meta.get("grade_id") if isinstance(meta, dict) else None
        origin = known.get(name) if isinstance(name, str) and name not in seen else None
        if origin is None:
            metadata = {"tags": [source.skipped_tag]} if is_tagged(cell.metadata, source.skipped_tag) else {}
            merged.append(MergedCell(cell.cell_type, cell.source, metadata, attachments=cell.get("attachments", {})))
            if isinstance(name, str) and name not in known:
                strange.append(merged[-1])
            continue
        seen.add(origin.name)
        text, shown = origin.source, origin.attachments
        if not origin.locked:
            text, shown = cell.source, cell.get("attachments", {})
        elif origin.kind == GIVEN and (imports := _imports_added(cell.source, origin.source)):
            merged.append(MergedCell("code", f"# added to the cell above\n{imports}", {}))
        merged.append(MergedCell(origin.cell_type, text, origin.metadata, origin, attachments=shown))
    merged.reverse()
    for position, cell in enumerate(source.cells):
        if cell.name in seen or not cell.name or cell.kind == SOLUTION:
            continue
        before = [c.name for c in source.cells[:position] if c.name in seen]
        anchor = next((i for i, m in enumerate(merged) if m.origin and before and m.origin.name == before[-1]), None)
        later = {c.name for c in source.cells[position:] if c.name in seen}
        if anchor is None:  # such as a first cell: before the cells that it was written for, if any are there
            first = (i for i, m in enumerate(merged) if m.origin and m.origin.name in later)
            where = next(first, len(merged)) if cell.kind == GIVEN else len(merged)
        else:
            where = anchor + 1
            while cell.kind == TEST and where < len(merged) and is_added(merged[where]):
                where += 1
        seen.add(cell.name)
        around: list[MergedCell] = []
        if cell.kind == MANUAL and anchor is not None:
            between = itertools.takewhile(lambda m: m.origin is None, merged[anchor + 1 :])
            around = [m for m in between if m.cell_type == cell.cell_type and _squeeze(m.source) not in unnamed]
        if len(renamed := [m for m in around if any(m is it for it in strange)]) == 1:
            where, (own,) = next(i for i, m in enumerate(merged) if m is renamed[0]), renamed
            merged[where] = MergedCell(cell.cell_type, own.source, cell.metadata, cell, attachments=own.attachments)
            continue
        made = MergedCell(cell.cell_type, cell.release, cell.metadata, cell, True, cell.attachments, bool(around))
        merged.insert(where, made)
    return merged


def _imports_added(text: str, given: str) -> str:
    """The import lines of a student's version of a given cell that are not in the cell itself."""
    known = {line.strip() for line in given.split("\n")}
    return "\n".join(line for line in text.split("\n") if _IMPORT.fullmatch(line) and line.strip() not in known)


def untouched(cell: MergedCell) -> bool:
    """Whether the student left a cell as it was released."""
    return cell.origin is not None and _squeeze(cell.source) == _squeeze(cell.origin.release)


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
