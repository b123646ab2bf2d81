"""The instructor's report: a graded class on one self-contained HTML page.

It works on plain data, in the format of ``autograder grade --json``, and reads neither the
gradebook nor a notebook. Names, messages, notes and code come from students' work: the template escapes
everything, the page forbids outside resources and every script except its own, and characters that could reorder or
break a line are replaced here.
"""

from __future__ import annotations

import base64
import difflib
import hashlib
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from ..course.errors import without_piles
from .similarity import near_identical

LONGEST_NAME = 120
LONGEST_MESSAGE = 600
SHOWN_STUDENTS = 8
SHOWN_OUTLIERS = 8
SHOWN_CLUSTERS = 12
SHOWN_UNNAMED = 10
SHOWN_EVENTS = 50
HISTOGRAM_BINS = 10
DIFF_CONTEXT, DIFF_LINES, LONGEST_LINE, LONGEST_CODE = 2, 40, 160, 400  # lines, lines, characters, lines
SHOWN_MISTAKES = 3  # per exercise when the page opens; the others can be unfolded
TAUGHT_AGAIN = 5  # exercises named at the top of the page
FEWEST_TO_CORRELATE = 3  # students; the correlation of two is always 1 or -1
EXAMPLES_TRIED = 40  # students whose work is searched for the clearest example of a mistake

# Control characters, marks that change the writing direction, and halves of surrogate pairs, which no file can contain.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Outcome:
    """How one outcome is shown: its name, its sign in the map, and its meaning."""

    key: str
    name: str
    sign: str
    meaning: str


# In the order of the stacked bars: success first, what is not the student's doing last.
OUTCOMES = {
    outcome.key: outcome
    for outcome in (
        Outcome("passed", "passed", "✓", "full marks"),
        Outcome("partial", "partial", "½", "some of the marks"),
        Outcome("failed", "failed", "×", "a test did not pass"),
        Outcome("raised", "raised", "!", "the student's code raised an error"),
        Outcome("timeout", "timeout", "T", "took longer than allowed"),
        Outcome("memory", "memory", "M", "took more memory than allowed"),
        Outcome("breach", "breach", "B", "stopped by the sandbox"),
        Outcome("not_attempted", "not attempted", "–", "left as it was handed out"),
        Outcome("manual", "by hand", "H", "a person grades it"),
        Outcome("grader_error", "grader error", "G", "the grader's fault, costs nobody points"),
    )
}


@dataclass(frozen=True)
class Cell:
    """One graded cell of one submission; the score is None if a person still has to grade it."""

    notebook: str
    cell: str
    score: float | None
    max_score: float
    outcome: str
    isolated: bool
    message: str
    mistake: str | None

    @property
    def question(self) -> tuple[str, str]:
        return self.notebook, self.cell

    @property
    def counts(self) -> bool:
        """Whether its score says something about the student."""
        return self.score is not None and self.outcome != "grader_error"

    @property
    def by_hand(self) -> bool:
        """Whether a person has graded it."""
        return self.outcome == "manual" and self.score is not None


@dataclass(frozen=True)
class Submission:
    """One student's graded work. The score is nbgrader's: the sum of the cells, before any late penalty."""

    student: str
    score: float
    max_score: float
    seconds: float
    memory: float  # peak, in bytes
    late_penalty: float
    notes: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def final(self) -> float:
        """The score after the late penalty, never below zero."""
        return max(0.0, self.score - self.late_penalty)

    @property
    def ungraded(self) -> float:
        """Full marks of the cells that have no score yet."""
        return sum(cell.max_score for cell in self.cells if not cell.counts)

    @property
    def share(self) -> float | None:
        """The final score as a share of the points graded so far; None if there are none.

        More than 1 where extra credit was earned.
        """
        graded = self.max_score - self.ungraded
        if graded > 1e-9:
            return self.final / graded
        return None if self.ungraded else 0.0

    @property
    def waiting(self) -> int:
        """How many of its cells a person still has to grade."""
        return sum(cell.score is None and cell.outcome != "grader_error" for cell in self.cells)


def render_report(
    assignment: str,
    submissions: Iterable[Mapping[str, Any]],
    *,
    max_score: float = 0.0,
    unsafe: bool = False,
    due: str | None = None,
    missing: Iterable[Mapping[str, str]] = (),
    gone: Iterable[str] = (),
    solutions: Iterable[Mapping[str, Any]] = (),
    headings: Mapping[tuple[str, str], str] | None = None,
    earlier: Iterable[Mapping[str, Any]] = (),
) -> str:
    """Makes the report of a graded class; ``render_report(**data)`` takes the grader's JSON as it is.

    Args:
        assignment: name of the problem set.
        submissions: one mapping per student, as ``autograder grade --json`` writes them.
        max_score: full marks of the assignment; if it is 0, the submissions' own is used.
        unsafe: whether student code ran without a sandbox, which the page then says first.
        due: the deadline, as text.
        missing: students on the class list who handed in nothing, as ``autograder grade --json`` writes them.
        gone: students whose submission no longer exists; their scores come from the gradebook.
        solutions: the cells to write, as `class_report.solutions` gives them: for examples of mistakes beside the
            reference, and for near-identical work. Without them the page has neither.
        headings: (notebook, cell) -> the heading of the exercise, by which people recognise a question.
        earlier: the submissions of another class, in the same form, whose means are then shown beside this one's.

    Returns:
        A complete, self-contained HTML page.

    Raises:
        ValueError: a submission lacks a field, or an outcome is not in ``OUTCOMES``.
    """
    class_work = [_submission(row) for row in submissions]
    class_work.sort(key=lambda submission: (-_share_or_none_yet(submission), _natural(submission.student)))
    full_marks = max_score or max((submission.max_score for submission in class_work), default=0.0)
    questions = list(dict.fromkeys(cell.question for submission in class_work for cell in submission.cells))
    solutions = [_code(solution) for solution in solutions]
    rows = [question_row(question, class_work, (headings or {}).get(question, "")) for question in questions]
    others = [_submission(row) for row in earlier]
    for question, row in zip(questions, rows, strict=True):
        row["earlier"] = mean_share(question, others)
    named = {question: _name(heading) for question, heading in (headings or {}).items()}
    known = mistakes(class_work, solutions)
    template, script = _template()
    page = template.render(
        assignment=_name(assignment),
        script_hash=script,
        unsafe=unsafe,
        full_marks=full_marks,
        outcomes=OUTCOMES,
        headline=headline(class_work),
        due=due,
        earlier=headline(others) if others else None,
        histogram=histogram(class_work),
        questions=rows,
        worst_first=worst_first(rows),
        several_notebooks=len({notebook for notebook, _ in questions}) > 1,
        teach_again=teach_again(class_work, named, known),
        mistakes=by_exercise(known, named),
        unnamed=unnamed_failures(class_work),
        map_rows=[map_row(submission, questions) for submission in class_work],
        untouched=untouched(class_work, questions),
        time=outliers(class_work, lambda submission: submission.seconds),
        memory=outliers(class_work, lambda submission: submission.memory),
        missing=sorted((_name(person["student"]) for person in missing), key=_natural),
        gone=sorted(map(_name, gone), key=_natural),
        suspicious=suspicious(class_work),
        compared=bool(solutions),
        alike=(alike := near_identical(solutions))[:SHOWN_CLUSTERS],
        more_alike=max(0, len(alike) - SHOWN_CLUSTERS),
        not_isolated=not_isolated(class_work, questions),
        by_hand=by_hand(class_work, questions),
        grader_errors=[
            {"student": submission.student, "cell": cell}
            for submission in class_work
            for cell in submission.cells
            if cell.outcome == "grader_error"
        ],
        shown_students=SHOWN_STUDENTS,
        shown_mistakes=SHOWN_MISTAKES,
        shown_events=SHOWN_EVENTS,
    )
    return page.lstrip()


# --- what the page shows -------------------------------------------------------------------------------


def headline(class_work: list[Submission]) -> dict[str, Any]:
    """The class in a few numbers; shares are of the points graded so far, seconds are per submission."""
    shares = sorted(submission.share for submission in class_work if submission.share is not None)
    cells = [cell for submission in class_work for cell in submission.cells]
    return {
        "students": len(class_work),
        "scored": len(shares),
        "mean": statistics.fmean(shares) if shares else 0.0,
        "median": statistics.median(shares) if shares else 0.0,
        "quartiles": statistics.quantiles(shares, n=4, method="inclusive") if len(shares) > 3 else None,
        "full": sum(share >= 1 for share in shares),
        "late": sum(submission.late_penalty > 0 for submission in class_work),
        "seconds": statistics.median(submission.seconds for submission in class_work) if class_work else 0.0,
        "waiting": sum(submission.waiting for submission in class_work),
        "waiting_students": sum(submission.waiting > 0 for submission in class_work),
        "used": [key for key in OUTCOMES if any(cell.outcome == key for cell in cells)],
    }


def histogram(class_work: list[Submission]) -> list[dict[str, Any]]:
    """How many submissions are in each tenth of the points graded; the last bin includes full marks and more."""

    def bin_of(share: float) -> int:
        # 3 of 10 points belong in the fourth bin, however the division rounds
        return min(int(share * HISTOGRAM_BINS + 1e-9), HISTOGRAM_BINS - 1)

    shares = [submission.share for submission in class_work if submission.share is not None]
    counts = Counter(map(bin_of, shares))
    middle = bin_of(statistics.median(shares)) if shares else None
    return [
        {
            "low": 100 * index // HISTOGRAM_BINS,
            "high": 100 * (index + 1) // HISTOGRAM_BINS,
            "count": counts[index],
            "height": counts[index] / max(counts.values(), default=1),
            "has_median": index == middle,
        }
        for index in range(HISTOGRAM_BINS)
    ]


def worst_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The questions by the share of points that the class got, least first; ungraded ones come last."""
    return sorted(rows, key=lambda row: 2.0 if row["mean_share"] is None else row["mean_share"])


def mean_share(question: tuple[str, str], class_work: list[Submission]) -> float | None:
    """The mean of a question as a share of its points; None if the class has no such question, or no score in it."""
    there = any(cell.question == question for submission in class_work for cell in submission.cells)
    return question_row(question, class_work)["mean_share"] if there else None


def question_row(question: tuple[str, str], class_work: list[Submission], heading: str = "") -> dict[str, Any]:
    """One question over the class: mean points, share of full marks, and the distribution of its outcomes.

    Ungraded cells and errors of the grader count among the outcomes, not in the mean. There is no mean while most cells
    are ungraded: it would be that of the few who left the question as it was.
    """
    notebook, name = question
    cells = [cell for submission in class_work for cell in submission.cells if cell.question == question]
    graded = [cell for cell in cells if cell.counts]
    if 2 * len(graded) < len(cells):
        graded = []
    scores = [cell.score or 0.0 for cell in graded]
    max_score = max(cell.max_score for cell in cells)
    mean = statistics.fmean(scores) if scores else None
    tally = Counter(cell.outcome for cell in cells)
    segments: list[dict[str, Any]] = [
        {"outcome": outcome, "count": tally[key], "width": tally[key] / len(cells)}
        for key, outcome in OUTCOMES.items()
        if tally[key]
    ]
    return {
        "notebook": notebook,
        "name": name,
        "heading": _name(heading),
        "max_score": max_score,
        "mean": mean,
        "mean_share": mean / max_score if mean is not None and max_score > 0 else None,
        "full_share": sum((c.score or 0.0) >= c.max_score for c in graded) / len(graded) if graded else None,
        "segments": segments,
        "in_words": ", ".join(f"{segment['count']} {segment['outcome'].name}" for segment in segments),
        "discrimination": discrimination(question, class_work) if graded else None,
    }


def discrimination(question: tuple[str, str], class_work: list[Submission]) -> tuple[float, int] | None:
    """The item-rest correlation of a question, and over how many students; None where it is undefined.

    Pearson's correlation of the score with the share of points in all other questions, over the students for whom
    both are graded. It is undefined for fewer than three students, or if either is the same for all.
    """
    scores, rests = [], []
    for submission in class_work:
        own = [cell for cell in submission.cells if cell.question == question and cell.counts]
        rest = [cell for cell in submission.cells if cell.question != question and cell.counts]
        most = sum(cell.max_score for cell in rest)
        if own and most > 0:
            scores.append(round(sum(cell.score or 0.0 for cell in own), 9))
            rests.append(round(sum(cell.score or 0.0 for cell in rest) / most, 9))
    if len(scores) < FEWEST_TO_CORRELATE:
        return None
    try:
        return statistics.correlation(scores, rests), len(scores)
    except statistics.StatisticsError:  # one of them is constant
        return None


def teach_again(
    class_work: list[Submission], headings: Mapping[tuple[str, str], str], known: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The exercises in which the class lost the largest share of the points graded, with their most common mistake.

    A mostly ungraded exercise is left out: the students who left it empty do not represent the class.

    Args:
        headings: (notebook, cell) -> the heading of its exercise; a question without one is its own exercise.
        known: the named mistakes, most frequent first, as `mistakes` gives them.
    """
    got: dict[tuple[str, str], list[float]] = {}
    waiting: defaultdict[tuple[str, str], float] = defaultdict(float)  # points not graded yet
    for submission in class_work:
        for cell in submission.cells:
            exercise = _exercise(cell.question, headings)
            if cell.counts:
                points = got.setdefault(exercise, [0.0, 0.0])
                points[0] += min(cell.score or 0.0, cell.max_score)
                points[1] += cell.max_score
            else:
                waiting[exercise] += cell.max_score
    common: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in known:
        for one in row["questions"]:
            common.setdefault(_exercise((one["notebook"], one["question"]), headings), row)
    lost = {one: 1 - mine / most for one, (mine, most) in got.items() if mine < most - 1e-9 and most > waiting[one]}
    return [
        {"notebook": one[0], "name": one[1], "lost": lost[one], "mistake": common.get(one)}
        for one in sorted(lost, key=lost.__getitem__, reverse=True)[:TAUGHT_AGAIN]
    ]


def by_exercise(known: Sequence[Mapping[str, Any]], headings: Mapping[tuple[str, str], str]) -> list[dict[str, Any]]:
    """Named mistakes by the exercise in which they first occurred; the one with the most such students comes first."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in known:
        first = row["questions"][0]
        groups.setdefault(_exercise((first["notebook"], first["question"]), headings), []).append(row)
    found = [
        {
            "notebook": notebook,
            "name": name,
            "rows": rows,
            "students": len({student for row in rows for student in row["students"]}),
        }
        for (notebook, name), rows in groups.items()
    ]
    return sorted(found, key=lambda group: -group["students"])


def _exercise(question: tuple[str, str], headings: Mapping[tuple[str, str], str]) -> tuple[str, str]:
    """The notebook and the heading of the exercise that a question belongs to, or the question's own name."""
    return question[0], headings.get(question) or question[1]


def _share_or_none_yet(submission: Submission) -> float:
    """The share to sort by: work without points yet comes last."""
    return -1.0 if submission.share is None else submission.share


def mistakes(class_work: list[Submission], solutions: Sequence[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """Named mistakes, most frequent first: the questions, the message to students, who made them, an example."""
    groups = _group(class_work, lambda cell: (cell.mistake,) if cell.mistake else None)
    rows = []
    for (mistake,), found in groups:
        students = sorted({student for student, _ in found}, key=_natural)
        rows.append(
            {
                "questions": [
                    {"notebook": notebook, "question": question}
                    for notebook, question in dict.fromkeys(cell.question for _, cell in found)
                ],
                "mistake": mistake,
                "message": Counter(cell.message for _, cell in found).most_common(1)[0][0],
                "students": students,
                "share": len(students) / len(class_work),
                "example": example(mistake, students, solutions),
            }
        )
    return rows


def example(mistake: str, students: list[str], solutions: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The clearest case of a mistake: the version of its cell that differs from the reference in the fewest lines."""
    for solution in solutions:
        if mistake in solution["mistakes"]:
            cases = []
            for student in students[:EXAMPLES_TRIED]:
                code = solution["students"].get(student, "")
                lines = difference(
                    *(_written(version, solution["release"]) for version in (code, solution["reference"]))
                )
                if lines and code.strip() != solution["release"].strip():
                    cases.append((sum(line["kind"] != "same" for line in lines), student, lines))
            if cases:
                _, student, lines = min(cases, key=lambda case: case[0])
                shown = lines[:DIFF_LINES]
                return {"student": student, "cell": solution["cell"], "lines": shown, "more": len(lines) - len(shown)}
    return None


def _written(code: str, release: str) -> str:
    """What was written into a cell: without the lines that were handed out, except headings."""
    given = {line.strip() for line in release.split("\n")} | {""}
    heads = ("def ", "class ", "@")
    return "\n".join(l for l in code.split("\n") if l.strip() not in given or l.lstrip().startswith(heads))


def difference(theirs: str, reference: str) -> list[dict[str, str]]:
    """The lines in which two versions differ, with some context; empty if they do not differ.

    The kind of a line is "theirs", "reference", "same", or "gap" between two places.
    """
    old, new = ([line.rstrip() for line in code.strip("\n").split("\n")] for code in (theirs, reference))
    lines: list[dict[str, str]] = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(DIFF_CONTEXT):
        if lines:
            lines.append({"kind": "gap", "text": ""})
        for tag, i, j, k, m in group:
            if tag == "equal":
                lines += [{"kind": "same", "text": text} for text in old[i:j]]
            else:
                lines += [{"kind": "theirs", "text": text} for text in old[i:j]]
                lines += [{"kind": "reference", "text": text} for text in new[k:m]]
    return lines


def unnamed_failures(class_work: list[Submission]) -> dict[str, Any]:
    """Lost points that no named mistake explains, by question and message: candidates for the catalogue."""

    def key(cell: Cell) -> tuple[str, str, str] | None:
        unexplained = cell.outcome in ("failed", "partial", "raised") and not cell.mistake
        return (*cell.question, cell.message) if unexplained else None

    rows = [
        {
            "notebook": notebook,
            "question": name,
            "message": message,
            "students": sorted({student for student, _ in found}, key=_natural),
        }
        for (notebook, name, message), found in _group(class_work, key)
    ]
    return {"rows": rows[:SHOWN_UNNAMED], "more": max(0, len(rows) - SHOWN_UNNAMED)}


def map_row(submission: Submission, questions: list[tuple[str, str]]) -> dict[str, Any]:
    """One student's line of the map: a cell, or None, for each question."""
    cells = {cell.question: cell for cell in submission.cells}
    return {"submission": submission, "cells": [cells.get(question) for question in questions]}


def untouched(class_work: list[Submission], questions: list[tuple[str, str]]) -> dict[str, Any]:
    """Which questions were left as handed out, and by whom: a row each, with a run for neighbouring students.

    Students are in the order of `class_work`; a run is a start and a length. Empty rows are left out.
    """
    rows = []
    left = [
        {cell.question for cell in submission.cells if cell.outcome == "not_attempted"} for submission in class_work
    ]
    for question in questions:
        columns = [index for index, unanswered in enumerate(left) if question in unanswered]
        runs: list[list[int]] = []
        for index in columns:
            if runs and sum(runs[-1]) == index:
                runs[-1][1] += 1
            else:
                runs.append([index, 1])
        if columns:
            students = sorted((class_work[index].student for index in columns), key=_natural)
            rows.append({"notebook": question[0], "name": question[1], "runs": runs, "students": students})
    whole = sum(len(one) == len(submission.cells) > 0 for one, submission in zip(left, class_work, strict=True))
    return {"rows": rows, "students": len(class_work), "anybody": sum(map(bool, left)), "whole": whole}


def outliers(class_work: list[Submission], measure: Callable[[Submission], float]) -> dict[str, Any]:
    """Submissions whose measure stands out from the class, the largest first, with the median and the largest of all.

    It stands out if it exceeds the upper quartile by more than three interquartile ranges, and also twice the median.
    """
    measured = [(measure(submission), submission.student) for submission in class_work if measure(submission) > 0]
    measured.sort(key=lambda pair: (-pair[0], _natural(pair[1])))
    values = [value for value, _ in measured]
    if len(values) < 4:
        return {"rows": [], "more": 0, "median": None, "most": max(values, default=0.0)}
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    limit = max(high + 3 * (high - low), 2 * median)
    rows = [
        {"student": student, "value": value, "share": value / values[0], "times": value / median}
        for value, student in measured
        if value > limit
    ]
    more = max(0, len(rows) - SHOWN_OUTLIERS)
    return {"rows": rows[:SHOWN_OUTLIERS], "more": more, "median": median, "most": values[0]}


def suspicious(class_work: list[Submission]) -> list[dict[str, Any]]:
    """Students whose work the sandbox stopped, or whose notebook has a note from the grader."""
    rows = []
    for submission in sorted(class_work, key=lambda submission: _natural(submission.student)):
        breaches = [cell for cell in submission.cells if cell.outcome == "breach"]
        if breaches or submission.notes:
            rows.append({"student": submission.student, "breaches": breaches, "notes": submission.notes})
    return rows


def not_isolated(class_work: list[Submission], questions: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Questions whose tests ran in the same process as the student's code, with the number of submissions."""
    together = Counter(cell.question for submission in class_work for cell in submission.cells if not cell.isolated)
    return [
        {"notebook": question[0], "name": question[1], "count": together[question]}
        for question in questions
        if together[question]
    ]


def by_hand(class_work: list[Submission], questions: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Questions that a person still has to grade, with the students concerned."""
    rows = []
    for question in questions:
        students = [
            submission.student
            for submission in class_work
            for cell in submission.cells
            if cell.question == question and cell.score is None and cell.outcome != "grader_error"
        ]
        if students:
            students.sort(key=_natural)
            rows.append({"notebook": question[0], "name": question[1], "students": students})
    return rows


def _group(
    class_work: list[Submission], key: Callable[[Cell], tuple[str, ...] | None]
) -> list[tuple[tuple[str, ...], list[tuple[str, Cell]]]]:
    """Pairs (key, [(student, cell)]) of all cells that have a key, those with the most students first."""
    groups: dict[tuple[str, ...], list[tuple[str, Cell]]] = {}
    for submission in class_work:
        for cell in submission.cells:
            if (name := key(cell)) is not None:
                groups.setdefault(name, []).append((submission.student, cell))
    return sorted(groups.items(), key=lambda item: (-len({student for student, _ in item[1]}), item[0]))


# --- from plain data -----------------------------------------------------------------------------------


def _submission(row: Mapping[str, Any]) -> Submission:
    try:
        return Submission(
            student=_name(row["student"]),
            score=float(row["score"]),
            max_score=float(row["max_score"]),
            seconds=float(row.get("seconds") or 0.0),
            memory=float(row.get("memory") or 0.0),
            late_penalty=float(row.get("late_penalty") or 0.0),
            notes=tuple(_clean(note) for note in row.get("notes") or ()),
            cells=tuple(_cell(cell) for cell in row["cells"]),
        )
    except KeyError as missing:
        raise ValueError(f"the result of {row.get('student', 'a student')!r} has no {missing}") from None


def _cell(row: Mapping[str, Any]) -> Cell:
    if row["outcome"] not in OUTCOMES:
        known = ", ".join(OUTCOMES)
        raise ValueError(f"cell {row['cell']!r} has the outcome {row['outcome']!r}, which is none of {known}")
    return Cell(
        notebook=_name(row["notebook"]),
        cell=_name(row["cell"]),
        score=None if row["score"] is None else float(row["score"]),
        max_score=float(row["max_score"]),
        outcome=row["outcome"],
        isolated=bool(row.get("isolated", True)),
        message=_clean(row.get("message") or ""),
        mistake=_name(row["mistake"]) if row.get("mistake") else None,
    )


def _code(row: Mapping[str, Any]) -> dict[str, Any]:
    """A cell to write, with every text made safe for the page."""
    return {
        "notebook": _name(row["notebook"]),
        "cell": _name(row["cell"]),
        "release": _lines(row["release"]),
        "reference": _lines(row["reference"]),
        "known": [_lines(code) for code in row["known"]],
        "mistakes": {_name(mistake) for mistake in row["mistakes"]},
        "students": {_name(student): _lines(code) for student, code in row["students"].items()},
    }


def _lines(code: str) -> str:
    return "\n".join(_clean(line, LONGEST_LINE) for line in code.expandtabs(4).splitlines()[:LONGEST_CODE])


def _clean(text: Any, longest: int = LONGEST_MESSAGE) -> str:
    text = without_piles(UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(text)))
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _name(text: Any) -> str:
    return _clean(text, LONGEST_NAME)


def _natural(name: str) -> list[str | int]:
    """A key that sorts names as a person would: ada2 before ada10."""
    return [int(part) if part.isdecimal() else part.casefold() for part in re.split(r"(\d+)", name)]


# --- to a page -----------------------------------------------------------------------------------------


def points(value: float) -> str:
    """A number of points for people: 3, 2.5, 0.33."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def percent(share: float) -> str:
    """A share as a whole percentage; only an exact 1 is shown as 100 %, only an exact 0 as 0 %."""
    whole = round(100 * share)
    if whole == 100 and share < 1:
        whole = 99
    if whole == 0 and share > 0:
        whole = 1
    return f"{whole}%"


def duration(seconds: float) -> str:
    """A time for people: 0.4 s, 12 s, 3 min 5 s."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def size(memory: float) -> str:
    """An amount of memory for people: 85 MB, 1.2 GB."""
    megabytes = memory / (1 << 20)
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1024:.1f} GB"


def plural(count: int, one: str, many: str) -> str:
    """The count and its noun, without a possible line break: 1 student, 24 students."""
    return f"{count:,}\N{NO-BREAK SPACE}{one if count == 1 else many}"


def signed(value: float) -> str:
    """A correlation for people: 0.42, −0.10."""
    return f"{round(value, 2) + 0:.2f}".replace("-", "\N{MINUS SIGN}")


def apart(change: float) -> str:
    """The difference of two shares in whole percentage points: +8, −3, ±0."""
    whole = round(100 * change)
    return f"{whole:+d}".replace("-", "\N{MINUS SIGN}") if whole else "±0"


def _template() -> tuple[Template, str]:
    """The template, and the hash by which the page allows only its own script."""
    environment = Environment(
        loader=PackageLoader("autograder.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(points=points, percent=percent, duration=duration, signed=signed, apart=apart)
    environment.globals.update(plural=plural, duration=duration, size=size)
    script = environment.get_template("report_table.js.j2").render().encode()
    return environment.get_template("report.html.j2"), base64.b64encode(hashlib.sha256(script).digest()).decode()
