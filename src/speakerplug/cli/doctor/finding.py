"""Checks, and their findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from ... import errors
from ...errors import SpeakerPlugError

Status = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report: a problem is something that cannot work, a warning is not.

    `remedy` is a command, or what to do.
    """

    topic: str
    status: Status
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A check of the environment: `look` runs in a subprocess and returns findings.

    `doing` describes it, for the finding about a check that crashes or raises, and `remedy` is the hint of that
    finding. `timeout_s` is how long, in seconds, it may take for the next finding. A check that `needs_network` is left
    out offline.
    """

    topic: str
    doing: str
    look: Callable[[], Iterable[Finding]]
    remedy: str = "report it, with the output of: speakerplug doctor --json"
    timeout_s: float = 60.0
    needs_network: bool = False

    def broken(self, why: str) -> Finding:
        """Return the finding about a check that did not finish."""
        return Finding(self.topic, "problem", f"{self.doing}: {why}", self.remedy)


def first_line(error: BaseException) -> str:
    """Return the message of an error on one line, without a period."""
    return errors.first_line(error).rstrip(".")


def from_error(topic: str, status: Status, about: str, error: BaseException, remedy: str) -> Finding:
    """Return a finding about an error: the remedy is in the message of our own errors, `remedy` for others."""
    text = first_line(error)
    if isinstance(error, SpeakerPlugError) and "; " in text:
        text, _, remedy = text.rpartition("; ")
    return Finding(topic, status, f"{about}: {text}", remedy)
