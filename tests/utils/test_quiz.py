"""A question asks first and answers after."""

from __future__ import annotations

import pytest

from utils import quiz

CHOICES = {"yes": "Look at <01>.", "no": "Why not?"}


def outputs_of(question: quiz.Question, monkeypatch) -> list[dict]:
    """What a cell shows that ends with a question."""
    shown = []
    monkeypatch.setattr(quiz, "display", lambda data, **_: shown.append(data))
    question._ipython_display_()
    return shown


@pytest.mark.parametrize("right", ["yes", ("yes",), ["yes"]])
def test_the_reply_begins_with_whether_the_guess_was_right(right):
    question = quiz.ask("Is it?", CHOICES, right=right)
    assert question.replies == [("yes", "Right.", "Look at <01>."), ("no", "Not quite.", "Why not?")]


def test_several_choices_may_be_right():
    question = quiz.ask("Which?", {"a": "1", "b": "2", "c": "3"}, right=("a", "c"))
    assert [question.verdict(choice) for choice in "abc"] == ["Right.", "Not quite.", "Right."]


def test_where_nothing_is_right_or_wrong_only_the_reply_is_shown(monkeypatch):
    still, _ = outputs_of(quiz.ask("What do you expect?", CHOICES, right=None), monkeypatch)
    assert "<summary>no</summary>Why not?</details>" in still["text/html"]


def test_a_right_choice_that_is_not_among_the_choices_is_refused():
    with pytest.raises(ValueError, match="'Yes' is given as right, but the choices are 'yes', 'no'"):
        quiz.ask("Is it?", CHOICES, right="Yes")


def test_without_a_kernel_the_replies_are_there_to_be_unfolded_with_signs_shown_as_written(monkeypatch):
    still, _ = outputs_of(quiz.ask("Is it?", CHOICES, right="no"), monkeypatch)
    page = still["text/html"]
    assert "<b>Predict:</b> Is it?" in page and page.count("<details>") == 2
    assert "<summary>yes</summary><strong>Not quite.</strong> Look at &lt;01&gt;." in page
    assert "<summary>no</summary><strong>Right.</strong> Why" in page
    assert still["text/plain"] == "Predict: Is it?\n- yes\n- no"


def test_what_answers_stands_beneath_and_shows_nothing_where_it_cannot(monkeypatch):
    _, asked = outputs_of(quiz.ask("Is it?", CHOICES), monkeypatch)
    assert "application/vnd.jupyter.widget-view+json" in asked and not asked["text/html"] + asked["text/plain"]
