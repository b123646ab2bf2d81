"""A question asks first and answers after."""

from __future__ import annotations

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
