"""nbgrader's entry point to the exporters: ``nbgrader export --exporter=autograder.exports.Canvas``."""

from .reporting.exports import Canvas, Csv, Gradescope, Moodle

__all__ = ["Canvas", "Csv", "Gradescope", "Moodle"]
