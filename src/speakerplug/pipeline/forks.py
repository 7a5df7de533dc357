"""What does not survive a fork: threads, locks and devices stay with the process that made them."""

from __future__ import annotations

import os

from ..errors import UsageError


class Birthplace:
    """The process in which something was made; a copy in a forked one would wait for threads that are not there."""

    def __init__(self) -> None:
        self._process = os.getpid()

    @property
    def is_here(self) -> bool:
        """Whether this is that process."""
        return self._process == os.getpid()

    def insist(self, what: str) -> None:
        """Raise UsageError in any other process."""
        if not self.is_here:
            raise UsageError(
                f"This {what} was made before the process forked, and its threads and devices stayed behind; "
                "make one in this process, or start processes by 'spawn' instead of 'fork'."
            )
