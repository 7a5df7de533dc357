"""Runs of `speakerplug batch` that are killed again and again, driver and workers, until all is done."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.standins.stub_stages import OPTIONS

PROGRAM = (sys.executable, "-c", "from speakerplug.cli import run; run()", "batch")
POLL_S = 0.005
ENDED_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Kill:
    """A process that was killed: `driver` or `worker`, when so many recordings were done."""

    victim: str
    done: int


def command(folder: Path, output: Path, *more: str) -> list[str]:
    """Return the command that transcribes a folder with the stub stages."""
    return [*PROGRAM, str(folder), "--output", str(output), "--json", "--vtt", *OPTIONS, "--progress", "off", *more]


def run_killed(
    arguments: Sequence[str], environment: dict[str, str], output: Path, files: int, kills: int, seed: int
) -> tuple[list[Kill], int]:
    """Run a command, and again after its driver was killed; return the kills, and the exit code of the last run."""
    order = random.Random(seed)
    moments = sorted(order.randrange(files) for _ in range(kills))
    found: list[Kill] = []
    until = time.monotonic() + ENDED_TIMEOUT_S
    process = _started(arguments, environment)
    for moment in moments:
        while (done := states(output)["done"]) < moment and process.poll() is None and time.monotonic() < until:
            time.sleep(POLL_S)
        time.sleep(order.uniform(0.0, 0.2))
        victim = order.choice(["driver", "worker"])
        workers = _wait_for_children(process) if victim == "worker" else []
        target = order.choice(workers) if workers else process.pid
        if process.poll() is None:
            os.kill(target, signal.SIGKILL)
            found.append(Kill("worker" if workers else "driver", done))
        if not workers:
            process.wait()
            process = _started(arguments, environment)
    return found, process.wait(max(1.0, until - time.monotonic()))


def _started(arguments: Sequence[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(arguments, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)


def _wait_for_children(process: subprocess.Popen[bytes]) -> list[int]:
    """Return the workers of a driver, as soon as there are some."""
    until = time.monotonic() + 30.0
    while not (found := children(process.pid)) and process.poll() is None and time.monotonic() < until:
        time.sleep(POLL_S)
    return found


def children(pid: int) -> list[int]:
    """Return the child processes of a process."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
        if fields[0] != b"Z" and int(fields[1]) == pid:
            found.append(int(path.parent.name))
    return found


def lines(output: Path) -> Iterator[dict[str, Any]]:
    """Yield the whole lines of all journals."""
    for path in (output / ".speakerplug").glob("journal-*.jsonl"):
        for line in path.read_bytes().split(b"\n")[:-1]:
            try:
                yield json.loads(line)
            except ValueError:
                continue


def states(output: Path) -> Counter[str]:
    """Return how many lines of the journals have each state."""
    return Counter(line["state"] for line in lines(output) if "state" in line)


def tree(output: Path) -> dict[str, bytes | dict[str, Any]]:
    """Return all results by their names: subtitles as they are, JSON without what says how it ran."""
    found: dict[str, bytes | dict[str, Any]] = {}
    for path in output.rglob("*"):
        name = path.relative_to(output).as_posix()
        if path.is_file() and not name.startswith(".speakerplug/"):
            data = path.read_bytes()
            found[name] = _without_how(json.loads(data)) if name.endswith(".json") else data
    return found


def _without_how(transcript: dict[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in transcript["provenance"].items() if key not in ("plan", "timings")}
    return {**transcript, "provenance": own}
