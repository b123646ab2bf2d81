"""A judge that fails says why, unless it failed because the grader is gone."""

import socket

import pytest

from autograder.engine.template import Template


@pytest.mark.parametrize("there", [True, False])
def test_a_judge_whose_grader_is_gone_fails_without_a_word(there, capfd):
    control, judges = socket.socketpair()
    worker, judges_worker = socket.socketpair()
    if not there:
        control.close()
    template = Template([])
    try:
        judge = template.fork("judge", [judges, judges_worker])  # without what it needs
        worker.settimeout(20)
        assert worker.recv(1) == b""  # it has ended
        template.reap(judge)
    finally:
        template.close()
        control.close()
        worker.close()
    assert ("KeyError" in capfd.readouterr().err) == there
