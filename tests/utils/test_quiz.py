"""A question asks first and answers after."""

from __future__ import annotations

import pytest

from utils import quiz

CHOICES = {"yes": "Look at <01>.", "no": "Why not?"}


def test_nothing_is_chosen_and_nothing_told_before_the_reader_does():
    question = quiz.ask("Is it?", CHOICES)
    assert question._radio.value is None and question._reply.value == ""


def test_each_choice_gets_its_own_reply_with_signs_shown_as_written():
    question = quiz.ask("Is it?", CHOICES)
    question._radio.value = "yes"
    assert "Look at &lt;01&gt;." in question._reply.value
    question._radio.value = "no"
    assert "Why not?" in question._reply.value and "01" not in question._reply.value


def test_a_page_without_a_kernel_holds_the_question_and_its_replies_to_unfold(monkeypatch):
    shown = []
    monkeypatch.setattr(quiz, "display", lambda data, **_: shown.append(data))
    quiz.ask("Is it?", CHOICES)._ipython_display_()
    page = shown[0]["text/html"]
    assert "Is it?" in page and page.count("<details>") == 2 and "Look at &lt;01&gt;." in page
    assert shown[0]["text/plain"] == "Predict: Is it?\n- yes\n- no"


@pytest.mark.parametrize("right", ["yes", ("yes",), ["yes"]])
def test_the_reply_begins_with_whether_the_guess_was_right(right):
    question = quiz.ask("Is it?", CHOICES, right=right)
    question._radio.value = "yes"
    assert question._reply.value == '<div role="status"><strong>Right.</strong> Look at &lt;01&gt;.</div>'
    question._radio.value = "no"
    assert question._reply.value == '<div role="status"><strong>Not quite.</strong> Why not?</div>'


def test_several_choices_may_be_right():
    question = quiz.ask("Which?", {"a": "1", "b": "2", "c": "3"}, right=("a", "c"))
    assert [question.verdict(choice) for choice in "abc"] == ["Right.", "Not quite.", "Right."]


def test_where_nothing_is_right_or_wrong_only_the_reply_is_shown():
    question = quiz.ask("What do you expect?", CHOICES, right=None)
    question._radio.value = "no"
    assert question._reply.value == '<div role="status">Why not?</div>'


def test_a_right_choice_that_is_not_among_the_choices_is_refused():
    with pytest.raises(ValueError, match="'Yes' is said to be right, but the choices are 'yes', 'no'"):
        quiz.ask("Is it?", CHOICES, right="Yes")


def test_a_page_without_a_kernel_says_which_is_right_once_a_choice_is_unfolded(monkeypatch):
    shown = []
    monkeypatch.setattr(quiz, "display", lambda data, **_: shown.append(data))
    quiz.ask("Is it?", CHOICES, right="no")._ipython_display_()
    page = shown[0]["text/html"]
    assert "<summary>yes</summary><strong>Not quite.</strong> Look" in page
    assert "<summary>no</summary><strong>Right.</strong> Why" in page
