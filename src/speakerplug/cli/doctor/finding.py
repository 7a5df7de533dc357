"""What a check finds, and what a check is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from ... import errors
from ...errors import SpeakerPlugError

Status = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's: a warning is something to know, a problem something that cannot work.

    `remedy` is what to type, or to do.
    """

    topic: str
    status: Status
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One look at the environment: `look` runs in a process of its own and gives what it finds.

    `doing` says what is tried, for the line about a look that ends its process or raises, and `remedy` what to do
    then. `patience_s` is how long, in seconds, it may be silent. One that `asks_network` is left out offline.
    """

    topic: str
    doing: str
    look: Callable[[], Iterable[Finding]]
    remedy: str = "report it, with the output of: speakerplug doctor --json"
    patience_s: float = 60.0
    asks_network: bool = False

    def broken(self, why: str) -> Finding:
        """The finding about a look that did not come to its end."""
        return Finding(self.topic, "problem", f"{self.doing}: {why}", self.remedy)


def first_line(error: BaseException) -> str:
    """An error in one line."""
    return errors.first_line(error).rstrip(".")


def told(topic: str, status: Status, about: str, error: BaseException, remedy: str) -> Finding:
    """A finding from an error; one of our own brings its remedy, for others it is `remedy`."""
    text = first_line(error)
    if isinstance(error, SpeakerPlugError) and "; " in text:
        text, _, remedy = text.rpartition("; ")
    return Finding(topic, status, f"{about}: {text}", remedy)
