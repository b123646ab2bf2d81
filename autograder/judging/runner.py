"""One notebook from top to bottom: the student's cells in the worker, the test cells in the judge.

Runs in the judge's process. Takes a plan from the engine on its control socket and streams back one line per finished
cell, so that nothing is lost if a later cell never ends.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec

from ..sandbox.definitions import LOOKS_AROUND, words_of
from . import following, guard, promises, questions, varied  # noqa: F401  (tests and workers use them, and may read no file of ours)
from .again import SECONDS, Student
from .clock import Budget
from .diagnosis import REPLAY_SECONDS, History, Look, explain_failure, in_short, replay, undefined_name
from .gaps import path_of_gap
from .hollow import path_of_hollow, path_of_wrong_turn
from .judge import Judge, Main
from .lending import OBJECTS, nothing_left
from .link import Link, OutOfTime, WorkerLost, expected_by
from .outcome import Outcome, outcome_of_student_error
from .plan import (
    CellError,
    CellLine,
    Done,
    Fault,
    GivenLine,
    GivenStep,
    JudgeStep,
    Line,
    Over,
    Plan,
    Started,
    StudentStep,
    VerdictLine,
    read_plan,
    written,
)
from .randomness import environment_kept, random_state, random_stream, watch_environment, watch_seeds
from .replaced import functions_of_modules, may_be_replaced
from .standin import NotPlain
from .verdicts import Verdict, verdict_of_value
from .written_gaps import path_of_written_gap

SHOWN_KINDS = ("text/plain", "text/html", "text/latex", "image/png", "image/jpeg")
MAX_OUTPUTS, MAX_SHOWN = 200, 2_000_000  # outputs of a cell, and characters in them
LOOK_SECONDS = 10 * REPLAY_SECONDS  # for up to six runs of a test on the reference
WORDS_SHARE = 0.2  # of a submission's time: once its messages have taken that much, they are shorter
MAX_SHOWN_IN_ALL = 20_000_000  # characters in the outputs of a notebook
_NUMBER = re.compile(r"(?:np\.\w+\()?([-+0-9.eE]+|nan|inf)\)?")


def run(control: socket.socket, worker: socket.socket, process: int, folders: tuple[str, str]) -> None:
    """Serves one plan: reads it from `control`, executes it with the worker of that process, writes the results.

    ``folders``: the judge's, and the worker's.
    """
    with control.makefile("rb") as stream:
        plan = read_plan(stream.readline())

    def report(line: Line) -> None:
        control.sendall(written(line))

    watch_seeds()
    watch_environment()
    guard.watch()
    questions.watch()
    link = Link(worker, plan.expected, process, Budget(plan.total_seconds))
    link.channel.folders = folders
    link.allow(plan.cell_seconds)
    try:
        link.listener = next(iter(socket.recv_fds(worker, 1, 1)[1]), None)
        report(Started(layers=tuple(map(str, link.ask("start")))))
    except (Exception, WorkerLost) as error:
        report(Fault(why=f"the worker did not start: {error}"))
        return
    link = _Work(plan, link, report).done()
    modules: tuple[str, ...] = ()
    if plan.recording and not link.lost:
        with contextlib.suppress(Exception, WorkerLost):  # they only matter for speed
            modules = tuple(name for name in link.ask("modules") if type(name) is str)
    recorded = {path: tuple(sorted(kinds)) for path, kinds in link.recorded.items()}
    report(Done(recorded=recorded, modules=modules, in_time=not link.budget.over()))


@dataclass
class _Waiting:
    """One of the judge's steps that waits until the student's cells have run; ``errors`` is `History.errors` there.

    Without a link, it is judged against a copy of the worker that has yet to be made.
    """

    step: GivenStep | JudgeStep
    link: Link | None
    errors: dict[str, CellError]
    words: set[str] = field(default_factory=set)  # mentioned in it
    shared: str = ""


@dataclass
class _Failing:
    """A failed test that may pass with the reference's answers for ``others``, exercises that may have failed before.

    ``spare`` is a copy of the worker from before the test, ``before`` and ``errors`` are what was known there, ``said``
    is the test's own message, ``undefined`` the name without a value that stopped it, if one did, and ``lost`` says
    whether the worker ended in it.
    """

    line: VerdictLine
    step: JudgeStep
    others: list[following.Failed]
    spare: Link
    before: following.Before
    errors: dict[str, CellError]
    said: str
    undefined: str
    lost: bool


class _Work:
    """The execution of a plan, in two phases.

    First the student's cells run. At each test, the worker forks a copy that waits; while the following cells only
    define names that no earlier code mentions, the copy can be made later (`sandbox.definitions`). Then each test is
    judged against its own copy. A test that should or can not be judged apart is judged at its place, in the worker
    that runs the cells; the tests waiting before it are also judged before it. For the last test of a notebook that
    worker is as good as a copy.

    If a cell ends the worker, a copy of the latest copy takes its place, as if that cell had only failed.

    After every verdict, tests that failed are repeated with the reference's answers for exercises that failed before:
    the student's code could keep such answers in a file, but no test comes after that.
    """

    def __init__(self, plan: Plan, link: Link, report: Callable[[Line], None]):
        self.plan, self.report = plan, report
        self.link = link  # to the worker that runs the cells
        self.judge = Judge(link, plan.cell_seconds)
        sys.modules["__main__"] = Main(self.judge.namespace)
        self.history = History(plan)
        self.waiting: list[_Waiting] = []
        self.latest: Link | None = None  # to the latest copy,
        self.since: list[StudentStep] = []  # and the cells that have run well since
        self.shown = MAX_SHOWN_IN_ALL
        self.failed: dict[str, following.Failed] = {}  # exercises that lost points, by their cell,
        self.doubtful: dict[str, following.Failed] = {}  # and those that may be right in themselves
        self.failing: list[_Failing] = []
        self.given_words: set[str] = set()  # mentioned in the judge's own cells
        self.words = 0.0  # seconds spent on them
        self.ended = False  # whether all cells have run
        self.secretive = False  # whether output of the student's cells may come from a hidden test

    def done(self) -> Link:
        """Executes the plan; returns the link to the worker that ran the cells last."""
        if any(isinstance(step, JudgeStep) and step.apart for step in self.plan.steps):
            self.latest = self.link.copy(self.plan.cell_seconds)
        for step in self.plan.steps:
            if self.link.budget.over():
                break
            match step:
                case StudentStep():
                    self._cell(step)
                case GivenStep():
                    self.given_words |= words_of(step.source)
                    self.waiting.append(_Waiting(step, self.link, {}))
                case JudgeStep():
                    self._test(step)
        self.ended = True
        self._judge_what_waits()
        self._try_again()
        return self.link

    def _cell(self, step: StudentStep) -> None:
        before = self.link.lost
        if any(one.link is None for one in self.waiting) and before is None and not self._only_defines(step):
            self._make_copies()
        line = _student_cell(self.link, step, self.history, self.shown)
        self.shown -= sum(map(_length, line.outputs)) + (sum(map(len, line.error.traceback)) if line.error else 0)
        self.report(_without_words(line) if self.secretive else line)
        if self.link.lost is None:
            self.since.append(step)
        elif before is None:
            self._over(self.link)
            if self.latest and (copy := self.latest.copy(self.plan.cell_seconds)):
                self.link = self.judge.link = self.judge.namespace.link = copy
                for again in self.since:
                    _student_cell(copy, again, self.history, 0)

    def _only_defines(self, step: StudentStep) -> bool:
        """Whether the tests that wait for a copy can also use one from after this cell."""
        self.link.allow(self.plan.cell_seconds)
        with contextlib.suppress(Exception, WorkerLost):
            names = self.link.ask("defines", source=step.source)
            words = self.given_words.union(*(one.words for one in self.waiting if one.link is None))
            return type(names) is tuple and words.isdisjoint(names)
        return False

    def _make_copies(self) -> None:
        """Makes the copies that tests wait for; if that is impossible, judges these tests now."""
        for one in self.waiting:
            if one.link is None and not self.link.lost:
                one.link = self.link.copy(self.plan.cell_seconds)
                if one.link is None:
                    self._judge_in_one()
                    return
                self.latest, self.since = one.link, []

    def _judge_in_one(self) -> None:
        """Judges the waiting tests, the last in the worker that runs the cells, which then differs from any copy."""
        self._judge_what_waits()
        self.latest = None

    def _test(self, step: JudgeStep) -> None:
        words = words_of(step.source) | step.students
        one = _Waiting(step, self.link, dict(self.history.errors), words=words)
        self.waiting.append(one)
        self.ended = step is self.plan.steps[-1]
        if self.ended or not step.apart:
            self._judge_in_one()
            return
        one.link = None
        if self.latest is None or not LOOKS_AROUND.isdisjoint(self.given_words | words):
            self._make_copies()

    def _judge_what_waits(self) -> None:
        errors = self.history.errors
        for one in self.waiting:
            if self.link.budget.over():
                break
            if isinstance(one.step, GivenStep):
                try:
                    self.judge.run_given(one.step.code)
                except Exception as error:
                    self.report(GivenLine(source=one.step.source, error=f"{type(error).__name__}: {error}"))
                continue
            self.history.errors = one.errors
            if one.link is None:
                one.link = self._link_for(one)
            before = one.link.lost
            others = following.concerned(one.step, (self.doubtful | self.failed).values(), self.plan)
            helped = one.step.isolated and any(it.functions for it in others)
            spare = one.link.copy(self.plan.cell_seconds) if helped else None
            with self.judge.against(one.link):
                known = following.before_a_test(self.judge) if spare else None
                if spare:
                    spare.in_step_as(one.link)
                last = one.step is self.plan.steps[-1] or self.ended and one is self.waiting[-1]
                harmless = last or one.link is not self.link
                line, said, undefined = self._judged(one.step, others, harmless)
            line = msgspec.structs.replace(line, shared=one.shared)
            self.report(line)
            if line.outcome is not Outcome.PASSED and (failed := following.failed(one.step, line.outcome)):
                (self.doubtful if spare else self.failed).setdefault(failed.cell, failed)
            if spare and known and line.outcome is not Outcome.PASSED:
                lost = one.link.lost is not before
                self.failing.append(_Failing(line, one.step, others, spare, known, one.errors, said, undefined, lost))
            elif spare:
                self._end(spare)
            if one.link is not self.link or one.link.lost is not before:
                self._over(one.link, one.step.index)
            if one.link is not self.link:
                one.link.end()
        self.waiting.clear()
        self.history.errors = errors

    def _try_again(self) -> None:
        """Finds the tests that pass with the reference's answers for exercises that failed before, and reports them.

        An exercise's own tests come before any in which the reference answers for it.
        """
        order = {name: n for n, name in reversed([*enumerate(following.exercise_of(one.step) for one in self.failing)])}
        for one in sorted(self.failing, key=lambda one: order[following.exercise_of(one.step)]):
            if not self.link.budget.over():
                self._tried_again(one)
            self._end(one.spare)

    def _tried_again(self, one: _Failing) -> None:
        step, plan, again, mistake = one.step, self.plan, None, one.line.mistake
        others = [it for it in one.others if it.cell in self.failed]
        if any(it.functions for it in others):
            # If points depend on it, it may take as long as any test.
            seconds = plan.cell_seconds if plan.follow_through else following.SECONDS
            again = following.try_again(self.judge, one.spare, step, others, one.before, seconds, one.undefined)
            if again and again.passed and self._hollow(again.verdict, step):
                again = None
        passed = again is not None and again.passed
        failed = following.failed(step, one.line.outcome)
        if not passed and failed:
            self.failed.setdefault(failed.cell, failed)
        if one.lost and not passed:
            return  # the engine knows more about what it ended
        self.history.errors, outcome, said, message = one.errors, one.line.outcome, one.said, one.line.message
        with self._wording():
            if again and again.called and again.decided and not passed:
                self.history.student, self.history.look = None, None  # which were used with other names
                said, mistake = explain_failure(again.verdict, step, self.history)
            if passed or said is not one.said or outcome is not Outcome.NOT_ATTEMPTED:
                message = following.told(step, said, again, others, plan, mistake)
        if passed:
            outcome = Outcome.FAILED if outcome is Outcome.NOT_ATTEMPTED else outcome
            line = msgspec.structs.replace(one.line, outcome=outcome, message=message, mistake=None)
            if plan.follow_through:
                line = msgspec.structs.replace(line, outcome=Outcome.PASSED, score=step.points, followed=True)
        else:
            line = msgspec.structs.replace(one.line, message=message, mistake=mistake)
        self.report(line)

    def _end(self, link: Link) -> None:
        self._over(link)
        link.end()

    def _link_for(self, one: _Waiting) -> Link:
        """A copy for the next test; the worker itself, if there can be none, or this is the last test."""
        if self.ended and one is self.waiting[-1]:
            return self.link
        if copy := self.link.copy(self.plan.cell_seconds):
            return copy
        if not self.link.lost:
            one.shared = self.link.no_copy
            hidden = isinstance(one.step, JudgeStep) and one.step.hidden
            self.secretive |= bool(hidden and self.link.listener is not None)
        return self.link

    def _judged(self, step: JudgeStep, others: list[following.Failed], harmless: bool) -> tuple[VerdictLine, str, str]:
        """Judges a test and finds its message; also returns it without mention of ``others``, which failed
        before, and the name without a value that stopped the test, if one did.

        ``harmless``: the worker's copy ends with the test, so that further calls may be made to find the message.
        """
        judge = self.judge
        if step.isolated:
            if self.plan.recording:
                judge.link.modules = functions_of_modules(may_be_replaced(step.source))
            names = step.students, step.changes, step.hidden, step.down, step.borrowed, step.lent, step.classes
            verdict = judge.run_test(step.name, step.code, step.points, *names)
            if verdict.score and not self.plan.recording and (why := self._hollow(verdict, step)):
                verdict.outcome, verdict.score, verdict.error = Outcome.FAILED, 0.0, {"assertion": True}
                verdict.message = why
        else:
            verdict = _test_in_worker(judge.link, step, self.plan.cell_seconds)
        said, message, mistake, undefined = "", "", None, undefined_name(verdict) or ""
        if verdict.outcome is Outcome.PASSED:
            self.history.passed.add(step.name)
        else:
            self.history.failed.add(step.name)
            askable = harmless and step.isolated and not judge.link.lost
            fresh = _Fresh(self, judge.link)
            self.history.student = Student(judge.link, fresh.link) if askable else None
            self.history.look = _look(judge) if askable else None
            with self._wording():
                said, mistake = explain_failure(verdict, step, self.history)
                message = said
                if verdict.outcome is not Outcome.NOT_ATTEMPTED:
                    message = following.told(step, said, None, others, self.plan, mistake)
            fresh.end()
            said = said or in_short(verdict, step, self.plan)
        line = VerdictLine(
            index=step.index,
            outcome=verdict.outcome,
            score=verdict.score,
            message=message or said,
            mistake=mistake,
            changes=verdict.changes if self.plan.recording else frozenset(),
            asks=bool(verdict.calls),
            seconds=verdict.seconds,
        )
        return line, said, undefined

    @contextlib.contextmanager
    def _wording(self) -> Iterator[None]:
        """A context for finding messages: they cost no verdict, have a time limit, and leave the judge unchanged."""
        started = time.process_time()
        files = nothing_left(self.judge.folder, self.history.lends_files)
        with contextlib.suppress(BaseException), _at_most(self.plan.cell_seconds):
            with self.judge.link.budget.stopped(), files, environment_kept():
                yield
        self.words += time.process_time() - started
        self.history.brief = self.words > WORDS_SHARE * self.plan.total_seconds

    def _hollow(self, verdict: Verdict, step: JudgeStep) -> str | None:
        """Why a test that compared nothing, or passed over an error, has not passed; None for any other."""
        files = nothing_left(self.judge.folder, self.history.lends_files)
        calls, expected = verdict.calls, expected_by(OBJECTS in step.lent, self.plan.expected or {})
        right = cache(lambda: replay(step, "", "", [], began=verdict.began))  # the test, run on the reference
        looks: list[tuple[Callable[[], str | None], str]] = [
            (
                lambda: path_of_hollow(calls, right, expected, step.source),
                "`{}` gives nothing that the test could compare.",
            ),
            (
                lambda: path_of_gap(calls, right, step, expected),
                "The comparison passes over what `{}` gives, which is wrong.",
            ),
            (
                lambda: path_of_written_gap(verdict.files, right, step, self.judge.folder),
                "The comparison passes over what is in the file `{}`, which is wrong.",
            ),
            (
                lambda: path_of_wrong_turn(calls, right, step),
                "What `{}` gives is wrong, and because of it the test skipped what it compares.",
            ),
        ]
        try:
            with _at_most(LOOK_SECONDS), self.judge.link.budget.stopped(), files, environment_kept():
                for look, words in looks:
                    with contextlib.suppress(Exception):  # from a value: then the others still look
                        if path := look():
                            return words.format(path)
        except (NotPlain, OutOfTime):  # the reference's own answers do not take that long
            return "What your code gives is too large to be checked in time, or is not plain data."
        return None

    def _over(self, link: Link, index: int | None = None) -> None:
        gone = link.lost is not None and link.lost.outcome is Outcome.RAISED
        self.report(Over(process=link.process, index=index, gone=gone))


class _Fresh:
    """A copy of the worker that no test has used, made when a message needs it."""

    def __init__(self, work: _Work, used: Link):
        self.work, self.used = work, used
        self.made: Link | None = None

    def link(self) -> Link | None:
        """The copy; None if the worker itself has answered a test, or there can be none."""
        work = self.work
        if work.ended and work.link is not self.used and not work.link.lost:
            self.made = work.link.copy(work.plan.cell_seconds)
            if self.made:
                self.made.in_step_as(work.link)
        return self.made

    def end(self) -> None:
        if self.made:
            self.work._over(self.made)
            self.made.end()


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raises OutOfTime in the code inside after so much processor time; tests have their own alarms there."""

    def ring(signum: int, frame: object) -> None:
        raise OutOfTime

    signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)  # again, in case the code inside has caught it
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, signal.SIG_IGN)


def _look(judge: Judge) -> Look:
    """The names of the test that has ended, and the values of its expressions."""

    def value(expression: ast.expr) -> Any:
        judge.link.begin(None)  # the calls of the test are recorded, and stay as they are
        judge.link.allow(SECONDS)
        code = compile(ast.Expression(expression), "<the test>", "eval")
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            with random_stream(random_state()):
                return eval(code, judge.namespace)

    return Look(judge.namespace, value)


def _without_words(line: CellLine) -> CellLine:
    """A cell's line without any text from its code."""
    note = "[not shown: a hidden test ran before this cell]"
    told = line.error and CellError(name="an error", text=note, traceback=(note,), outcome=line.error.outcome)
    return CellLine(index=line.index, outputs=({"output_type": "stream", "name": "stdout", "text": note},), error=told)


def _student_cell(link: Link, step: StudentStep, history: History, most: int) -> CellLine:
    """Makes the worker run a cell. ``most``: characters of output that the notebook may still show."""
    link.allow(history.plan.cell_seconds)
    outputs: list[dict] = []
    error: dict | None
    touched: tuple[str, ...] = ()
    try:
        before = link.ask("digests", names=step.watch) if step.watch else ()
        answer = link.ask("cell", source=step.source)
        after = link.ask("digests", names=step.watch) if step.watch else ()
        pairs = zip(step.watch, before, after, strict=True)
        touched = tuple(name for name, old, new in pairs if old != new or new is None)
        outputs, error = _outputs(answer, min(MAX_SHOWN, most)), _cell_error(answer)
    except WorkerLost as lost:
        error = {
            "name": "WorkerLost",
            "bases": [],
            "text": str(lost),
            "traceback": [str(lost)],
            "outcome": lost.outcome,
        }
    except Exception as failure:
        error = getattr(failure, "info", {"name": type(failure).__name__, "bases": [], "traceback": []})
    finally:
        link.forget()
    for name in step.binds:
        history.errors.pop(name, None)
    if error is None:
        return CellLine(index=step.index, outputs=tuple(outputs), error=None, touched=touched)
    told = CellError(
        name=error["name"][:200],
        text=error.get("text", "")[:2000],
        traceback=tuple(text[:2000] for text in error["traceback"][: 40 if most > 0 else 1]),
        outcome=error.get("outcome") or outcome_of_student_error(error),
    )
    history.errors.update(dict.fromkeys(step.binds, told))
    return CellLine(index=step.index, outputs=tuple(outputs), error=told)


def _test_in_worker(link: Link, step: JudgeStep, cell_seconds: float) -> Verdict:
    """Grades a test cell by the worker's own result, as other graders do; such cells are labelled."""
    started = time.monotonic()
    link.calls = []
    link.allow(cell_seconds)
    try:
        answer = link.ask("cell", source=step.source)
        error = _cell_error(answer)
        if error is None:
            verdict = _verdict_of_outputs(_outputs(answer), step.points)
        elif error["name"] == "AssertionError":
            line = None if step.hidden else _line_named(step.source, error["traceback"])
            verdict = Verdict(Outcome.FAILED, 0.0, error["text"], line, error={"assertion": True})
        else:
            verdict = Verdict(outcome_of_student_error(error), 0.0, "", error=error)
    except WorkerLost as lost:
        verdict = Verdict(lost.outcome, 0.0, str(lost))
    except Exception as failure:
        verdict = Verdict(Outcome.RAISED, 0.0, "", error=getattr(failure, "info", None))
    verdict.seconds = time.monotonic() - started
    link.forget()
    return verdict


def _line_named(source: str, traceback: list[str]) -> int | None:
    """The number of the line in which a test cell ended, according to the worker's traceback."""
    lines = [line.strip() for line in source.split("\n")]
    named = (frame.split("\n")[1].strip() for frame in reversed(traceback) if "\n" in frame)
    return next((lines.index(line) + 1 for line in named if line and line in lines), None)


def _verdict_of_outputs(outputs: list[dict], points: float) -> Verdict:
    for output in outputs:
        if output["output_type"] == "execute_result":
            text = output["data"].get("text/plain", "")
            number = _NUMBER.fullmatch(text.strip()) if isinstance(text, str) else None
            return verdict_of_value(float(number.group(1)) if number else None, points)
    return Verdict(Outcome.PASSED, points)


def _cell_error(answer: Any) -> dict | None:
    error = answer.get("error") if type(answer) is dict else None
    if type(error) is not dict:
        return None
    return {
        "name": str(error.get("name", "")),
        "bases": [str(base) for base in error.get("bases") or []],
        "text": str(error.get("text", "")),
        "traceback": [str(line) for line in error.get("traceback") or []][:40],
    }


def _outputs(answer: Any, left: int = MAX_SHOWN) -> list[dict]:
    """The display outputs of a cell, in nbformat's form and up to a length; invalid ones are left out."""
    outputs = answer.get("outputs") if type(answer) is dict else None
    made = []
    for output in (outputs if type(outputs) is list else [])[:MAX_OUTPUTS]:
        if shown := _well_formed(output, left):
            made.append(shown)
            left -= _length(shown)
    return made


def _well_formed(output: Any, left: int) -> dict | None:
    """A new output of exact built-in types, or None."""
    kind, text, data = (output.get(key) if type(output) is dict else None for key in ("output_type", "text", "data"))
    if type(kind) is not str or kind not in ("stream", "display_data", "execute_result"):
        return None
    if kind == "stream":
        return {"output_type": kind, "name": "stdout", "text": text[:left]} if type(text) is str and left > 0 else None
    data = data if type(data) is dict else {}
    data = {name: data[name] for name in SHOWN_KINDS if type(data.get(name)) is str}
    made = {"output_type": kind, "data": data}
    return made if data and _length(made) <= left else None


def _length(output: dict) -> int:
    return len(output.get("text", "")) + sum(map(len, output.get("data", {}).values()))
