"""What parent and child say to each other; all of it can be pickled."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import Any

from ...devices.failures import MEMORY, failure_of
from ...devices.model_handle import Placement
from ...errors import SpeakerPlugError
from ...plugin.guard import told
from ...system.packages import diagnosis


@dataclass(frozen=True, slots=True)
class Load:
    """To the child: load the model, where and how the parent's device manager says."""

    placement: Placement


@dataclass(frozen=True, slots=True)
class Work:
    """To the child: do the stage's work on `length` samples in the shared memory `block`."""

    placement: Placement
    block: str
    length: int
    name: str
    request: Any


@dataclass(frozen=True, slots=True)
class Reached:
    """To the parent: how far a step has come."""

    step: str
    completed: float
    total: float


@dataclass(frozen=True, slots=True)
class Logged:
    """To the parent: a line for its log."""

    logger: str
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """To the parent: it went well."""

    result: Any = None


class ChildTraceback(Exception):  # noqa: N818 - it is shown as the cause of the error that it belongs to
    """Where in the child an error came from."""


@dataclass(frozen=True, slots=True)
class Failed:
    """To the parent: it went wrong. Strangers' exceptions are not sent: to unpickle them may need their library."""

    text: str
    trace: str
    is_memory: bool = False
    said: SpeakerPlugError | None = None

    @classmethod
    def by(cls, error: BaseException) -> Failed:
        """What there is to tell of an error."""
        broken = diagnosis(error)  # only here is it known in which import it arose
        said = error if isinstance(error, SpeakerPlugError) else broken.as_error() if broken else None
        trace = "".join(traceback.format_exception(error))
        return cls(told(error), trace, failure_of(error) == MEMORY, said)

    def raised(self) -> Exception:
        """The error to raise in the parent: the same, or one that the device manager takes for the same."""
        error: Exception = RuntimeError(self.text)
        if self.said is not None:
            error = self.said
        elif self.is_memory:
            error = MemoryError(self.text)
        error.__cause__ = ChildTraceback(f"in the child process\n{self.trace}")
        return error
