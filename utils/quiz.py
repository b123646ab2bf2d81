"""A question to answer before the next cell is run: after a guess, readers look more closely at what follows."""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping
from pathlib import Path

import anywidget
import traitlets
from IPython.display import display

from . import pages


class _Asked(anywidget.AnyWidget):
    """Asks and replies, without the kernel. The browser code is in live.js."""

    _esm = Path(__file__).with_name("live.js")
    _css = Path(__file__).with_name("live.css")
    question = traitlets.Unicode().tag(sync=True)
    replies = traitlets.List().tag(sync=True)  # of each choice: its text, the verdict, the reply


class Question:
    """A question with choices; choosing one shows whether the guess was right, and a reply. Created by `ask`."""

    def __init__(self, question: str, choices: Mapping[str, str], right: Collection[str]):
        self.question, self.choices, self.right = question, dict(choices), tuple(right)

    def verdict(self, choice: str) -> str:
        """Whether the guess was right, in words; empty if no choice is right or wrong."""
        if not self.right:
            return ""
        return "Right." if choice in self.right else "Not quite."

    @property
    def replies(self) -> list[tuple[str, str, str]]:
        """Each choice with its verdict and its reply."""
        return [(choice, self.verdict(choice), reply) for choice, reply in self.choices.items()]

    def _page(self) -> str:
        """The question as HTML for readers without a kernel or script: the replies can be unfolded."""
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
        question: about what the next cell shows.
        choices: each possible guess, with the reply to it. A reply tells the reader what to look at, and explains; a
            wrong guess gets as good a reply as a right one.
        right: the right choice, or all right choices. "Right." or "Not quite." comes before the reply. None if no
            choice is right or wrong: then only the reply is shown.

    Returns:
        what the cell should show: make it the cell's last line.

    Raises:
        ValueError: if a right choice is not one of the choices.
    """
    right = () if right is None else (right,) if isinstance(right, str) else tuple(right)
    for choice in right:
        if choice not in choices:
            raise ValueError(f"{choice!r} is given as right, but the choices are {', '.join(map(repr, choices))}")
    return Question(question, choices, right)
