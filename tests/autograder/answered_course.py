"""A course whose students have answered in words, as it stands after `autograder grade`; made without grading."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import v4
from nbgrader.api import Comment, Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from small_course import SmallCourse, meta, small_notebook

MODEL = "1. It adds x\n   to x. (1.5 points)\n2. That is twice. (0.5 points)\n\nAny other reason will do."


def answered_course(root: Path, answers: Mapping[str, str]) -> SmallCourse:
    """Writes the course; student -> what was answered to the one question, of 2 points, that a person grades."""
    course = SmallCourse(root)
    course.write()
    nb = small_notebook()
    nb.cells.insert(3, v4.new_markdown_cell("## 2. Why `double` works (2 points)\n\nIn your own words.", id="asked"))
    nb.cells[4].source = f"### BEGIN SOLUTION\n{MODEL}\n### END SOLUTION"
    nbformat.write(nb, root / "source" / "ps" / "ps.ipynb")
    with Gradebook(f"sqlite:///{root}/gradebook.db") as book:
        assignment = book.add_assignment("ps")
        notebook = book.add_notebook("ps", "ps")
        cell = book.add_grade_cell("why", "ps", "ps", max_score=2, cell_type="markdown")
        book.add_grade_cell("test_double", "ps", "ps", max_score=3, cell_type="code")
        solution = book.add_solution_cell("why", "ps", "ps")
        for student in answers:
            book.db.add(Student(id=student))
            handed_in = SubmittedAssignment(id=f"{student}-a", assignment_id=assignment.id, student_id=student)
            book.db.add(handed_in)
            row = SubmittedNotebook(id=f"{student}-n", notebook_id=notebook.id, assignment_id=handed_in.id)
            book.db.add(row)
            book.db.add_all([
                Grade(cell_id=cell.id, notebook_id=row.id, needs_manual_grade=True),
                Comment(cell_id=solution.id, notebook_id=row.id),
            ])  # fmt: skip
        book.db.commit()
    for student, text in answers.items():
        folder = root / "autograded" / student / "ps"
        folder.mkdir(parents=True)
        cells = [{"cell_type": "markdown", "source": text, "metadata": meta("why", 2, grade=True, solution=True)}]
        (folder / "ps.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return course


def graded_by_hand(root: Path) -> dict[str, tuple[float | None, str | None, bool]]:
    """Student -> points, comment, and whether a person has still to grade, as the gradebook has it."""
    with Gradebook(f"sqlite:///{root}/gradebook.db") as book:
        found = {}
        for grade in book.db.query(Grade):
            comment = next(comment for comment in grade.notebook.comments)
            found[grade.student.id] = grade.manual_score, comment.manual_comment, bool(grade.needs_manual_grade)
        return found
