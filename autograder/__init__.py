"""Grades nbgrader assignments: isolated, fast, with an explanation. See ``autograder --help``."""

__version__ = "0.1.0"
