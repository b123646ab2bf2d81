"""A question to answer before the next cell is run: a guess makes what follows worth looking at."""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping
from pathlib import Path

import anywidget
import traitlets
from IPython.display import display

from . import pages


class _Asked(anywidget.AnyWidget):
    """Asks and replies, without the kernel. What it does in the browser is in live.js."""

    _esm = Path(__file__).with_name("live.js")
    _css = Path(__file__).with_name("live.css")
    question = traitlets.Unicode().tag(sync=True)
    replies = traitlets.List().tag(sync=True)  # of each choice: its text, the verdict, the reply


class Question:
    """A question with choices; choosing one says whether the guess was right, and replies to it. Made by `ask`."""

    def __init__(self, question: str, choices: Mapping[str, str], right: Collection[str]):
        self.question, self.choices, self.right = question, dict(choices), tuple(right)

    def verdict(self, choice: str) -> str:
        """Whether the guess was right, in words; empty where no choice is right or wrong."""
        if not self.right:
            return ""
        return "Right." if choice in self.right else "Not quite."

    @property
    def replies(self) -> list[tuple[str, str, str]]:
        """Each choice with its verdict and its reply."""
        return [(choice, self.verdict(choice), reply) for choice, reply in self.choices.items()]

    def _page(self) -> str:
        """The question for those who have nothing that answers, as HTML: the replies are there to be unfolded."""
        unfold = "".join(
            f"<details><summary>{html.escape(choice)}</summary>"
            + (f"<strong>{verdict}</strong> " if verdict else "")
            + f"{html.escape(reply)}</details>"
            for choice, verdict, reply in self.replies
        )
        return f"<p><b>Predict:</b> {html.escape(self.question)}</p>{unfold}"

    def _ipython_display_(self) -> None:
        text = "\n".join([f"Predict: {self.question}", *(f"- {choice}" for choice in self.choices)])
        told = {"question": self.question, "replies": self.replies}
        if pages.folder():
            page = f'<div class="ask-page">{self._page()}{pages.data(told)}</div>'
            display({"text/html": page, "text/plain": text}, raw=True)
            return
        display({"text/html": pages.quiet(self._page()), "text/plain": text}, raw=True)
        display(pages.alive(_Asked(**told)), raw=True)


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
