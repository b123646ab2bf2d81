"""The report tells a class's story truthfully, needs nothing but itself, and trusts nobody's text."""

import os
import random
import re
import shutil
import time
from html.parser import HTMLParser

import pytest
from answered_course import answered_course
from axe_playwright_python.sync_playwright import Axe

from autograder.course.errors import CourseError
from autograder.course.folders import Course
from autograder.engine.results import CellResult, cell_as_json
from autograder.judging.outcome import Outcome
from autograder.reporting.class_report import earlier_class, headings
from autograder.reporting.report import (
    OUTCOMES,
    _submission,
    apart,
    discrimination,
    duration,
    percent,
    points,
    render_report,
    untouched,
)

QUESTIONS = {
    "affine_forward": 2.0,
    "affine_backward": 4.0,
    "relu": 2.0,
    "softmax_loss": 4.0,
    "two_layer_loss": 4.0,
    "two_layer_gradients": 5.0,
    "training": 3.0,
    "why_not_zeros": 2.0,
}
# question: (name of the mistake, what the student is told)
NAMED_MISTAKES = {
    "affine_forward": ("bias left out", "Your output does not change when b does."),
    "affine_backward": (
        "db not summed over the batch",
        "db should have the shape of b; yours is larger.",
    ),
    "relu": ("slope 1 at negative inputs", "Gradients flow through units that are switched off."),
    "softmax_loss": ("largest logit not subtracted", "Large logits give nan: subtract the largest first."),
    "two_layer_loss": ("biases regularised", "Your loss grows with the biases; regularise weights only."),
    "two_layer_gradients": (
        "mean taken twice",
        "Your gradient is too small by the batch size.",
    ),
    "training": (
        "step in the wrong direction",
        "The loss grows while you train: follow the negative gradient.",
    ),
}
STUDENTS = """
ada amara bashir chiara daniel elif femi grace hana ines jamal katya liam maryam nikhil olga priya quentin
ravi sofia tomas uma viktor wei""".split()


def cell(question="relu", outcome="passed", score=None, max_score=None, **more):
    """One cell as plain data, with the score that its outcome usually means."""
    max_score = QUESTIONS.get(question, 2.0) if max_score is None else max_score
    if score is None and outcome not in ("manual", "grader_error"):
        score = {"passed": max_score, "partial": max_score / 2}.get(outcome, 0.0)
    blank = {"notebook": "mlp", "isolated": True, "message": "", "mistake": None}
    return {**blank, "cell": question, "score": score, "max_score": max_score, "outcome": outcome, **more}


def submission(student="ada", cells=None, **more):
    cells = [cell()] if cells is None else cells
    blank = {"seconds": 0.5, "isolated": True, "late_penalty": 0.0, "notes": []}
    return {
        **blank,
        "student": student,
        "score": sum(one["score"] or 0.0 for one in cells),
        "max_score": sum(one["max_score"] for one in cells),
        "cells": cells,
        **more,
    }


def sample_class(count=24, seed=7):
    """A believable class: most do well, some share a mistake, one loops, one opens a socket."""
    chance = random.Random(seed)
    work = []
    for index in range(count):
        again, name = divmod(index, len(STUDENTS))
        student = STUDENTS[name] + (str(again + 1) if again else "")
        skill, cells = chance.betavariate(4, 1.4), []
        for difficulty, question in enumerate(QUESTIONS):
            isolated = question != "training"
            if question == "why_not_zeros":
                graded = index % 6 != 0
                cells.append(cell(question, "manual", float(chance.choice([1, 2, 2])) if graded else None))
            elif chance.random() < skill * (1.12 - 0.06 * difficulty):
                cells.append(cell(question, isolated=isolated))
            elif chance.random() < 0.55:
                mistake, message = NAMED_MISTAKES[question]
                partly = chance.random() < 0.4
                cells.append(
                    cell(
                        question,
                        "partial" if partly else "failed",
                        isolated=isolated,
                        message=message,
                        mistake=mistake,
                    )
                )
            else:
                outcome, message = chance.choice(
                    [
                        ("failed", "Your result differs from the right one in about half of its entries."),
                        ("raised", "ValueError: operands could not be broadcast together"),
                        ("not_attempted", "You have not changed this cell yet."),
                    ]
                )
                cells.append(cell(question, outcome, isolated=isolated, message=message))
        seconds, memory = chance.lognormvariate(-0.6, 0.35), chance.gauss(85, 4) * (1 << 20)
        work.append(submission(student, cells, seconds=round(seconds, 2), memory=memory))
    if count >= 24:
        work[5]["cells"][6] = cell(
            "training", "timeout", isolated=False, message="Stopped after 30 s: your loop did not end."
        )
        work[5]["seconds"] = 31.4
        work[9]["cells"][5] = cell(
            "two_layer_gradients", "breach", message="Your code tried to open a network connection."
        )
        work[13]["memory"] = 2 << 30
        work[13]["cells"][6] = cell("training", "memory", isolated=False, message="Your code asked for more than 2 GB.")
        work[16]["notes"] = ["The test cell “relu” had been changed; the instructor's own was used."]
        work[11]["late_penalty"] = 2.0
        for row in work:
            row["score"] = sum(one["score"] or 0.0 for one in row["cells"])
    return work


RELEASE = "def {name}(x, W, b):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n"
REFERENCE = """\
def {name}(x, W, b):
    z = x @ W + b
    hidden = np.maximum(z, 0.0)
    return hidden, (x, W, z)
"""
ODD = """\
def {name}(x, W, b):
    rows = []
    for i in range(x.shape[0]):
        row = np.zeros(W.shape[1])
        for j in range(W.shape[1]):
            total = float(b[j])
            for k in range(x.shape[1]):
                total += x[i, k] * W[k, j]
            row[j] = total if total > 0 else 0.0
        rows.append(row)
    stacked = np.stack(rows)
    return stacked, (x, W, stacked)
"""


def renamed(code):
    """The same code as somebody hands it on: other names, remarks, spacing."""
    for old, new in {"rows": "lines", "row": "line", "total": "acc", "stacked": "out", "+=": " += "}.items():
        code = code.replace(old, new)
    return code.replace("lines = []", "lines = []  # my own work")


def solution_of(question, work, **codes):
    """The cell of one question: the reference for everybody but those named in `codes`."""
    mistake = NAMED_MISTAKES.get(question, ("",))[0]
    reference = REFERENCE.format(name=question)
    codes = {row["student"]: reference for row in work} | codes
    return {
        "notebook": "mlp",
        "cell": question,
        "release": RELEASE.format(name=question),
        "reference": reference,
        "mistakes": [mistake] if mistake else [],
        "known": [RELEASE.format(name=question), reference],
        "students": codes,
    }


def sample_solutions(work):
    """Code for a class: whoever made a named mistake has left something out, and two have worked together."""
    solutions = []
    for question in QUESTIONS:
        codes = {}
        for row in work:
            outcome, mistake = next((c["outcome"], c["mistake"]) for c in row["cells"] if c["cell"] == question)
            if outcome == "not_attempted":
                codes[row["student"]] = RELEASE.format(name=question)
            elif mistake:
                codes[row["student"]] = REFERENCE.format(name=question).replace(" + b", "")
        if question in ("affine_forward", "relu", "two_layer_loss"):
            codes[work[3]["student"]] = ODD.format(name=question)
            codes[work[8]["student"]] = renamed(ODD.format(name=question))
        solutions.append(solution_of(question, work, **codes))
    return solutions


class Page(HTMLParser):
    """What a reader of the page gets: its text, its tags with their attributes, its table rows."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.rows, self._text, self._open = [], [], [], []
        self.feed(html)
        self.text = " ".join("".join(self._text).split())

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._open.append(tag)
        if tag == "tr":
            self.rows.append("")

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass
        if tag in ("td", "th", "p", "dt", "dd", "li"):
            self.handle_data(" ")

    def handle_data(self, data):
        if "style" in self._open or "script" in self._open:
            return
        self._text.append(data)
        if "tr" in self._open:
            self.rows[-1] += data

    def row(self, *words):
        """The text of the one table row that holds all these words."""
        rows = [" ".join(row.split()) for row in self.rows]
        (found,) = [row for row in rows if all(word in row for word in words)]
        return found


def page_of(*submissions, **more):
    return Page(render_report("mlp", submissions, **more))


class TestNumbers:
    @pytest.mark.parametrize("value, text", [(3.0, "3"), (2.5, "2.5"), (1 / 3, "0.33"), (0.0, "0"), (100.0, "100")])
    def test_points(self, value, text):
        assert points(value) == text

    @pytest.mark.parametrize("share, text", [(0, "0%"), (0.004, "1%"), (0.996, "99%"), (1, "100%"), (1.1, "110%")])
    def test_only_full_marks_are_called_full(self, share, text):
        assert percent(share) == text

    @pytest.mark.parametrize("seconds, text", [(0.42, "0.4 s"), (9.96, "10 s"), (59.4, "59 s"), (185, "3 min 5 s")])
    def test_duration(self, seconds, text):
        assert duration(seconds) == text

    def test_headline_counts_scores_after_the_late_penalty(self):
        text = page_of(submission("ada"), submission("ben", late_penalty=1.0)).text
        assert "with full marks 1" in text
        assert "mean score 75%" in text

    def test_a_penalty_never_goes_below_zero(self):
        assert "score 0%" in page_of(submission(late_penalty=99.0)).text

    def test_histogram_puts_each_submission_in_its_tenth(self):
        # 3 of 10 points is 0.3, which a division in binary misses by a hair
        work = [submission(str(score), [cell(score=float(score), max_score=10.0)]) for score in (0, 3, 9, 10)]
        description = page_of(*work).text
        assert "0 to 10%: 1" in description and "30 to 40%: 1" in description and "90 to 100%: 2" in description

    def test_extra_credit_stays_in_the_last_tenth(self):
        row = submission(cells=[cell(score=3.0, max_score=2.0)])
        assert "90 to 100%: 1" in page_of(row).text

    def test_mean_of_a_question_leaves_out_what_waits_and_what_the_grader_broke(self):
        work = [
            submission("ada", [cell("relu")]),
            submission("ben", [cell("relu", "failed")]),
            submission("cyd", [cell("relu", "manual")]),
            submission("dan", [cell("relu", "grader_error", message="worker died")]),
        ]
        assert page_of(*work).row("relu", "of").startswith("relu 1 of 2 50% 50%")

    def test_questions_are_listed_by_their_headings_the_worst_first_and_what_waits_last(self):
        names = {"relu": "2.2 ReLU", "softmax": "3.1 Softmax", "essay": "9. In words <b>"}
        work = [submission("ada", [cell("essay", "manual"), cell("relu"), cell("softmax", "failed")])]
        text = page_of(*work, headings={("mlp", name): heading for name, heading in names.items()}).text
        at = [text.index(heading) for heading in ("3.1 Softmax", "2.2 ReLU", "9. In words <b>")]
        assert at == sorted(at)

    def test_an_earlier_class_stands_beside_this_one(self):
        now = [submission("ada", [cell("relu"), cell("new")]), submission("ben", [cell("relu", "failed"), cell("new")])]
        before = [submission("old", [cell("relu"), cell("gone")], late_penalty=1.0)]
        page = page_of(*now, earlier=before, due="2026-03-02 12:00 UTC")
        assert page.row("relu", "of").startswith("relu 1 of 2 50% 100% −50")
        assert "100% none" in page.row("new", "of")
        assert "mean score; 75% in the earlier class of 1" in page.text and "Due 2026-03-02 12:00 UTC." in page.text
        assert "Earlier" not in page_of(*now).text

    @pytest.mark.parametrize("change, text", [(0.08, "+8"), (-0.031, "−3"), (0.004, "±0"), (-0.004, "±0")])
    def test_a_change_has_its_sign(self, change, text):
        assert apart(change) == text

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"assignment": "ps", "submissions": [{}]}', '"ps"'])
    def test_what_is_no_earlier_class_is_refused(self, tmp_path, text):
        (tmp_path / "last.json").write_text(text)
        with pytest.raises(CourseError, match="last.json: not a graded class; name a file"):
            earlier_class(tmp_path / "last.json")
        with pytest.raises(CourseError, match="cannot be read"):
            earlier_class(tmp_path / "none.json")

    def test_the_heading_of_a_question_is_the_last_one_above_it_without_its_points(self, tmp_path):
        root = answered_course(tmp_path / "course", {}).root
        assert headings(Course(root).assignment("ps")) == {("ps", "why"): "2. Why double works"}

    def test_a_question_of_which_most_answers_wait_has_no_mean_of_the_few_that_were_left_empty(self):
        work = [submission(name, [cell("essay", "manual")]) for name in ("ada", "ben")]
        work.append(submission("cyd", [cell("essay", "not_attempted")]))
        assert page_of(*work).row("essay", "of").startswith("essay waits of 2")


class TestNotGradedYet:
    """An answer without points is no answer that earned none."""

    work = (
        submission("ada", [cell("relu"), cell("essay", "manual")]),
        submission("ben", [cell("relu", "failed"), cell("essay", "manual", 2.0)]),
        submission("cyd", [cell("relu"), cell("essay", "manual", 2.0)]),
    )

    def test_mean_median_and_histogram_are_of_what_is_graded(self):
        text = page_of(*self.work).text
        assert "mean score 83%" in text and "median score 100%" in text
        assert "50 to 60%: 1" in text and "90 to 100%: 2" in text
        assert "half of them have 100% or more of the points graded so far" in text
        assert "with full marks in what is graded 2" in text and "1 answer of 1 student not graded yet" in text

    def test_the_map_says_of_how_many_points(self):
        assert page_of(*self.work).row("ada", "✓").startswith("ada 2 of 2")

    def test_what_the_grader_broke_is_no_zero_either(self):
        work = submission("ada", [cell("relu"), cell("training", "grader_error")])
        assert "score 100%" in page_of(work).text

    def test_work_without_any_points_yet_is_left_out(self):
        text = page_of(*self.work, submission("dan", [cell("essay", "manual")])).text
        assert "4 students handed in" in text and "mean score 83%" in text
        assert "1 submission without any graded points left out" in text

    def test_a_class_without_any_points_yet_has_no_mean(self):
        text = page_of(*(submission(name, [cell("essay", "manual")]) for name in ("ada", "ben"))).text
        assert "mean score —" in text and "edian" not in text


class TestTeachAgain:
    headings = {("mlp", "relu"): "2. ReLU", ("mlp", "relu_slope"): "2. ReLU", ("mlp", "loss"): "3. Loss <i>"}

    def page(self):
        def work(name, relu, slope, loss, mistake=None):
            cells = [cell("relu", relu), cell("relu_slope", slope), cell("loss", loss, mistake=mistake)]
            return submission(name, [*cells, cell("fine"), cell("essay", "manual")])

        return page_of(
            work("ada", "failed", "passed", "failed", "sign turned"),
            work("ben", "passed", "passed", "failed", "sign turned"),
            work("cyd", "passed", "passed", "failed", "mean taken twice"),
            headings=self.headings,
        )

    def test_exercises_by_the_share_of_points_lost_with_their_commonest_mistake(self):
        text = self.page().text
        again = text[text.index("What to teach again") : text.index("submissions 3")].split("again ", 1)[1]
        assert again == (
            "3. Loss <i>: 100% of the points lost; most common mistake: sign turned (2\N{NO-BREAK SPACE}students) "
            "2. ReLU: 17% of the points lost "
        ).replace("\N{NO-BREAK SPACE}", " ")

    def test_it_has_five_lines_at_most_and_none_where_nothing_is_lost(self):
        many = page_of(submission("ada", [cell(f"q{n}", "failed") for n in range(9)]))
        assert many.text.count("of the points lost") == 5
        assert "teach again" not in page_of(submission()).text

    def test_an_exercise_that_most_have_not_been_graded_in_is_left_out(self):
        essays = [submission(name, [cell("essay", "manual", max_score=4)]) for name in ("ada", "ben")]
        empty = submission("cyd", [cell("essay", "not_attempted", max_score=4), cell("relu", "failed")])
        text = page_of(*essays, empty).text
        assert "relu: 100% of the points lost" in text and "essay: 100% of the points lost" not in text

    def test_mistakes_stand_under_the_exercise_where_they_were_made(self):
        def slip(name, question, mistake):
            return submission(name, [cell(question, "failed", mistake=mistake, message=f"about {mistake}")])

        work = [
            slip("ada", "relu", "a"),
            slip("ben", "loss", "b"),
            slip("cyd", "loss", "c"),
            slip("dan", "relu_slope", "d"),
        ]
        work += [slip("eve", "relu", "e")]
        text = page_of(*work, headings=self.headings).text
        text = text[text.index("Named mistakes of the assignment") :]
        parts = ["2. ReLU 3", "about a", "about d", "about e", "3. Loss <i> 2", "about b", "about c"]
        at = [text.index(part) for part in parts]
        assert at == sorted(at)


class TestDiscrimination:
    def of(self, question, *scores):
        """Scores are pairs: in the question relu, and in all others."""
        work = [
            submission(str(n), [cell("relu", "partial", one), cell("rest", "partial", other)])
            for n, (one, other) in enumerate(scores)
        ]
        return discrimination(("mlp", question), [_submission(row) for row in work])

    def test_it_is_the_correlation_with_the_rest_and_the_question_is_not_in_the_rest(self):
        assert self.of("relu", (0.0, 0.0), (1.0, 1.0), (2.0, 2.0)) == (pytest.approx(1), 3)
        assert self.of("relu", (0.0, 2.0), (1.0, 1.0), (2.0, 0.0)) == (pytest.approx(-1), 3)
        assert self.of("relu", (0.0, 0.0), (0.0, 2.0), (2.0, 0.0), (2.0, 2.0)) == (pytest.approx(0), 4)

    def test_there_is_none_where_it_is_undefined(self):
        assert self.of("relu", (0.0, 0.0), (2.0, 2.0)) is None
        assert self.of("relu", (1.0, 0.0), (1.0, 1.0), (1.0, 2.0)) is None
        assert self.of("relu", (0.0, 1.0), (1.0, 1.0), (2.0, 1.0)) is None
        alone = [_submission(submission(str(n), [cell(score=float(n))])) for n in range(3)]
        assert discrimination(("mlp", "relu"), alone) is None

    def test_who_has_no_points_yet_is_not_counted(self):
        work = [submission(str(n), [cell("relu", score=n / 2), cell("rest", score=n / 2)]) for n in range(4)]
        work += [submission("x", [cell("relu", "manual"), cell("rest")])]
        assert page_of(*work).row("relu", "of").endswith("1.00 n = 4 41")  # then the bar: 4 passed, 1 by hand

    def test_the_page_says_none(self):
        assert " none " in page_of(submission()).row("relu", "of 2")


class TestSections:
    def test_mistakes_are_counted_by_student_with_the_most_frequent_first(self):
        def slip(student, mistake):
            return submission(student, [cell(outcome="failed", mistake=mistake, message=f"about {mistake}")])

        page = page_of(slip("ada", "sign"), slip("ben", "factor"), slip("cyd", "factor"))
        assert page.row("about factor").startswith("2") and "ben, cyd" in page.row("about factor")
        assert page.text.index("about factor") < page.text.index("about sign")

    def test_the_last_of_many_mistakes_are_folded_away(self):
        work = [
            submission(f"{mistake}{n}", [cell(outcome="failed", mistake=mistake)])
            for times, mistake in enumerate("abcdefghijkl", 1)
            for n in range(times)
        ]
        page = page_of(*work)
        assert page.text.index("j0, j1, j2") < page.text.index("and 9 more mistakes") < page.text.index("i0, i1")
        assert "more mistakes" not in page_of(*work[45:]).text

    def test_failures_without_a_name_are_listed_apart(self):
        page = page_of(submission("ada", [cell(outcome="failed", message="off by one")]))
        assert "Nobody made a named mistake of this assignment" in page.text
        assert page.row("1", "off by one").endswith("ada")

    def test_the_map_says_each_outcome_in_words_too(self):
        work = [submission(key, [cell(outcome=key)]) for key in OUTCOMES]
        page = page_of(*work)
        for key, outcome in OUTCOMES.items():
            assert any(tag == "td" and f"o-{key}" in (a.get("class") or "").split() for tag, a in page.tags)
            assert outcome.name in page.text

    def test_a_missing_cell_is_no_result(self):
        page = page_of(submission("ada", [cell("a"), cell("b")]), submission("ben", [cell("a")]))
        assert "no result" in page.row("ben", "✓")

    def test_cells_of_the_same_name_in_two_notebooks_are_two_questions(self):
        page = page_of(submission("ada", [cell("q", notebook="one"), cell("q", "failed", notebook="two")]))
        assert page.row("q one", "of").startswith("q one 2 of 2 100%")
        assert page.row("q two", "of").startswith("q two 0 of 2 0%")

    def test_breaches_and_notes_deserve_a_look(self):
        page = page_of(
            submission("ada", [cell(outcome="breach", message="opened a socket")]),
            submission("ben", notes=["a test cell was deleted"]),
            submission("cyd"),
        )
        assert "2 submissions deserve a look" in page.text
        assert page.row("ada", "opened a socket") and page.row("ben", "a test cell was deleted")

    def test_answers_for_a_person_are_listed_until_graded(self):
        waits = submission("ada", [cell("essay", "manual")])
        graded = submission("ben", [cell("essay", "manual", 2.0)])
        page = page_of(waits, graded)
        assert "1 answer not graded yet" in page.text
        assert page.row("1", "essay", "ada") == "1 essay ada"

    def test_errors_of_the_grader_come_first_and_wait_for_nobody(self):
        page = page_of(submission("ada", [cell(outcome="grader_error", message="the judge died")]))
        assert page.text.index("the judge died") < page.text.index("Scores")
        assert "answers not graded yet 0" in page.text

    def test_tests_within_reach_are_named(self):
        page = page_of(submission("ada", [cell("training", isolated=False)]), submission("ben", [cell("training")]))
        assert "training, in 1 submission" in page.text

    def test_unsafe_grading_is_said_and_safe_grading_is_not(self):
        assert "Graded without a sandbox" in page_of(submission(), unsafe=True).text
        assert "Graded without a sandbox" not in page_of(submission()).text

    def test_names_are_sorted_as_a_person_would(self):
        work = [
            submission(name, [cell(outcome="failed", mistake="sign", message="turned")])
            for name in ("ada10", "Ben", "ada2", "7")
        ]
        assert page_of(*work).row("turned").endswith("7, ada2, ada10, Ben")

    def test_many_names_are_folded(self):
        work = [submission(name, [cell(outcome="failed", mistake="sign", message="turned")]) for name in STUDENTS]
        assert "and 16 more" in page_of(*work).row("turned")


class TestExamples:
    """A named mistake is shown beside the reference."""

    def slip(self, code, **others):
        work = [submission(name, [cell(outcome="failed", mistake="slope")]) for name in ("ada", *others)]
        solution = {**solution_of("relu", work, ada=code, **others), "mistakes": ["slope"]}
        return page_of(*work, solutions=[solution])

    def test_the_lines_that_differ_are_marked_with_signs_and_with_tags(self):
        page = self.slip(REFERENCE.format(name="relu").replace("0.0", "z"))
        text = page.text
        assert "− hidden = np.maximum(z, z)" in text and "+ hidden = np.maximum(z, 0.0)" in text
        assert [tag for tag, _ in page.tags].count("del") == [tag for tag, _ in page.tags].count("ins") == 1

    def test_the_clearest_case_is_chosen(self):
        small = REFERENCE.format(name="relu").replace("0.0", "1.0")
        assert "relu by ben" in self.slip(ODD.format(name="relu"), ben=small).text

    def test_what_was_handed_out_is_left_out(self):
        reference, release = (
            'def f(x):\n    """Doubles."""\n    return 2 * x',
            'def f(x):\n    """Doubles."""\n    pass',
        )
        work = [submission("ada", [cell(outcome="failed", mistake="slope")])]
        solution = solution_of("relu", work, ada="def f(x):\n    return x")
        solution |= {"mistakes": ["slope"], "reference": reference, "release": release}
        text = page_of(*work, solutions=[solution]).text
        assert "Doubles" not in text and "− return x" in text and "+ return 2 * x" in text

    def test_a_cell_that_was_left_alone_is_no_example(self):
        assert "compared with the reference" not in self.slip(RELEASE.format(name="relu")).text

    def test_without_code_the_page_has_neither_examples_nor_comparisons(self):
        text = page_of(submission(cells=[cell(outcome="failed", mistake="slope")])).text
        assert "compared with the reference" not in text and "Near-identical" not in text

    def test_a_cell_of_any_length_is_no_trouble(self):
        assert "more" in self.slip("\n".join(f"x{n} = {n}" for n in range(100_000))).text


class TestAlike:
    def test_a_copy_is_shown_beside_its_original(self):
        work = sample_class()
        page = page_of(*work, solutions=sample_solutions(work))
        assert "1 group of students handed in near-identical work" in page.text
        assert "chiara, hana 100% of what distinguishes them from the class is the same" in page.text

    def test_a_class_that_worked_alone_is_told_so(self):
        work = sample_class()
        assert "no two share more" in page_of(*work, solutions=[solution_of("relu", work)]).text


class TestUntouched:
    def test_it_says_who_left_what_and_joins_neighbours(self):
        work = [
            submission("ada", [cell("a"), cell("b")]),
            submission("ben", [cell("a"), cell("b", "not_attempted")]),
            submission("cyd", [cell("a", "failed"), cell("b", "not_attempted")]),
        ]
        found = untouched([_submission(row) for row in work], [("mlp", "a"), ("mlp", "b")])
        assert [(row["name"], row["runs"], row["students"]) for row in found["rows"]] == [
            ("b", [[1, 2]], ["ben", "cyd"])
        ]
        assert (found["anybody"], found["whole"]) == (2, 0)

    def test_a_class_that_tried_everything_is_told_so(self):
        assert "everybody wrote something for every question" in page_of(submission()).text


class TestOutliers:
    def test_who_takes_much_longer_or_much_more_memory_stands_out(self):
        work = [submission(f"s{n}", seconds=1.0 + n / 10, memory=90 << 20) for n in range(9)]
        work.append(submission("slow", seconds=40.0, memory=90 << 20))
        work.append(submission("hog", seconds=1.0, memory=1 << 30))
        page = page_of(*work)
        assert page.row("slow", "40 s").endswith("28.6") and page.row("hog", "1.0 GB").endswith("11.4")

    def test_an_even_class_has_none(self):
        text = page_of(*(submission(f"s{n}", seconds=1.0 + n / 10, memory=90 << 20) for n in range(9))).text
        assert "None: the median is 1.4 s, the maximum 1.8 s" in text and "None: the median is 90 MB" in text

    def test_three_are_no_class_to_stand_out_from(self):
        assert "Times the usual" not in page_of(*(submission(f"s{n}", seconds=10.0**n) for n in range(3))).text


class TestEmptyAndLarge:
    def test_nobody_yet_says_what_to_do(self):
        page = page_of()
        assert "Nobody has handed in yet" in page.text and "autograder grade mlp" in page.text

    def test_one_submission_is_no_statistic(self):
        page = page_of(submission())
        assert "1 student handed in" in page.text and "median score" not in page.text

    def test_no_graded_cells(self):
        assert "no graded cell" in page_of(submission(cells=[])).text

    def test_a_question_worth_nothing(self):
        assert "0 of 0" in page_of(submission(cells=[cell("survey", max_score=0.0)])).row("survey", "of 0")

    def test_three_hundred_students_take_a_moment_only(self):
        work = sample_class(300)
        solutions = sample_solutions(work)
        start = time.process_time()
        html = render_report("mlp", work, solutions=solutions)
        assert time.process_time() - start < 10
        assert len(html) < 3_000_000
        assert sum(row["student"] in html for row in work) == 300

    def test_the_order_of_the_submissions_does_not_matter(self):
        work = sample_class()
        assert render_report("mlp", work) == render_report("mlp", list(reversed(work)))


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "</title></style><script>alert(1)</script>",
    "javascript:alert(1)",
    "a\x00b\x1b[31m\u202e\u061ctxt.exe\ud800" + "\u0301\u0e49\u0489" * 50,
    "x" * 100_000,
    "",
]


class TestUntrustedText:
    @pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
    def test_nothing_that_students_write_becomes_a_tag(self, text):
        def everywhere(words):
            outcomes = ("failed", "breach", "grader_error", "manual")
            cells = [
                cell(key + words, key, notebook=words, message=words, mistake=words or None, isolated=False)
                for key in outcomes
            ]
            work = [submission(words, cells, notes=[words])]
            code = f"def f(x):\n    return {words}"
            solution = {**solution_of("relu", work), "cell": words, "mistakes": [words], "students": {words: code}}
            return render_report(words, work, unsafe=True, solutions=[solution])

        shown, harmless = Page(everywhere(text)), Page(everywhere("harmless"))

        def skeleton(page):
            return [(tag, sorted(attributes)) for tag, attributes in page.tags]

        if text:
            assert skeleton(shown) == skeleton(harmless)
        tags = [tag for tag, _ in shown.tags]
        assert tags.count("script") == 1 and not {"img", "iframe", "link", "object"} & set(tags)

    def test_the_page_can_be_written_and_holds_no_control_characters(self):
        html = render_report("mlp", [submission(HOSTILE[5], notes=[HOSTILE[5]])])
        html.encode("utf-8")
        assert not re.search("[\x00\x1b\u202e\u061c]|[\u0301\u0e49\u0489]{4}", html)
        assert "\u0301\u0e49\u0489" in html

    def test_a_long_message_is_cut(self):
        assert len(render_report("mlp", [submission(notes=["x" * 1_000_000])])) < 100_000

    def test_template_language_in_a_name_is_only_text(self):
        assert "{{ 7 * 7 }}" in page_of(submission("{{ 7 * 7 }}")).text

    def test_the_page_needs_nothing_from_outside(self):
        html = render_report("mlp", sample_class(), solutions=sample_solutions(sample_class()))
        assert not re.search(r"(src|srcset|action|data)=|@import|url\(", html)
        assert all(a.get("href", "#").startswith("#") for _, a in Page(html).tags)


class TestInput:
    def test_it_takes_what_the_grader_writes(self):
        graded = CellResult("mlp", "relu", Outcome.FAILED, 0.0, 2.0, message="Your relu is off by a sign.")
        assert "off by a sign" in page_of(submission("ada", cells=[cell_as_json(graded)])).text

    def test_it_shows_every_outcome_that_there_is(self):
        assert set(OUTCOMES) == {str(outcome) for outcome in Outcome}

    def test_signs_differ_so_that_colour_is_never_needed(self):
        assert len({outcome.sign for outcome in OUTCOMES.values()}) == len(OUTCOMES)

    def test_an_unknown_outcome_is_refused_by_name(self):
        with pytest.raises(ValueError, match="cell 'relu' has the outcome 'great'"):
            render_report("mlp", [submission(cells=[cell(outcome="great", score=1.0)])])

    def test_a_missing_field_is_named(self):
        broken = submission("ada")
        del broken["max_score"]
        with pytest.raises(ValueError, match="'ada' has no 'max_score'"):
            render_report("mlp", [broken])


class TestStructure:
    """What a screen reader walks along."""

    page = Page(render_report("mlp", sample_class(), solutions=sample_solutions(sample_class())))

    def test_one_main_heading_and_no_level_skipped(self):
        levels = [int(tag[1]) for tag, _ in self.page.tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(deeper - level <= 1 for level, deeper in zip(levels, levels[1:], strict=False))

    def test_every_table_has_a_caption_and_every_heading_cell_a_scope(self):
        tags = [tag for tag, _ in self.page.tags]
        assert tags.count("caption") == tags.count("table")
        assert all(a.get("scope") in ("row", "col") for tag, a in self.page.tags if tag == "th")

    def test_pictures_have_a_title_and_a_description(self):
        pictures = [a for tag, a in self.page.tags if tag == "svg"]
        ids = {a.get("id") for _, a in self.page.tags}
        assert len(pictures) == 2
        for picture in pictures:
            assert picture["role"] == "img" and set(picture["aria-labelledby"].split()) <= ids

    def test_ids_are_unique_and_links_lead_somewhere(self):
        ids = [a["id"] for _, a in self.page.tags if "id" in a]
        assert len(ids) == len(set(ids))
        assert {a["href"][1:] for tag, a in self.page.tags if tag == "a"} <= set(ids)


CONTRAST = """
() => {
  const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const colours = text => [...text.matchAll(/rgba?\\(([^)]*)\\)/g)].map(m => m[1].split(",").map(Number));
  const solid = c => c.length < 4 || c[3] > 0;
  // every colour that may lie behind an element: its own background and each stripe of it, or its parent's
  const behind = node => {
    const style = getComputedStyle(node);
    const stripes = colours(style.backgroundImage);
    if (stripes.length) return stripes;
    const own = colours(style.backgroundColor).filter(solid);
    return own.length ? own : node.parentElement ? behind(node.parentElement) : [[255, 255, 255]];
  };
  const poor = [];
  for (const node of document.body.querySelectorAll("*")) {
    const speaks = [...node.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!speaks || node.closest(".unseen, title, desc")) continue;
    const style = getComputedStyle(node);
    const ink = colours(node.namespaceURI.endsWith("svg") ? style.fill : style.color)[0];
    const worst = Math.min(...behind(node).map(paper => ratio(ink, paper)));
    if (worst < 4.5) poor.push(`${node.tagName}.${node.className} ${worst.toFixed(2)}`);
  }
  return [...new Set(poor)];
}
"""


OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"


@pytest.fixture(scope="module")
def browser():
    names = (os.environ.get("CHROMIUM", "chromium"), "chromium", "chromium-browser", "google-chrome")
    executable = next((path for name in names if (path := shutil.which(name))), None)
    if executable is None:
        pytest.skip("there is no Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.mark.browser
class TestInBrowser:
    """The page as Chromium lays it out."""

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_all_text_can_be_read_against_what_is_behind_it(self, browser, scheme):
        work = sample_class()
        work.append(submission("zoe", [cell(key, key) for key in OUTCOMES]))
        page = browser.new_page(color_scheme=scheme)
        page.set_content(render_report("mlp", work, unsafe=True, solutions=sample_solutions(work[:-1])))
        page.evaluate(OPEN_ALL)
        poor = page.evaluate(CONTRAST)
        page.close()
        assert poor == []

    @pytest.mark.parametrize("width", [360, 1200])
    def test_only_the_tables_scroll_sideways(self, browser, width):
        page = browser.new_page(viewport={"width": width, "height": 800})
        work = sample_class()
        solutions = sample_solutions(work)
        solutions[2]["students"][STUDENTS[3]] += "\n    # " + "long " * 100
        page.set_content(render_report("mlp", [*work, submission("x" * 500)], solutions=solutions))
        page.evaluate(OPEN_ALL)
        spill = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        page.close()
        assert spill <= 0

    @pytest.mark.parametrize("scheme, width", [("light", 1200), ("dark", 360)])
    def test_axe_finds_nothing_that_keeps_anybody_out(self, browser, scheme, width):
        work = sample_class()
        work.append(submission("zoe", [cell(key, key, notebook="two", isolated=False) for key in OUTCOMES]))
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
        page.set_content(render_report("mlp", work, unsafe=True, solutions=sample_solutions(work[:-1])))
        page.evaluate(OPEN_ALL)
        found = Axe().run(page).response
        page.close()
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
        assert len(found["passes"]) > 30

    def test_questions_are_sorted_and_searched_with_the_keyboard(self, browser):
        page = browser.new_page()
        headings = {("mlp", "relu"): "2.10 ReLU", ("mlp", "loss"): "2.9 Loss", ("mlp", "essay"): "3. In words"}
        cells = [cell("relu", "partial"), cell("loss", "failed"), cell("essay", "manual")]
        page.set_content(render_report("mlp", [submission(cells=cells)], headings=headings))
        names = page.locator("#question-table tbody tr:visible th span")
        assert names.all_text_contents() == ["2.9 Loss", "2.10 ReLU", "3. In words"]
        heads = {name: page.locator("#question-table th", has_text=name) for name in ("Question", "Mean share")}
        assert heads["Mean share"].get_attribute("aria-sort") == "ascending"
        heads["Mean share"].get_by_role("button").press("Enter")
        assert names.all_text_contents() == ["2.10 ReLU", "2.9 Loss", "3. In words"]  # without a value: still last
        heads["Question"].get_by_role("button").press("Space")
        assert names.all_text_contents() == ["2.9 Loss", "2.10 ReLU", "3. In words"]
        assert heads["Question"].get_attribute("aria-sort") == "ascending"
        assert heads["Mean share"].get_attribute("aria-sort") is None
        page.get_by_label("Search questions").fill("relu 2")
        assert names.all_text_contents() == ["2.10 ReLU"]
        assert page.get_by_role("status").text_content() == "1 of 3 shown"
        page.close()

    def test_without_a_script_there_is_a_plain_table(self, browser):
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.set_content(render_report("mlp", sample_class()))
        assert page.locator("#question-table tbody tr:visible").count() == len(QUESTIONS)
        assert page.locator("button, input").filter(visible=True).count() == 0
        context.close()

    def test_paper_shows_what_the_screen_folds(self, browser):
        work = sample_class()
        page = browser.new_page()
        page.set_content(render_report("mlp", work, solutions=sample_solutions(work)))
        example = page.locator(".example pre").first
        folded = example.bounding_box()
        page.emulate_media(media="print")
        printed = example.bounding_box()
        page.close()
        assert not (folded and folded["height"]) and printed["height"] > 50

    def test_hostile_work_runs_nothing(self, browser):
        page = browser.new_page()
        calls = []
        page.on("dialog", lambda dialog: (calls.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: calls.append(request.url))
        page.set_content(render_report(HOSTILE[3], [submission(text, notes=[text]) for text in HOSTILE]))
        page.wait_for_load_state("load")
        page.close()
        assert calls == []
