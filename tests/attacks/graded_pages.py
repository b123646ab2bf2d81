"""The page that nbgrader makes of a graded notebook, and what in it would run."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from pathlib import Path

import nbformat
import nbgrader
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter

from autograder.reporting.feedback import feedback_page

MARK = "pwned"  # what every payload calls or sets
_FORMGRADER = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
_STYLES = _FORMGRADER / "static" / "node_modules" / "bootstrap" / "dist" / "css"
_URL = re.compile(r"\s*(javascript|vbscript|data):", re.IGNORECASE)
_SHEET = {"nbgrader": {"assignment": "ps", "notebook": "ps", "score": 0, "max_score": 0, "late_penalty": 0}}


def as_page(nb: dict) -> str:
    """The pages that our feedback, nbgrader's template of it and nbconvert's own make of a notebook."""
    nb = nbformat.from_dict(nb)
    for cell in nb.cells:
        cell.metadata.setdefault("nbgrader", {}).update(score=0, points=0)  # as nbgrader's GetGrades does
    return feedback_page(nb, _SHEET["nbgrader"]) + "".join(
        _exporter(name).from_notebook_node(nb, resources=dict(_SHEET))[0] for name in ("feedback", "lab")
    )


@lru_cache
def _exporter(name: str) -> HTMLExporter:
    return HTMLExporter(
        template_name=name,
        extra_template_basedirs=[str(_FORMGRADER / "templates")],
        extra_template_paths=[str(_STYLES)],
    )


def active_content(page: str) -> list[str]:
    """Every place in a page where a payload would run when the page is opened, or a link is followed."""
    found = []
    for tag in BeautifulSoup(page, "html.parser").find_all(True):
        if tag.name in ("script", "style", "iframe", "object", "embed") and MARK in str(tag):
            found.append(str(tag)[:200])
        for name, value in tag.attrs.items():
            value = html.unescape(" ".join(value) if isinstance(value, list) else str(value))
            plain = re.sub(r"[\x00-\x20]", "", value)
            if MARK in value and (name.lower().startswith("on") or name == "srcdoc" or _URL.match(plain)):
                found.append(f"<{tag.name} {name}={value[:100]!r}>")
    formulas = re.findall(r"\\href\{[^}]*script:[^}]*\}", html.unescape(page))  # MathJax makes links of these
    return found + [formula for formula in formulas if MARK in formula]
