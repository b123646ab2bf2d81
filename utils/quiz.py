"""A question to answer before the next cell is run: a guess makes what follows worth looking at."""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping

import ipywidgets as widgets
from IPython.display import display


class Question:
    """A question with choices; choosing one says whether the guess was right, and replies to it. Made by `ask`."""

    def __init__(self, question: str, choices: Mapping[str, str], right: Collection[str]):
        self._question, self._choices, self._right = question, choices, right
        self._radio = widgets.RadioButtons(options=list(choices), value=None, layout={"width": "max-content"})
        self._radio.tooltip = question
        self._reply = widgets.HTML()
        self._radio.observe(self._answer, names="value")
        asked = widgets.HTML(f"<b>Predict:</b> {html.escape(question)}")
        self._widget = widgets.VBox([asked, self._radio, self._reply])

    def verdict(self, choice: str) -> str:
        """Whether the guess was right, in words; empty where no choice is right or wrong."""
        if not self._right:
            return ""
        return "Right." if choice in self._right else "Not quite."

    def _reply_to(self, choice: str) -> str:
        """The verdict and the reply, as HTML."""
        verdict = self.verdict(choice)
        return (f"<strong>{verdict}</strong> " if verdict else "") + html.escape(self._choices[choice])

    def _answer(self, change: Mapping[str, str]) -> None:
        self._reply.value = f'<div role="status">{self._reply_to(change["new"])}</div>'

    def _ipython_display_(self) -> None:
        # Where there is no kernel to answer (a page, a preview), the replies are there to be unfolded.
        replies = "".join(
            f"<details><summary>{html.escape(choice)}</summary>{self._reply_to(choice)}</details>"
            for choice in self._choices
        )
        page = f"<p><b>Predict:</b> {html.escape(self._question)}</p>{replies}"
        text = "\n".join([f"Predict: {self._question}", *(f"- {choice}" for choice in self._choices)])
        display(self._widget._repr_mimebundle_() | {"text/html": page, "text/plain": text}, raw=True)


def ask(question: str, choices: Mapping[str, str], right: str | Collection[str] | None = None) -> Question:
    """Asks for a guess. Nothing waits for it and nothing is scored.

    Args:
        question: what will be seen.
        choices: each possible guess, with the reply to it. A reply sends the reader to look, and explains;
            a wrong guess gets as good a one as a right one.
        right: the right choice, or all that are right. "Right." or "Not quite." comes before the reply. None where
            no choice is right or wrong: then only the reply is shown.

    Returns:
        what the cell is to show: make it the cell's last line.

    Raises:
        ValueError: if something that is said to be right is none of the choices.
    """
    right = () if right is None else (right,) if isinstance(right, str) else tuple(right)
    for choice in right:
        if choice not in choices:
            raise ValueError(f"{choice!r} is said to be right, but the choices are {', '.join(map(repr, choices))}")
    return Question(question, choices, right)
