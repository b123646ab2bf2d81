"""nbgrader's own converters (generate_assignment, generate_feedback), run from Python."""

from __future__ import annotations

import glob
import logging
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter, HTMLExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.api import Grade
from nbgrader.converters import BaseConverter, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import GetGrades
from traitlets import List

from .errors import CourseError
from .folders import Course

Page = Callable[[NotebookNode, Mapping[str, Any]], str]  # a graded notebook, and its score -> HTML


def generate_assignment(course: Course, name: str, elsewhere: Path | None = None) -> Path:
    """Makes ``release/<name>``; returns the folder.

    Args:
        elsewhere: an empty folder for a trial release, with its own gradebook; it is made from the same source, in the
            same place, so that every relative path of the configuration is found.
    """
    folders = _folders(course)
    converter: type = _GenerateAssignment
    if elsewhere:
        folders.db_url = f"sqlite:///{elsewhere / 'gradebook.db'}"
        folders.groupshared = False
        converter = type("_OnTrial", (_GenerateAssignment,), {"folder": elsewhere / "release" / name})
    folders.assignment_id = name
    folders.student_id = "."
    _convert(converter, course, folders, f"source/{name}: nbgrader could not make the release")
    if elsewhere:
        return elsewhere / "release" / name
    return Path(folders.format_path(folders.release_directory, ".", name))


def generate_feedback(course: Course, name: str, student: str, page: Page) -> None:
    """Makes the feedback pages of one student again, each by `page`."""
    folders = _folders(course)
    folders.assignment_id, folders.student_id = name, student
    exporter = type("_Exporter", (_PageExporter,), {"page": staticmethod(page)})
    _convert(_GenerateFeedback, course, folders, f"{student}: nbgrader could not make the feedback", exporter)


def _folders(course: Course) -> CourseDirectory:
    folders = CourseDirectory(config=course.config)
    folders.root, folders.notebook_id = course.folders.root, "*"
    return folders


class _OfOneFolder(BaseConverter):
    """nbgrader looks for a folder by a pattern; here it is one folder, whatever characters are in its name."""

    def init_notebooks(self) -> None:
        """Finds the notebooks of the folder. Raises CourseError if it has none."""
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        self.notebooks: list[str] = []
        found = glob.glob(f"{glob.escape(folder)}/{self.coursedir.notebook_id}.ipynb")
        if not found:
            raise CourseError(f"{folder} holds no notebook")
        self.assignments = {folder: found}


class _GenerateAssignment(_OfOneFolder, GenerateAssignment):
    folder: Path | None = None  # the destination, if it is not the course's own release

    def _format_dest(self, assignment_id: str, student_id: str, escape: bool = False) -> str:
        if self.folder is None:
            return super()._format_dest(assignment_id, student_id, escape)
        return re.escape(str(self.folder)) if escape else str(self.folder)


class _GradesAndWhatWaits(GetGrades):
    """nbgrader's grades, and which of them a person still has to give: nbgrader shows those as 0."""

    def _get_score(self, cell: NotebookNode, resources: ResourcesDict) -> None:
        super()._get_score(cell, resources)
        about = cell.metadata["nbgrader"]
        grade = self.gradebook.find_grade(about["grade_id"], self.notebook_id, self.assignment_id, self.student_id)
        about["waiting"] = waits_for_a_person(grade)


class _GenerateFeedback(_OfOneFolder, GenerateFeedback):
    preprocessors = List([_GradesAndWhatWaits]).tag(config=True)


def _convert(
    converter_class: type, course: Course, folders: CourseDirectory, failure: str, exporter: type | None = None
) -> None:
    log = logging.Logger("nbgrader")
    heard = _Heard()
    log.addHandler(heard)
    converter = converter_class(coursedir=folders, config=course.config, log=log)
    if exporter and converter.exporter_class is HTMLExporter:
        converter.exporter_class = exporter
    converter.force = True
    try:
        converter.start()
    except Exception as error:
        raise CourseError(f"{failure}: {heard.reason or error}") from None


class _PageExporter(HTMLExporter):
    """Makes the page with the function `page`, from the notebook with its grades."""

    page: Page

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Returns the page and the resources. Raises what the preprocessors raise."""
        graded, found = Exporter.from_notebook_node(self, nb, resources, **kwargs)
        return self.page(graded, found["nbgrader"]), found


class _Heard(logging.Handler):
    """Keeps the last exception that nbgrader logged: its own message only points to it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.reason = ""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage().strip()
        if text.startswith("Traceback"):
            self.reason = text.splitlines()[-1]


def waits_for_a_person(grade: Grade) -> bool:
    """Whether an answer that a person is to grade has no points yet, from a test or a person."""
    return bool(grade.needs_manual_grade and grade.manual_score is None and grade.auto_score is None)
