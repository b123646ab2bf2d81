"""nbgrader's own converters (generate_assignment, generate_feedback), run from Python."""

from __future__ import annotations

import glob
import logging
import re
from pathlib import Path

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from nbconvert.exporters import HTMLExporter
from nbgrader.converters import BaseConverter, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory

from .errors import CourseError
from .folders import Course


def generate_assignment(course: Course, name: str, elsewhere: Path | None = None) -> Path:
    """Makes ``release/<name>``; returns the folder.

    Args:
        elsewhere: an empty folder for a release on trial, with a gradebook of its own; it is made from the same source,
            in the same place, so that whatever the configuration names by a relative path is found.
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


def generate_feedback(course: Course, name: str, student: str) -> None:
    """Makes the feedback pages of one student anew."""
    folders = _folders(course)
    folders.assignment_id, folders.student_id = name, student
    _convert(_GenerateFeedback, course, folders, f"{student}: nbgrader could not make the feedback")


def _folders(course: Course) -> CourseDirectory:
    folders = CourseDirectory(config=course.config)
    folders.root, folders.notebook_id = course.folders.root, "*"
    return folders


class _OfOneFolder(BaseConverter):
    """nbgrader looks for a folder by a pattern; here it is one folder, whatever characters its name has."""

    def init_notebooks(self) -> None:
        """Finds the notebooks of the folder. Raises where there is none."""
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        self.notebooks: list[str] = []
        found = glob.glob(f"{glob.escape(folder)}/{self.coursedir.notebook_id}.ipynb")
        if not found:
            raise CourseError(f"{folder} holds no notebook")
        self.assignments = {folder: found}


class _GenerateAssignment(_OfOneFolder, GenerateAssignment):
    folder: Path | None = None  # where to, if it is not the course's own release

    def _format_dest(self, assignment_id: str, student_id: str, escape: bool = False) -> str:
        if self.folder is None:
            return super()._format_dest(assignment_id, student_id, escape)
        return re.escape(str(self.folder)) if escape else str(self.folder)


class _GenerateFeedback(_OfOneFolder, GenerateFeedback):
    pass


def _convert(converter_class: type, course: Course, folders: CourseDirectory, failure: str) -> None:
    log = logging.Logger("nbgrader")
    heard = _Heard()
    log.addHandler(heard)
    converter = converter_class(coursedir=folders, config=course.config, log=log)
    if converter.exporter_class is HTMLExporter:
        converter.exporter_class = _QuickHTMLExporter
    converter.force = True
    try:
        converter.start()
    except Exception as error:
        raise CourseError(f"{failure}: {heard.reason or error}") from None


class _CompiledTemplates(BytecodeCache):
    """nbconvert makes each page with templates compiled anew, which takes longer than all else: they are kept."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


_TEMPLATES = _CompiledTemplates()


class _QuickHTMLExporter(HTMLExporter):
    def _create_environment(self) -> Environment:
        environment = super()._create_environment()
        environment.bytecode_cache = _TEMPLATES
        return environment


class _Heard(logging.Handler):
    """Keeps the last exception that nbgrader logged: its own message only points to it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.reason = ""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage().strip()
        if text.startswith("Traceback"):
            self.reason = text.splitlines()[-1]
