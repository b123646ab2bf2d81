"""The command that says which cell serves which row of the curriculum."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import rows


def code(id_: str, source: str, *tags: str) -> dict:
    return {"cell_type": "code", "id": id_, "source": source, "metadata": {"tags": list(tags)}}


def lecture(folder: Path, *cells: dict, name: str = "02_xor") -> Path:
    """A folder with one lecture of these cells."""
    (folder / f"{name}.ipynb").write_text(json.dumps({"cells": list(cells)}))
    return folder


PICTURE, CLAIM = code("look", "live.picture(move, ax)", "row:X1"), code("check", "assert 1 == 1", "row:X1")


def test_every_row_has_an_id_of_its_own_and_a_notebook():
    ids = [row.id for row in rows.rows()]
    assert len(ids) == len(set(ids)) == 86 + 13
    assert len({row.notebook for row in rows.rows()}) == 8
    assert {id_[0] for id_ in ids} == set("LXABUCDWE")


def test_a_row_is_told_with_its_notebook_its_cells_and_what_they_hold(tmp_path, capsys):
    quiz = code("guess", "quiz.ask('?', {})", "row:X1")
    rows.main(["--notebooks", str(lecture(tmp_path, quiz, PICTURE, CLAIM))])
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("X1 ")]
    assert line.split() == ["X1", "02_xor", "picture,", "claim,", "quiz", "guess", "look", "check"]


@pytest.mark.parametrize(
    "cells, told",
    [
        ([], "missing"),
        ([PICTURE], "no claim"),
        ([CLAIM], "no picture"),
        ([CLAIM, code("controls", "live.slider(1, 0, 2)", "row:X1")], "no picture"),
        ([CLAIM, code("look", "live.picture(move, ax)", "row:X4")], "no picture"),
    ],
)
def test_what_a_row_lacks_is_said_and_fails_where_its_notebook_is_required(cells, told, tmp_path, capsys):
    folder = ["--notebooks", str(lecture(tmp_path, *cells))]
    assert rows.main(folder) == 0
    assert rows.main([*folder, "--require", "02"]) == 1
    said = capsys.readouterr().out
    assert told in next(line for line in said.splitlines() if line.startswith("X1 "))
    assert "required but not complete: X1 X2" in said


def test_a_cell_of_another_notebook_does_not_serve_the_row(tmp_path):
    row = next(row for row in rows.rows() if row.id == "X1")
    elsewhere = rows.cells_by_tag(lecture(tmp_path, PICTURE, CLAIM, name="03_activations"))
    assert rows.gaps(row, elsewhere["row:X1"]) == ["claim", "picture"]


def test_a_row_that_names_no_control_needs_no_picture():
    needs = {row.id: row.needs for row in rows.rows()}
    assert needs["L2"] == needs["E5"] == ("claim",) and needs["L1"] == ("claim", "picture")


def test_all_rows_served_is_success(tmp_path, capsys):
    every = [row for row in rows.rows() if row.notebook == "02_xor"]
    cells = [code(f"c{i}", "live.picture(f, ax)\nassert f", row.tag) for i, row in enumerate(every)]
    assert rows.main(["--require", "02_xor", "--notebooks", str(lecture(tmp_path, *cells))]) == 0
    assert f"{len(every)} of" in capsys.readouterr().out


def test_a_notebook_that_the_curriculum_does_not_know_cannot_be_required(capsys):
    with pytest.raises(SystemExit):
        rows.main(["--require", "09"])
    assert "'09'" in capsys.readouterr().err
