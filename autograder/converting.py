"""nbgrader's own converters (generate_assignment, generate_feedback), run from Python."""

from __future__ import annotations

import logging
from pathlib import Path

from nbgrader.converters import GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory

from .assignment import CourseError
from .course import Course


def generate_assignment(course: Course, name: str, root: Path | None = None) -> Path:
    """Makes ``release/<name>``; returns the folder.

    Args:
        root: where the source and release folders and the gradebook lie; the course's own where it is None.
    """
    folders = CourseDirectory(root=str(root or course.root), config=course.config)
    if root:
        folders.db_url = f"sqlite:///{Path(root, 'gradebook.db')}"
    folders.assignment_id = name
    folders.student_id = "."
    _convert(GenerateAssignment, course, folders, f"source/{name}: nbgrader could not make the release")
    return Path(folders.format_path(folders.release_directory, ".", name))


def generate_feedback(course: Course, name: str, student: str) -> None:
    """Makes the feedback pages of one student anew."""
    folders = CourseDirectory(root=str(course.root), config=course.config)
    folders.assignment_id, folders.student_id = name, student
    _convert(GenerateFeedback, course, folders, f"{student}: nbgrader could not make the feedback")


def _convert(converter_class, course: Course, folders: CourseDirectory, failure: str) -> None:
    log = logging.Logger("nbgrader")
    heard = _Heard()
    log.addHandler(heard)
    converter = converter_class(coursedir=folders, config=course.config, log=log)
    converter.force = True
    try:
        converter.start()
    except Exception as error:
        raise CourseError(f"{failure}: {heard.reason or error}") from None


class _Heard(logging.Handler):
    """Keeps the last exception that nbgrader logged: its own message only points to it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.reason = ""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage().strip()
        if text.startswith("Traceback"):
            self.reason = text.splitlines()[-1]
