"""Makes docs/settings.md of the settings' own help texts: ``python docs/settings.py``."""

from __future__ import annotations

from pathlib import Path

from autograder.course.folders import Autograder
from autograder.course.nbgraders import ELSEWHERE, FOLLOWED, NOTES

PAGE = Path(__file__).with_name("settings.md")


def page() -> str:
    """The page as Markdown."""
    ours = [
        (f"`c.Autograder.{name}`", f"`{trait.default()!r}`", trait.help)
        for name, trait in sorted(Autograder.class_own_traits(config=True).items())
    ]
    parts = [
        "# All settings",
        "They stand in `nbgrader_config.py` of the course. This page is made by `python docs/settings.py`.",
        "## The grader's own",
        _table(("setting", "default", "what it is"), ours),
        "## nbgrader's, followed",
        _table(("setting", "what it does here"), [(f"`{name}`", how) for name, how in FOLLOWED]),
        "## nbgrader's, without effect",
        "`verify`, `grade` and `doctor` name each of these that a course sets, and each option that is misspelt.",
        _table(("setting", "instead"), [(f"`{section}.{option}`", instead) for section, option, instead in NOTES]),
        "## nbgrader's, for its other commands",
        _table(("settings", "of"), [(f"`{names}`", of) for names, of in ELSEWHERE]),
    ]
    return "\n\n".join(parts) + "\n"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
