"""Questions that were added or dropped after a class was graded: updated in the gradebook before a release.

nbgrader itself refuses to change the cells of a notebook that somebody handed in. Here the other cells keep their
scores; a question keeps its manual scores and comments when it is renamed or changes its kind; those of a dropped
question are removed only if it is named explicitly, and a copy of them is kept.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Collection, Iterator, Mapping
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


def follow_source(
    course: Course, assignment: Assignment, drop: Collection[str] = (), renamed: Mapping[str, str] | None = None
) -> list[str]:
    """Adds and drops cells of notebooks that somebody handed in, so that the gradebook has those of the source.

    A cell keeps its manual scores and comments when it changes its kind (for example, from an answer to a task).

    Args:
        drop: names of cells that may be dropped with their manual scores and comments.
        renamed: old name -> new name of cells that keep their manual scores and comments.

    Returns:
        One line for each cell that was added, renamed or dropped.

    Raises:
        CourseError: a dropped cell has scores or comments by people, and is not named in `drop`.
    """
    renamed = renamed or {}
    if (file := course.gradebook_file) and not file.exists() and file.parent.is_dir():
        return []  # nbgrader makes it
    with course.gradebook(assignment.name) as book:
        try:
            known = book.find_assignment(assignment.name)
        except MissingEntry:
            return []
        if not known.submissions:
            return []  # nbgrader creates its notebooks again
        sources = {source.name: source for source in assignment.notebooks}
        for gone in [row.name for row in known.notebooks if row.name not in sources]:
            raise CourseError(
                f"{gone}.ipynb is gone from source/{assignment.name}, and the class handed it in: put it back, and "
                "remove the cells from it that should no longer count"
            )
        _check_names(known, sources, renamed)
        said: list[str] = []
        new: list[str] = []
        lost: dict[str, list[dict[str, Any]]] = {}
        for row in known.notebooks:
            source = sources[row.name]
            surplus = _surplus(row, source)
            added = _add(book, row, source)
            book.db.flush()
            for cell in surplus:
                name = renamed.get(cell.name, cell.name)
                said.append(_become_of(row.name, cell.name, name, name in _names(source)))
                if isinstance(cell, BaseCell):
                    if by_people := list(_by_people(cell, _hand_over(cell, name, row))):
                        lost.setdefault(cell.name, []).extend(by_people)
                    for entry in (*cell.grades, *cell.comments):
                        book.db.delete(entry)
                book.db.delete(cell)
            there = {cell.name for cell in surplus} | set(renamed.values())
            new += [name for name in added if name not in there]
            said += [f"added {row.name}/{name} to the gradebook" for name in added if name not in there]
        if unasked := sorted(lost.keys() - set(drop)):
            book.db.rollback()
            raise _unasked(assignment.name, unasked, new)
        if lost:
            said.append(f"kept a copy of manual scores and comments in {_keep(course, assignment, lost)}")
        for source in sources.values():
            if source.name not in {row.name for row in known.notebooks}:
                said.append(f"added {source.name}.ipynb to the gradebook")
                _add_notebook(book, known, source)
        book.db.commit()
    return list(dict.fromkeys(said))


def _become_of(notebook: str, old: str, name: str, stays: bool) -> str:
    """The line about a cell that the gradebook has and the source does not, or not as that kind of cell."""
    if name != old:
        return f"{notebook}/{old} is now called {name} in the gradebook"
    if stays:
        return f"{notebook}/{old} is now a question of another kind in the gradebook"
    return f"dropped {notebook}/{old} from the gradebook"


def _check_names(known: Any, sources: Mapping[str, SourceNotebook], renamed: Mapping[str, str]) -> None:
    """Raises CourseError if a cell cannot have been renamed like this."""
    for old, new in renamed.items():
        for row in known.notebooks:
            names = {cell.name for cell in row.source_cells} | {cell.name for cell in row._base_cells}
            if old in names and old not in (wanted := _names(sources[row.name])) and new in wanted - names:
                break
        else:
            raise CourseError(
                f"--rename {old}={new}: no notebook's source has {new} as a new cell and no longer has {old}"
            )


def _unasked(assignment: str, gone: list[str], new: list[str]) -> CourseError:
    """The error for manual scores or comments of cells that are gone, when other cells may be new."""
    command = f"autograder release {assignment}"
    said = f"there are manual scores or comments for {', '.join(gone)}, which source/{assignment} no longer has; "
    if new:
        said += f"if one was only renamed ({', '.join(new)}), run `{command} --rename {gone[0]}={new[0]}`; "
    drop = " ".join(f"--drop {name}" for name in gone)
    return CourseError(f"{said}to drop them, run `{command} {drop}` (a copy is kept in .autograder)")


def _hand_over(cell: BaseCell, name: str, row: Notebook) -> set[type]:
    """Moves the manual scores and comments of a cell to another; returns the kinds that this cell can store."""
    done: set[type] = set()
    for heir in (other for other in row._base_cells if other.name == name and other is not cell):
        if not isinstance(heir, SolutionCell) and not isinstance(cell, SolutionCell):
            done.add(Grade)
            grades = {grade.notebook_id: grade for grade in heir.grades}
            for grade in cell.grades:
                if grade.manual_score is not None or grade.extra_credit:
                    own = grades[grade.notebook_id]
                    own.manual_score, own.extra_credit = grade.manual_score, grade.extra_credit
        if not isinstance(heir, GradeCell) and not isinstance(cell, GradeCell):
            done.add(Comment)
            comments = {comment.notebook_id: comment for comment in heir.comments}
            for comment in cell.comments:
                if comment.manual_comment:
                    comments[comment.notebook_id].manual_comment = comment.manual_comment
    return done


def _names(source: SourceNotebook) -> set[str]:
    return {name for names in _wanted(source).values() for name in names}


def _wanted(source: SourceNotebook) -> dict[type, dict[str, dict[str, Any]]]:
    """The cells of a notebook by kind of row in the gradebook: name -> what nbgrader stores about it."""
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
    """Adds missing cells, with a row for the score in each submission; returns the names of new questions."""
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


def _by_people(cell: BaseCell, kept: Collection[type] = ()) -> Iterator[dict[str, Any]]:
    """The manual scores and comments of a cell, except the kinds that are kept."""
    for grade in cell.grades if Grade not in kept else ():
        if grade.manual_score is not None or grade.extra_credit:
            student = grade.notebook.student.id
            yield {"student": student, "score": grade.manual_score, "extra_credit": grade.extra_credit}
    for comment in cell.comments if Comment not in kept else ():
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
