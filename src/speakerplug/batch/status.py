"""What the journals in a folder of results say: how far its runs are, who is at work, and what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .journal import History
from .record import DONE, FAILED, KILLED, STARTED, Record

SCHEMA, VERSION = "speakerplug/batch-status", "1.0"


@dataclass(frozen=True, slots=True)
class Status:
    """The recordings by what became of them, and the runs that are at work now.

    `files` is how many the latest runs had to do, 0 if unknown; what those could not take at all is among the
    `failures`. `running` are at work, `waiting` were interrupted or will be tried again.
    """

    files: int
    done: int
    audio_s: float
    work_s: float
    failures: tuple[Record, ...]
    running: tuple[Record, ...]
    waiting: tuple[Record, ...]
    holders: tuple[Mapping[str, Any], ...]

    @property
    def left(self) -> int:
        """The recordings that nobody has begun with, as far as is known."""
        begun = self.done + len(self.failures) + len(self.running) + len(self.waiting)
        return max(0, self.files - begun)

    @property
    def speed(self) -> float | None:
        """Seconds of audio for each second of work of a worker; None before any is done."""
        return self.audio_s / self.work_s if self.work_s else None

    def as_dict(self) -> dict[str, Any]:
        """Return the status for JSON."""
        return {
            "schema": SCHEMA,
            "version": VERSION,
            "files": self.files,
            "done": self.done,
            "failed": len(self.failures),
            "running": [each.path for each in self.running],
            "waiting": [each.path for each in self.waiting],
            "left": self.left,
            "audio_seconds": round(self.audio_s, 3),
            "work_seconds": round(self.work_s, 3),
            "failures": [
                {"file": each.path, "state": each.state, "error": each.error, "message": each.message}
                for each in self.failures
            ],
            "runs": [dict(each) for each in self.holders],
        }


def status_of(history: History, holders: Sequence[Mapping[str, Any]] = ()) -> Status:
    """Return the status; `holders` are the runs that are at work now."""
    by_state: dict[str, list[Record]] = {}
    for record in sorted(history.latest.values(), key=lambda each: each.time):
        by_state.setdefault(record.state, []).append(record)
    done, started = by_state.get(DONE, []), by_state.get(STARTED, [])
    running = [each for each in started if any(_is_of(each, holder) for holder in holders)]
    problems = _problems(history)
    others = [each for state, each in by_state.items() if state not in (DONE, FAILED, KILLED, STARTED)]
    return Status(
        files=sum(run["files"] for run in _latest_runs(history)) + len(problems),
        done=len(done),
        audio_s=sum(each.audio_s for each in done),
        work_s=sum(each.work_s for each in done),
        failures=(*by_state.get(FAILED, []), *by_state.get(KILLED, []), *problems),
        running=tuple(running),
        waiting=(*(each for each in started if each not in running), *(each for group in others for each in group)),
        holders=tuple(holders),
    )


def _is_of(record: Record, holder: Mapping[str, Any]) -> bool:
    """Return whether a run may have begun with a recording: that of its host, since it began."""
    return record.host == holder.get("host") and record.time >= float(holder.get("since", 0.0)) - 1.0


def _latest_runs(history: History) -> list[Mapping[str, Any]]:
    """Return the latest run of each shard that has found its recordings."""
    latest: dict[str, Mapping[str, Any]] = {}
    for run in history.runs:
        if isinstance(run.get("files"), int):
            shard = str(run.get("shard", "1/1"))
            count = shard.rpartition("/")[2]
            latest = {other: found for other, found in latest.items() if other.rpartition("/")[2] == count}
            latest[shard] = run
    return [*latest.values()]


def _problems(history: History) -> list[Record]:
    """Return what the latest runs could not take, such as lines of a list; each shard says the same of them."""
    found = [run.get("problems") for run in _latest_runs(history)]
    messages = {where: str(message) for each in found if isinstance(each, dict) for where, message in each.items()}
    return [Record(FAILED, where, 0.0, where, error="Problem", message=text) for where, text in messages.items()]
