"""The lines that mark what a course does not hand out: nbgrader's usual ones, or the configuration's own."""

from __future__ import annotations

from dataclasses import dataclass

from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions
from traitlets.config import Config


@dataclass(frozen=True)
class Marks:
    """What begins and what ends a region. A line that contains such a text is a mark, by nbgrader's rule."""

    begin_solution: str = ClearSolutions.begin_solution_delimeter.default_value
    end_solution: str = ClearSolutions.end_solution_delimeter.default_value
    begin_hidden: str = ClearHiddenTests.begin_test_delimeter.default_value
    end_hidden: str = ClearHiddenTests.end_test_delimeter.default_value
    begin_scheme: str = ClearMarkScheme.begin_mark_scheme_delimeter.default_value
    end_scheme: str = ClearMarkScheme.end_mark_scheme_delimeter.default_value

    @classmethod
    def of(cls, config: Config | None) -> Marks:
        """The marks of a course's configuration (the usual ones for None)."""
        solutions, tests = ClearSolutions(config=config), ClearHiddenTests(config=config)
        schemes = ClearMarkScheme(config=config)
        return cls(
            solutions.begin_solution_delimeter,
            solutions.end_solution_delimeter,
            tests.begin_test_delimeter,
            tests.end_test_delimeter,
            schemes.begin_mark_scheme_delimeter,
            schemes.end_mark_scheme_delimeter,
        )

    @property
    def begins(self) -> tuple[str, str, str]:
        """The marks that begin a region which is not handed out."""
        return self.begin_solution, self.begin_hidden, self.begin_scheme

    def hidden_lines(self, source: str) -> frozenset[int]:
        """The numbers of the lines in hidden regions, including the marks."""
        hidden, inside = set(), False
        for number, line in enumerate(source.split("\n"), 1):
            inside = inside or self.begin_hidden in line
            if inside:
                hidden.add(number)
            if self.end_hidden in line:
                inside = False
        return frozenset(hidden)

    def unmarked(self, source: str) -> str:
        """The cell as a student would write it: without the lines that mark a solution."""
        marks = (self.begin_solution, self.end_solution)
        return "\n".join(line for line in source.split("\n") if not any(mark in line for mark in marks))

    def solution(self, source: str) -> str:
        """The regions that hold a solution, including the marks, without the lines around them."""
        lines, inside = [], False
        for line in source.split("\n"):
            inside = inside or self.begin_solution in line
            if inside:
                lines.append(line)
            if self.end_solution in line:
                inside = False
        return "\n".join(lines)

    def split(self, source: str) -> tuple[list[str], list[str]]:
        """The lines of a cell that are handed out, and those in regions that are not."""
        shown: list[str] = []
        kept: list[str] = []
        inside = False
        for line in source.split("\n"):
            if any(mark in line for mark in self.begins):
                inside = True
            elif any(mark in line for mark in (self.end_solution, self.end_hidden, self.end_scheme)):
                inside = False
            else:
                (kept if inside else shown).append(line)
        return shown, kept
