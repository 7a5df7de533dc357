"""Run checks in a subprocess, so that a binary that crashes or hangs is a finding and does not end the doctor."""

from __future__ import annotations

import itertools
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from ...errors import SpeakerPlugError
from ...system.packages import diagnosis
from ...system.telemetry import silence_telemetry
from .finding import Check, Finding, first_line, from_error

START = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "import speakerplug.cli.doctor.process as p; p.work()"
)
DONE, ENDED = "done", "ended"

Answers = queue.Queue[Any]


def examine(checks: Sequence[Check], offline: bool = False) -> Iterator[Finding]:
    """Yield the findings of `checks` when they come; offline without those that need the network.

    All run in one process, because imports are slow; after a check that ended the process, the rest run in a new one.
    """
    waiting = [check for check in checks if not (offline and check.needs_network)]
    while waiting:
        with _process(waiting, offline) as (process, answers):
            while waiting:
                check = waiting[0]
                try:
                    answer = answers.get(timeout=check.timeout_s)
                except queue.Empty:
                    yield check.broken(f"no answer within {check.timeout_s:g} s")
                    break
                if isinstance(answer, Finding):
                    yield answer
                    continue
                if answer == ENDED:
                    yield check.broken(_ending(process.wait()))
                    break
                waiting.pop(0)
        waiting = waiting[1:]


def work() -> None:
    """Run in the subprocess: read the checks from standard input, and write their findings to standard output."""
    checks, offline = pickle.load(sys.stdin.buffer)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is not a finding
    silence_telemetry()
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
    for check in checks:
        for answer in itertools.chain(_findings(check), (DONE,)):
            pickle.dump(answer, answers)
            answers.flush()


def _findings(check: Check) -> Iterator[Finding]:
    try:
        yield from check.look()
    except Exception as error:  # a check that fails is a finding, whatever it is
        found = diagnosis(error)
        if found is not None:
            yield Finding(check.topic, "problem", f"{check.doing}: {found.text}", found.remedy)
        elif isinstance(error, SpeakerPlugError):
            yield from_error(check.topic, "problem", check.doing, error, check.remedy)
        else:
            yield check.broken(f"{type(error).__name__}: {first_line(error)}")


@contextmanager
def _process(checks: Sequence[Check], offline: bool) -> Iterator[tuple[subprocess.Popen[bytes], Answers]]:
    """Yield a process that runs `checks`, and the queue of its answers; it ends with the block."""
    with subprocess.Popen(
        [sys.executable, "-c", START], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        answers: Answers = queue.Queue()
        assert process.stdin is not None
        assert process.stdout is not None
        threading.Thread(target=_read, args=(process.stdout, answers), name="doctor", daemon=True).start()
        try:
            with process.stdin as given:
                pickle.dump(sys.path, given)
                pickle.dump((tuple(checks), offline), given)
            yield process, answers
        finally:
            process.kill()


def _read(stream: IO[bytes], answers: Answers) -> None:
    """Put what the process writes into the queue, until it ends."""
    try:
        while True:
            answers.put(pickle.load(stream))
    except Exception:  # it ended, perhaps in the middle of an answer
        answers.put(ENDED)


def _ending(code: int) -> str:
    try:
        return f"it crashes ({signal.Signals(-code).name})"
    except ValueError:
        return f"it ends the process (exit code {code})"
