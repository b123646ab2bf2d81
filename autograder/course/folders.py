"""A course directory: its configuration, its folders, and their contents.

The configuration is nbgrader's own ``nbgrader_config.py``; ours adds the section ``c.Autograder``.
"""

from __future__ import annotations

import contextlib
import glob
import re
import sys
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

import nbgrader.api
from jupyter_core.paths import jupyter_config_path
from nbgrader.apps.baseapp import NbGrader
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from traitlets import Bool, Dict, Float, Integer, List, TraitError, Unicode
from traitlets.config import Config, Configurable
from traitlets.config.loader import JSONFileConfigLoader, PyFileConfigLoader

from .assignment import Assignment, read_assignment
from .errors import CourseError
from .extensions import read_extensions
from .files import is_ignored
from .limits import Limits
from .nbgraders import UNPROTECTED, is_outdated, misspelt, not_followed, protected
from .timestamps import NoTimestamp, read_timestamp
from .variants import read_variants

CONFIG_FILE = "nbgrader_config.py"
JSON_FILE = "nbgrader_config.json"
_ANYBODY = "\ue000"  # placeholder for the student in a path that becomes a pattern; no name contains it


def _alembic_version() -> str | None:
    """The version that nbgrader runs `alembic` for with each new gradebook, which takes seconds and needs a PATH."""
    from alembic.script import ScriptDirectory  # slow to import, and an existing gradebook does not need it
    from nbgrader.dbutil import ALEMBIC_DIR

    return ScriptDirectory(ALEMBIC_DIR).get_current_head()


nbgrader.api.get_alembic_version = _alembic_version


class Autograder(Configurable):
    """Settings of the grader, set as ``c.Autograder.<name>`` in nbgrader_config.py."""

    packages = List(Unicode(), help="Importable packages of the course that students' code may read").tag(config=True)
    variants = Unicode("variants", help="Folder with a file of named mistakes and alternatives per assignment").tag(
        config=True
    )
    readable = List(
        Unicode(), help="Files and folders of data that students' code may read, as paths from the course's root"
    ).tag(config=True)
    extensions = Unicode(
        "extensions.csv", help="Table of later deadlines for single students, with columns student, assignment, until"
    ).tag(config=True)
    columns = Dict(
        help="Heading of an assignment's column in Canvas or Moodle, if it has one: {assignment: heading}"
    ).tag(config=True)
    cell_seconds = Float(30.0, help="Processor time for one cell in seconds; clock time while it only waits").tag(
        config=True
    )
    total_seconds = Float(
        300.0, help="Processor time for one submission in seconds; clock time while it only waits"
    ).tag(config=True)
    follow_through = Bool(
        False, help="Whether a test gets its points if it fails only because an earlier exercise failed its own test"
    ).tag(config=True)
    memory_mb = Integer(2048, help="Memory that one submission may use, in MB").tag(config=True)
    output_kb = Integer(1024, help="Text that one cell may print, in KB").tag(config=True)
    scratch_mb = Integer(256, help="Disk space that one submission may fill, in MB").tag(config=True)

    @property
    def limits(self) -> Limits:
        return Limits(
            cell_seconds=self.cell_seconds,
            total_seconds=self.total_seconds,
            memory=self.memory_mb << 20,
            scratch=self.scratch_mb << 20,
            file_size=min(self.scratch_mb, 64) << 20,
            output=self.output_kb << 10,
        )


class Course:
    """One course directory.

    Args:
        root: the directory with ``nbgrader_config.py``.
        config: a configuration that is already loaded; if None, it is read from the file.
        db_url: address of the gradebook, if it is not the one of the configuration.

    Raises CourseError if there is no configuration, or it cannot be read.
    """

    def __init__(self, root: Path, config: Config | None = None, db_url: str | None = None):
        self.root = Path(root).resolve()
        if str(self.root) not in sys.path:  # where a course often has its modules: packages, hooks, imports of its file
            sys.path.append(str(self.root))
        self.config = config if config is not None else _load(self.root)
        in_file = self.config.CourseDirectory.get("db_url")
        if url := db_url or in_file:  # a path is relative to where it is written: a terminal, or the course's own file
            self.config.CourseDirectory.db_url = _absolute(url, Path.cwd() if db_url else self.root)
        root = self.root / self.config.CourseDirectory.get("root", "")
        self.folders = CourseDirectory(config=self.config)
        self.folders.root = str(root.resolve())
        if not self.folders.course_id and make_url(self.db_url).get_backend_name() != "sqlite":
            raise CourseError(
                f"{self.root / CONFIG_FILE}: nbgrader needs c.CourseDirectory.course_id set for a gradebook on a server"
            )
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # about a misspelt option, see `notes`
            self.settings = Autograder(config=self.config)
        seconds = self.config.Execute.get("timeout") or self.config.ExecutePreprocessor.get("timeout")
        if isinstance(seconds, int | float) and seconds > 0 and "cell_seconds" not in self.config.Autograder:
            self.settings.cell_seconds = float(seconds)
        self._read: dict[str, Assignment] = {}

    @property
    def db_url(self) -> str:
        return self.folders.db_url

    @property
    def shown_db_url(self) -> str:
        """The gradebook's address without its password, for messages."""
        return make_url(self.db_url).render_as_string()

    @contextlib.contextmanager
    def gradebook(self, assignment: str) -> Iterator[nbgrader.api.Gradebook]:
        """The gradebook that holds an assignment, as a context manager that closes it.

        Raises CourseError if there is none yet, or if it cannot be used, then or later.
        """
        with self.saying_why(), self.open_gradebook(assignment) as book:
            yield book

    def open_gradebook(self, assignment: str) -> nbgrader.api.Gradebook:
        """The gradebook. Raises CourseError if there is none yet: reading creates no file. Raises SQLAlchemyError."""
        if (file := self.gradebook_file) and not file.exists():
            raise CourseError(
                f"there is no gradebook {file} yet that knows {assignment!r}; run `autograder release {assignment}` "
                "first, or name another gradebook with --db"
            )
        try:
            return nbgrader.api.Gradebook(self.db_url, self.folders.course_id)
        except ImportError as error:
            raise CourseError(
                f"{self.shown_db_url}: this kind of gradebook needs a package that is not installed ({error})"
            ) from None

    @property
    def gradebook_file(self) -> Path | None:
        """The gradebook's file; None if it is on a server."""
        url = make_url(self.db_url)
        return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None

    @contextlib.contextmanager
    def saying_why(self) -> Iterator[None]:
        """Turns what an unusable gradebook raises into a CourseError of one sentence."""
        try:
            yield
        except SQLAlchemyError as error:
            reason = (str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__])[0]
            raise CourseError(
                f"{self.shown_db_url}: the gradebook cannot be read or written ({reason}); see that it can be reached, "
                "that no other program has locked it and that the disk has room; then run the same command again"
            ) from None

    @property
    def readable(self) -> list[str]:
        """The data that students' code may read, as absolute paths. Raises CourseError if one must not be read."""
        secret = [self.path(step, ".", ".").resolve() for step in ("source", "submitted", "autograded", "feedback")]
        secret.append((self.root / self.settings.variants).resolve())
        found = []
        for name in self.settings.readable:
            path = (self.root / name).resolve()
            if not path.exists():
                raise CourseError(f"c.Autograder.readable: {path} does not exist")
            if any(folder.is_relative_to(path) or path.is_relative_to(folder) for folder in secret):
                raise CourseError(
                    f"c.Autograder.readable: with {path} students could read what is not theirs; move the data"
                )
            found.append(str(path))
        return found

    @property
    def notes(self) -> list[str]:
        """What an instructor should know about the configuration: what has no effect, and what is not protected."""
        return [
            *misspelt(self.config),
            *not_followed(self.config),
            *map(self._without_files, [it for it in self.assignments() if is_ignored(it, self.folders.ignore)]),
            *[UNPROTECTED] * (not protected(self.config)),
        ]

    def _without_files(self, assignment: str) -> str:
        return (
            f"c.CourseDirectory.ignore: a pattern matches {assignment!r} itself, the assignment's folder; nbgrader "
            "then takes its notebooks and leaves out all files beside them: rename the folder, or narrow the pattern"
        )

    @property
    def excluded(self) -> set[str]:
        """Students who are excluded by nbgrader's setting."""
        return {student for student in (self.folders.student_id_exclude or "").split(",") if student}

    def path(self, step: str, student: str, assignment: str) -> Path:
        """The folder of a step ("source", "release", "submitted", "autograded", "feedback")."""
        name = getattr(self.folders, f"{step}_directory")
        return Path(self.folders.format_path(name, student, assignment))

    def assignments(self) -> list[str]:
        """The names of the assignments in the source folder."""
        return sorted(
            p.name for p in self.path("source", ".", ".").glob("*") if p.is_dir() and not p.name.startswith(".")
        )

    def assignment(self, name: str) -> Assignment:
        """Reads an assignment with its variants. Raises CourseError, naming the assignments that exist."""
        if name in self._read:
            return self._read[name]
        self.check_name(name)
        folder = self.path("source", ".", name)
        if not folder.is_dir():
            known = ", ".join(self.assignments()) or "none yet"
            raise CourseError(f"there is no assignment {name!r} in {folder.parent} (there: {known})")
        with contextlib.chdir(self.folders.root):  # where nbgrader looks for autotests.yml, headers and footers
            assignment = read_assignment(folder, name, self.config, self.folders.ignore)
        variants = read_variants(self.root / self.settings.variants / f"{name}.py", assignment)
        graded = tuple(variant for variant in variants if variant.kind != "allowed")
        allowed = tuple(variant for variant in variants if variant.kind == "allowed")
        self._read[name] = replace(assignment, variants=graded, allowed=allowed)
        return self._read[name]

    def check_name(self, name: str) -> None:
        """Raises CourseError if nbgrader accepts no assignment of this name."""
        try:
            CourseDirectory(root=str(self.root), assignment_id=name)
        except TraitError as error:
            raise CourseError(f"{name!r} is not a valid name for an assignment: {error}; rename its folder") from None
        if name.strip() != name or not name or "/" in name:
            raise CourseError(f"{name!r} is not a valid name for an assignment (nbgrader strips blanks); rename it")

    def handed_in(self, assignment: str, student_glob: str = "*") -> dict[str, Path]:
        """Student id -> folder of the submission, in order."""
        everybody = self._everybody(assignment)
        pattern = glob.escape(everybody).replace(_ANYBODY, "*")
        regex = self.folders.format_path(
            self.folders.submitted_directory, "(?P<student>.*)", re.escape(assignment), escape=True
        )
        found = {}
        for path in sorted(glob.glob(pattern)):
            if not Path(path).is_dir() or not (match := re.fullmatch(regex, path, re.DOTALL)):
                continue
            if _is_text(path) and self.is_meant(match["student"], student_glob):
                found[match["student"]] = Path(path)
        return {student: path for student, path in found.items() if student not in self.excluded}

    def submissions(self, assignment: str, student_glob: str = "*") -> dict[str, Path]:
        """As `handed_in`. Raises CourseError if nobody handed in anything."""
        if found := self.handed_in(assignment, student_glob):
            return found
        wanted = self._everybody(assignment).replace(_ANYBODY, student_glob)
        raise CourseError(f"no submissions match {wanted}; collect them there first, one folder per student")

    def _everybody(self, assignment: str) -> str:
        return self.folders.format_path(self.folders.submitted_directory, _ANYBODY, assignment)

    def misnamed(self, assignment: str) -> list[Path]:
        """Folders of submissions whose student no gradebook can store, since the name is not in UTF-8."""
        found = sorted(glob.glob(glob.escape(self._everybody(assignment)).replace(_ANYBODY, "*")))
        return [Path(path) for path in found if not _is_text(path)]

    @staticmethod
    def is_meant(student: str, pattern: str) -> bool:
        """Whether a pattern means this student: it may also be the id itself, whatever characters that contains."""
        return student == pattern or fnmatchcase(student, pattern)

    def astray(self, assignment: str) -> dict[str, list[str]]:
        """Student id -> what may have been meant for an assignment, for students who have no folder of its name.

        That is a folder whose name differs only in case, blanks or punctuation, or a notebook one folder too high.
        """
        found: dict[str, list[str]] = {}
        here = self.path("submitted", _ANYBODY, assignment)
        if here.parent.name != _ANYBODY:  # the course has another folder layout
            return found
        people = here.parent.parent
        for folder in sorted(people.iterdir()) if people.is_dir() else ():
            if folder.name.startswith(".") or not folder.is_dir() or (folder / assignment).is_dir():
                continue
            names = [entry.name for entry in sorted(folder.iterdir())]
            meant = [name for name in names if _squeezed(name) == _squeezed(assignment) or ".ipynb" in name]
            if meant and folder.name not in self.excluded:
                found[folder.name] = meant
        return found

    def extensions(self, assignment: str) -> dict[str, datetime]:
        """Student id -> extended deadline (UTC). Raises CourseError for an invalid table."""
        return read_extensions(self.root / self.settings.extensions, assignment)

    def timestamp(self, folder: Path) -> datetime | None:
        """When a submission was handed in, in UTC; None if its timestamp.txt has no readable time."""
        try:
            return read_timestamp(folder)
        except NoTimestamp:
            return None


def _absolute(url: str, base: Path) -> str:
    """The address of a gradebook, with the absolute path of a file. Raises CourseError if it is not an address."""
    try:
        parts = make_url(url)
        if parts.get_backend_name() != "sqlite" or parts.database in (None, "", ":memory:"):
            return url
    except SQLAlchemyError:
        raise CourseError(
            "the address of the gradebook cannot be read; write sqlite:///grades.db, or postgresql+psycopg://…"
        ) from None
    if parts.database.startswith("file:"):
        return url
    path = str((base / parts.database).resolve())
    return parts.set(database=path).render_as_string(hide_password=False)


def _is_text(path: str) -> bool:
    try:
        return bool(path.encode())
    except UnicodeEncodeError:
        return False


def _squeezed(name: str) -> str:
    composed = unicodedata.normalize("NFKC", name.removesuffix(".zip"))  # macOS separates letters and accents
    return "".join(filter(str.isalnum, composed)).casefold()


def has_configuration(root: Path) -> bool:
    """Whether a folder is a course: it contains nbgrader's configuration, as Python or as JSON."""
    return any((root / name).is_file() for name in (CONFIG_FILE, JSON_FILE))


def _load(root: Path) -> Config:
    """The configuration as nbgrader reads it: machine first, then user; the course's own overrides both."""
    if not has_configuration(root):
        raise CourseError(f"{root} holds no {CONFIG_FILE}, so it is not a course; name one with --course DIR")
    config, for_all = Config(), jupyter_config_path()[::-1]  # the nearest last
    for name, folders in ("jupyter_config", for_all), (CONFIG_FILE.removesuffix(".py"), [*for_all, str(root)]):
        for folder in folders:
            for kind, suffix in (PyFileConfigLoader, ".py"), (JSONFileConfigLoader, ".json"):
                path = Path(folder, name + suffix)
                try:
                    with contextlib.chdir(root):  # where nbgrader's commands run
                        config.merge(kind(path.name, path=folder).load_config() if path.is_file() else {})
                except Exception as error:
                    raise CourseError(f"{path}: {type(error).__name__}: {error}") from None
    if is_outdated(config):  # nbgrader's commands also begin with this, and say what to write instead
        NbGrader()._load_config(config)
    return config
