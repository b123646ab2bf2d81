"""nbgrader's own configuration, option by option: what the grader does with each, so that none is silently ignored.

`NOTES` are the options that `autograder` cannot follow; where a course sets one, the commands name it.
``docs/settings.md`` is generated from these tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import PurePath
from typing import Any

import nbgrader.apps  # noqa: F401  (every class with options)
from nbgrader import converters, preprocessors
from nbgrader.apps.baseapp import NbGrader
from traitlets.config import Configurable
from traitlets.config.loader import LazyConfigValue

# Followed by `autograder` as in nbgrader: (option, how).
FOLLOWED = (
    ("CourseDirectory.root", "where the course's folders are; by default the folder of nbgrader_config.py"),
    ("CourseDirectory.directory_structure", "where each step's folders are"),
    ("CourseDirectory.*_directory", "names of the steps' folders"),
    ("CourseDirectory.assignment_id", "each command gets the assignment"),
    ("CourseDirectory.course_id", "the course in the gradebook"),
    (
        "CourseDirectory.db_url",
        "the gradebook, as a path from the course's root; a command's `--db` overrides it",
    ),
    ("CourseDirectory.student_id", "the default of `--student`"),
    ("CourseDirectory.student_id_exclude", "students who are not graded, and not reported as missing"),
    (
        "CourseDirectory.ignore",
        "the course's or submitted files that are neither released nor placed beside a notebook",
    ),
    ("CourseDirectory.groupshared", "`autograded/` and `feedback/` are writable by the group"),
    ("Autograde.permissions, BaseConverter.permissions", "permissions of the files in `autograded/`"),
    ("Autograde.exclude_overwriting", "files whose submitted version counts"),
    ("ClearSolutions.*", "marks of solutions, and what the student gets in their place"),
    ("ClearHiddenTests.*", "marks of hidden tests"),
    ("ClearMarkScheme.*", "marks of marking schemes"),
    ("*.enabled", "whether a preprocessor is used, for all that make a release and for `AssignLatePenalties`"),
    ("InstantiateTests.*", "autotests, with `autotests.yml` of the course"),
    ("IncludeHeaderFooter.*", "cells before and after each notebook of a release"),
    ("LockCells.*", "by nbgrader's own generate_assignment"),
    ("GenerateAssignment.*", "by nbgrader's own generate_assignment; see the notes for `preprocessors`"),
    ("GenerateFeedback.permissions", "permissions of the files in `feedback/`"),
    (
        "GenerateFeedback.*, BaseConverter.exporter_class",
        "with any option except our own exporter, the pages are made by nbgrader's own generate_feedback, one by one",
    ),
    ("LateSubmissionPlugin.penalty_method, AssignLatePenalties.plugin_class", "the late penalty"),
    (
        "Autograde.sanitize_preprocessors, Autograde.autograde_preprocessors",
        "the lines of `autograder init` make `nbgrader autograde` use this engine, too; other steps are named",
    ),
    ("Autograde.pre_convert_hook, BaseConverter.pre_convert_hook", "the one of `autograder init`; another is named"),
    (
        "NbGraderConfig, BasicConfig, BaseNbGraderApp, BaseApp, TransferApp, BaseNbConvertApp",
        "names of older versions: converted as nbgrader does",
    ),
    ("Execute.timeout", "the time of a cell, if c.Autograder.cell_seconds is not set"),
    ("Execute.skip_cells_with_tag", "cells with this tag are not run; a test cell always is"),
)

# For nbgrader's other commands, which the grader does not replace.
ELSEWHERE = (
    ("CourseDirectory.include, max_file_size, max_dir_size", "the exchange: `nbgrader collect`, `fetch_assignment`"),
    ("Exchange*, ZipCollectApp, FileNameCollectorPlugin, ExtractorPlugin", "collecting and handing out"),
    ("ExportApp, ExportPlugin", "`nbgrader export`, which takes our exporters too"),
    (
        "GenerateSolution, GenerateSourceWithTests, GenerateAssignmentApp, GenerateConfigApp, QuickStartApp, UpdateApp",
        "their own commands",
    ),
    ("IgnorePattern, GetGrades", "formgrader and feedback of `nbgrader autograde`"),
    ("ClearOutput, SaveCells", "nbgrader's own generate_assignment"),
    ("Validator", "`nbgrader validate`"),
    ("DbAssignmentAddApp, DbAssignmentRemoveApp, DbStudentAddApp, DbStudentRemoveApp", "`nbgrader db`"),
    ("NbGraderAPI, FormgradeExtension, Authenticator", "formgrader, and the other pages within Jupyter"),
    ("NbGrader.logfile", "the log of nbgrader's commands"),
    ("BaseConverter.force", "the option `--force` of each command"),
)

# Not followed: (section, option, what to do instead).
NOTES = (
    ("Autograde", "post_convert_hook", "`autograder grade` does not run it; run it after the command"),
    ("Autograde", "create_student", "a student who handed in is always added to the gradebook"),
    ("CourseDirectory", "notebook_id", "all notebooks of an assignment are graded together"),
    ("Execute", "extra_arguments", "students' code runs in no Jupyter kernel; set c.Autograder limits"),
    ("Execute", "interrupt_on_timeout", "a cell that takes too long is stopped"),
    ("Execute", "error_on_timeout", "a cell that takes too long is stopped, and its message says so"),
    ("Execute", "execute_retries", "students' code runs in no Jupyter kernel that could fail to start"),
    ("Execute", "raise_on_iopub_timeout", "students' code runs in no Jupyter kernel"),
    ("Execute", "allow_errors", "an error ends the cell, and the next one runs"),
    ("Execute", "kernel_name", "the Python that runs the grader runs the notebooks"),
    *(
        ("Execute", option, "students' code runs in no Jupyter kernel")
        for option in (
            "iopub_timeout shell_timeout_interval startup_timeout shutdown_kernel ipython_hist_file "
            "kernel_manager_class record_timing store_widget_state on_notebook_start on_notebook_complete "
            "on_notebook_error on_cell_start on_cell_execute on_cell_complete"
        ).split()
    ),
    ("Execute", "timeout_func", "set c.Autograder.cell_seconds to the longest time of a cell"),
    ("Execute", "allow_error_names", "an error ends the cell, and the next one runs"),
    ("Execute", "force_raise_errors", "an error ends the cell, and the next one runs"),
    ("Execute", "on_cell_error", "an error ends the cell, and the next one runs"),
    ("OverwriteCells", "add_missing_cells", "test cells that were deleted always come back"),
    ("OverwriteCells", "missing_cell_notification", "test cells that were deleted come back without a message"),
    ("LimitOutput", "max_lines", "set c.Autograder.output_kb"),
    ("LimitOutput", "max_traceback", "set c.Autograder.output_kb"),
)
# Steps of `nbgrader autograde` that the engine does itself and that cannot be left out.
NOT_LEFT_OUT = (
    "Execute OverwriteCells OverwriteKernelspec DeduplicateIds CheckCellMetadata SaveAutoGrades LimitOutput".split()
)
# Steps that withhold something when a release is made, and what.
_KEEP_BACK: dict[Any, str] = {
    preprocessors.ClearSolutions: "solutions",
    preprocessors.ClearHiddenTests: "hidden tests",
    preprocessors.ClearMarkScheme: "marking schemes",
}
# Sections of older versions, whose options nbgrader itself moves to today's.
_OUTDATED = "NbGraderConfig BasicConfig BaseNbGraderApp BaseApp TransferApp BaseNbConvertApp".split()
# Options that nbgrader converts when its class is instantiated, and has no trait for.
_TAKEN_OVER = {"ClearSolutions": ("comment_mark",)}
# Options of older versions, by name, that nbgrader no longer has.
_GONE = {
    "db_assignments": "add assignments and deadlines with `nbgrader db assignment add`",
    "db_students": "add students with `nbgrader db student import`",
}
_OF_PAGES = ("HTMLExporter", "TemplateExporter", "Exporter")
_OUR_HOOK = "autograder.nbgrader_plugin.adopt_renamed"
_KNOWN = ("nbgrader.", "autograder.")  # where the preprocessors are that this grader replaces
_LIST = "`autograder settings` lists all"
_NONE = object()


def is_outdated(config: Any) -> bool:
    """Whether a configuration has options in the places of older versions of nbgrader."""
    moved = any(not hasattr(NbGrader, option) for option in config.get("NbGrader", {}))
    return moved or "course_id" in config.get("Exchange", {}) or any(config.get(name) for name in _OUTDATED)


def sections_of(section: str) -> list[str]:
    """The sections of a configuration that may set an option of this class, the nearest first."""
    kind: Any = getattr(converters, section, None) or getattr(preprocessors, section, None)
    return kind.section_names()[::-1] if kind else [section]


def setting(config: Any, section: str, option: str, default: Any = None) -> Any:
    """An option of an nbgrader class, set for it or for a class that it is derived from."""
    for name in sections_of(section):
        if (found := config.get(name, {}).get(option, _NONE)) is not _NONE:
            return found
    return default


def not_followed(config: Any) -> list[str]:
    """One line for each option of a course's configuration that `autograder` does not follow, with what to do."""
    lines = [
        f"c.{name}.{option} has no effect here: {instead}"
        for section, option, instead in NOTES
        for name in sections_of(section)
        if option in config.get(name, {})
    ]
    left_out = [name for name in NOT_LEFT_OUT if setting(config, name, "enabled", True) is False]
    if left_out:
        lines.append(f"c.{'.enabled, c.'.join(left_out)}.enabled: these steps of grading cannot be left out here")
    hook = setting(config, "Autograde", "pre_convert_hook", _OUR_HOOK)
    if hook and hook != _OUR_HOOK and getattr(hook, "__module__", "") != "autograder.nbgrader_plugin":
        lines.append("c.Autograde.pre_convert_hook has no effect here: `autograder grade` does not run it")
    for option in ("sanitize_preprocessors", "autograde_preprocessors"):
        others = [name for name in _names(config.get("Autograde", {}).get(option)) if not name.startswith(_KNOWN)]
        if others:
            lines.append(
                f"c.Autograde.{option}: {', '.join(others)} has no effect here: `autograder grade` has its own"
            )
    lines += [
        f"c.{name}.{option} has no effect here: feedback pages have a layout of their own"
        for name in _OF_PAGES
        for option in config.get(name, {})
        if setting(config, "GenerateFeedback", "exporter_class") is None
    ]
    lines += [
        f"c.CourseDirectory.ignore: {pattern!r} matches nothing: a pattern is compared with the names of files and "
        f"folders, not with paths; write {PurePath(pattern).name!r}"
        for pattern in _listed(config.get("CourseDirectory", {}).get("ignore"))
        if "/" in pattern
    ]
    if "preprocessors" in config.get("GenerateAssignment", {}):
        lines.append(
            "c.GenerateAssignment.preprocessors affects only the release: where one changes an answer cell, "
            "the cell looks edited"
        )
    return lines


def steps_left_out(config: Any) -> list[str]:
    """One line for each setting that puts into a release what must not be handed out, with what to do."""
    lines = []
    used = {name.rpartition(".")[2] for name in _names(converters.GenerateAssignment(config=config).preprocessors)}
    for step, what in _KEEP_BACK.items():
        if (name := step.__name__) not in used:
            lines.append(f"c.GenerateAssignment.preprocessors lacks {name}, so {what} are released: add it")
        elif not step(config=config).enabled:
            where = next(it for it in sections_of(name) if "enabled" in config.get(it, {}))
            lines.append(f"c.{where}.enabled = False releases {what}: remove it from the configuration")
    return lines


def misspelt(config: Any) -> list[str]:
    """One line for each option of a course's configuration that no class has, with the nearest existing one."""
    known: dict[str, set[str]] = {}
    for kind in _derived_from(Configurable):
        known.setdefault(kind.__name__, set()).update(kind.class_trait_names(config=True))
    elsewhere = {name for names, _ in ELSEWHERE for name in names.split(", ")}
    lines = []
    for section, options in config.items():
        if section in known:  # a command's section may have options that nbgrader moves to their class
            wrong = () if section.endswith("App") else {*options} - known[section] - {*_TAKEN_OVER.get(section, ())}
            for option in sorted(name for name in wrong if not name[0].isupper()):
                if option in _GONE:
                    lines.append(f"c.{section}.{option} no longer has any effect, nor in nbgrader: {_GONE[option]}")
                    continue
                near = get_close_matches(option, known[section], 1)
                meant = f"did you mean c.{section}.{near[0]}?" if near else "does it belong to another section?"
                lines.append(f"c.{section}.{option} has no effect: {section} has no such option; {meant} {_LIST}")
        elif section not in elsewhere and section not in _OUTDATED and f".{section}" not in repr(config):
            near = [name for name in known if name.casefold() == section.casefold()]
            if near := near or get_close_matches(section, known, 1, 0.8):
                lines.append(f"c.{section} has no effect: there is no such section; did you mean c.{near[0]}? {_LIST}")
    return lines


def _derived_from(kind: Any) -> Iterator[Any]:
    for derived in kind.__subclasses__():
        yield derived
        yield from _derived_from(derived)


def protected(config: Any) -> bool:
    """Whether `nbgrader autograde` and formgrader's button use this engine in a course: see `autograder init`."""
    names = _names(config.get("Autograde", {}).get("autograde_preprocessors"))
    return any(name.rpartition(".")[2] == "IsolatedExecute" for name in names)


def _names(preprocessors: Any) -> list[str]:
    """The names of preprocessors, as module.Class."""
    return [one if isinstance(one, str) else f"{one.__module__}.{one.__qualname__}" for one in _listed(preprocessors)]


def _listed(setting: Any) -> list:
    """What a course's configuration puts into a list, whether it sets the list or adds to it."""
    if isinstance(setting, LazyConfigValue):
        setting = setting.get_value([])
    return list(setting) if isinstance(setting, list | tuple) else []


UNPROTECTED = (
    "`nbgrader autograde` and formgrader's button run students' code UNPROTECTED in this course, as they do without "
    "this grader; `autograder init` shows the lines of nbgrader_config.py that change it"
)
