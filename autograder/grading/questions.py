"""Questions that were added or dropped after a class was graded: brought into the gradebook before a release.

nbgrader itself refuses to change the cells of a notebook that somebody handed in. Here the others keep their scores;
what a person gave for a dropped question is only taken away when asked for by name, and a copy of it is kept.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    MissingEntry,
    Notebook,
    SolutionCell,
    SourceCell,
    SubmittedNotebook,
    TaskCell,
)

from ..course.assignment import Assignment, SourceNotebook
from ..course.errors import CourseError
from ..course.folders import Course


def follow_source(course: Course, assignment: Assignment, drop: Collection[str] = ()) -> list[str]:
    """Adds and drops cells of notebooks that somebody handed in, so that the gradebook has those of the source.

    Args:
        drop: names of cells that may be dropped with what people gave for them.

    Returns:
        One line for each cell that was added or dropped.

    Raises:
        CourseError: a dropped cell has scores or comments by people, and is not named in `drop`.
    """
    if (file := course.gradebook_file) and not file.exists() and file.parent.is_dir():
        return []  # nbgrader makes it
    with course.gradebook(assignment.name) as book:
        try:
            known = book.find_assignment(assignment.name)
        except MissingEntry:
            return []
        if not known.submissions:
            return []  # nbgrader makes its notebooks anew
        sources = {source.name: source for source in assignment.notebooks}
        for gone in [row.name for row in known.notebooks if row.name not in sources]:
            raise CourseError(
                f"{gone}.ipynb is gone from source/{assignment.name}, and the class handed it in: put it back, and "
                "take the cells out of it that are to count no more"
            )
        said: list[str] = []
        lost: dict[str, list[dict[str, Any]]] = {}
        for row in known.notebooks:
            for cell in _surplus(row, sources[row.name]):
                said.append(f"dropped {row.name}/{cell.name} from the gradebook")
                if isinstance(cell, BaseCell):
                    if by_people := list(_by_people(cell)):
                        lost.setdefault(cell.name, []).extend(by_people)
                    for entry in (*cell.grades, *cell.comments):
                        book.db.delete(entry)
                book.db.delete(cell)
        if unasked := sorted(lost.keys() - set(drop)):
            book.db.rollback()
            raise CourseError(
                f"{', '.join(unasked)} stands no more in source/{assignment.name}, but people gave points or comments "
                f"for it; to drop them, run `autograder release {assignment.name} "
                f"{' '.join(f'--drop {name}' for name in unasked)}` (a copy is kept in .autograder)"
            )
        if lost:
            said.append(f"kept a copy of what people gave in {_keep(course, assignment, lost)}")
        book.db.flush()
        for row in known.notebooks:
            said += [f"added {row.name}/{name} to the gradebook" for name in _add(book, row, sources[row.name])]
        for source in sources.values():
            if source.name not in {row.name for row in known.notebooks}:
                said.append(f"added {source.name}.ipynb to the gradebook")
                _add_notebook(book, known, source)
        book.db.commit()
    return list(dict.fromkeys(said))


def _wanted(source: SourceNotebook) -> dict[type, dict[str, dict[str, Any]]]:
    """By kind of row in the gradebook, the cells of a notebook: name -> what nbgrader notes of it."""
    found: dict[type, dict[str, dict[str, Any]]] = {
        kind: {} for kind in (GradeCell, SolutionCell, TaskCell, SourceCell)
    }
    for cell in source.cells:
        marks = cell.metadata.get("nbgrader") or {}
        if not cell.name:
            continue
        about = {"max_score": cell.points, "cell_type": cell.cell_type}
        if marks.get("grade"):
            found[GradeCell][cell.name] = about
        if marks.get("solution"):
            found[SolutionCell][cell.name] = {}
        if marks.get("task"):
            found[TaskCell][cell.name] = about
        found[SourceCell][cell.name] = {"cell_type": cell.cell_type, "locked": cell.locked, "source": cell.source}
    return found


def _rows(row: Notebook, kind: type) -> list:
    return [cell for cell in (row.source_cells if kind is SourceCell else row._base_cells) if isinstance(cell, kind)]


def _surplus(row: Notebook, source: SourceNotebook) -> list:
    return [cell for kind, names in _wanted(source).items() for cell in _rows(row, kind) if cell.name not in names]


def _add(book: Gradebook, row: Notebook, source: SourceNotebook) -> list[str]:
    """Adds what is missing, with a place for its score in each submission; returns the names of new questions."""
    added = []
    for kind, names in _wanted(source).items():
        there = {cell.name for cell in _rows(row, kind)}
        for name, about in names.items():
            if name in there:
                continue
            cell = kind(name=name, notebook=row, **about)
            book.db.add(cell)
            for submitted in row.submissions if isinstance(cell, BaseCell) else ():
                if not isinstance(cell, SolutionCell):
                    book.db.add(Grade(cell=cell, notebook=submitted))
                if not isinstance(cell, GradeCell):
                    book.db.add(Comment(cell=cell, notebook=submitted))
            if kind in (GradeCell, TaskCell):
                added.append(name)
    return added


def _add_notebook(book: Gradebook, known: Any, source: SourceNotebook) -> None:
    row = Notebook(name=source.name, assignment=known, kernelspec=json.dumps(source.metadata.get("kernelspec", {})))
    book.db.add(row)
    for submission in known.submissions:
        book.db.add(SubmittedNotebook(notebook=row, assignment=submission))
    book.db.flush()
    _add(book, row, source)


def _by_people(cell: BaseCell) -> Iterator[dict[str, Any]]:
    for grade in cell.grades:
        if grade.manual_score is not None or grade.extra_credit:
            student = grade.notebook.student.id
            yield {"student": student, "score": grade.manual_score, "extra_credit": grade.extra_credit}
    for comment in cell.comments:
        if comment.manual_comment:
            yield {"student": comment.notebook.student.id, "comment": comment.manual_comment}


def _keep(course: Course, assignment: Assignment, lost: dict[str, list]) -> Path:
    path = course.root / ".autograder" / f"dropped-{assignment.name}-{time.strftime('%Y%m%d-%H%M%S')}.json"
    with contextlib.suppress(FileExistsError):
        path.parent.mkdir()
    try:
        path.write_text(json.dumps(lost, indent=1, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        raise CourseError(f"{path}: cannot be written ({error.strerror}), so nothing was dropped") from None
    return path
