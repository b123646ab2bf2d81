"""One notebook from top to bottom: the student's cells in the worker, the test cells in the judge.

Runs in the judge's process. Takes a plan (plain data, from the engine) on its control socket and streams one
line of JSON per finished cell back, so that nothing is lost when a later cell never ends.
"""

from __future__ import annotations

import json
import re
import socket
import time
from typing import Any

from .diagnosis import explain_failure
from .judge import Judge, Link, Verdict, WorkerLost, outcome_of_student_error, verdict_of_value, watch_seeds
from .results import Outcome

SHOWN_KINDS = ("text/plain", "text/html", "text/latex", "image/png", "image/jpeg")
MAX_OUTPUTS, MAX_SHOWN = 200, 2_000_000  # outputs of a cell, and characters in them
MAX_SHOWN_IN_ALL = 20_000_000  # characters in the outputs of a notebook
_NUMBER = re.compile(r"(?:np\.\w+\()?([-+0-9.eE]+|nan|inf)\)?")


def run(control: socket.socket, worker: socket.socket) -> None:
    """Serves one plan: reads it from `control`, works it off with the worker, writes the results."""
    stream = control.makefile("rw", encoding="utf-8", errors="replace")  # half a surrogate pair ends here
    plan = json.loads(stream.readline())

    def report(**line: Any) -> None:
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        stream.flush()

    watch_seeds()
    link = Link(worker, plan["expected"])
    judge = Judge(link, plan["cell_seconds"])
    errors: dict[str, dict] = {}  # name -> the error of the student's cell that was to define it
    link.deadline = time.monotonic() + plan["cell_seconds"]
    try:
        report(started=link.ask("start"))
    except (Exception, WorkerLost) as error:
        report(fault=f"the worker did not start: {error}")
        return
    for step in plan["steps"]:
        if step["do"] == "student":
            report(**_student_cell(link, step, plan, errors))
        elif step["do"] == "given":
            try:
                judge.run_given(step["code"])
            except Exception as error:
                report(given=step["source"], error=f"{type(error).__name__}: {error}")
        else:
            report(**_test_cell(judge, step, plan, errors))
    modules: list = []
    if plan.get("recording") and not link.lost:
        modules = [name for name in link.ask("modules") if type(name) is str]
    recorded = {path: sorted(kinds) for path, kinds in link.recorded.items()}
    report(done=True, recorded=recorded, modules=modules)


def _student_cell(link: Link, step: dict, plan: dict, errors: dict[str, dict]) -> dict:
    link.deadline = time.monotonic() + plan["cell_seconds"]
    line: dict[str, Any] = {"cell": step["index"], "outputs": [], "error": None}
    try:
        answer = link.ask("cell", source=step["source"])
        left = plan.setdefault("shown_left", MAX_SHOWN_IN_ALL)
        line["outputs"], error = _outputs(answer, min(MAX_SHOWN, left)), _cell_error(answer)
        plan["shown_left"] -= sum(map(_length, line["outputs"]))
    except WorkerLost as lost:
        error = {
            "name": "WorkerLost",
            "bases": [],
            "text": str(lost),
            "traceback": [str(lost)],
            "outcome": lost.outcome,
        }
    except Exception as failure:
        info = getattr(failure, "info", {"name": type(failure).__name__, "bases": [], "traceback": []})
        error = {**info, "class": None}
    finally:
        link.forget()
    for name in step["binds"]:
        errors.pop(name, None)
    if error:
        line["error"] = {
            "name": error["name"][:200],
            "text": error.get("text", "")[:2000],
            "traceback": [text[:2000] for text in error["traceback"]][:40],
            "outcome": error.get("outcome") or outcome_of_student_error(error),
        }
        errors.update(dict.fromkeys(step["binds"], line["error"]))
    return line


def _test_cell(judge: Judge, step: dict, plan: dict, errors: dict[str, dict]) -> dict:
    if step["isolated"]:
        verdict = judge.run_test(
            step["name"], step["code"], step["points"], frozenset(step["students"]), step["mutates"]
        )
    else:
        verdict = _test_in_worker(judge.link, step, plan["cell_seconds"])
    if verdict.outcome is Outcome.PASSED:
        plan.setdefault("passed", []).append(step["name"])
    message, mistake = explain_failure(verdict, step, plan, errors)
    return {
        "test": step["index"],
        "outcome": verdict.outcome,
        "score": verdict.score,
        "message": message,
        "mistake": mistake,
        "mutates": verdict.mutates,
        "seconds": verdict.seconds,
    }


def _test_in_worker(link: Link, step: dict, cell_seconds: float) -> Verdict:
    """Grades a test cell by what the worker says of it, as every peer does; such cells are labelled."""
    started = time.monotonic()
    link.calls = []
    link.deadline = started + cell_seconds
    try:
        answer = link.ask("cell", source=step["source"])
        error = _cell_error(answer)
        if error is None:
            verdict = _verdict_of_outputs(_outputs(answer), step["points"])
        elif error["name"] == "AssertionError":
            verdict = Verdict(Outcome.FAILED, 0.0, str(error.get("text", "")), error={"assertion": True})
        else:
            verdict = Verdict(outcome_of_student_error(error), 0.0, "", error=error)
    except WorkerLost as lost:
        verdict = Verdict(lost.outcome, 0.0, str(lost))
    except Exception as failure:
        verdict = Verdict(Outcome.RAISED, 0.0, "", error=getattr(failure, "info", None))
    verdict.seconds = time.monotonic() - started
    link.forget()
    return verdict


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
    """The display outputs of a cell, in nbformat's form and up to a length; what is not of it is left out."""
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
