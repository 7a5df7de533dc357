"""What the server is started with."""

from __future__ import annotations

from dataclasses import dataclass

LABELS = ("never", "change", "always", "dash")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
BYTES_PER_HOUR = 2_000_000_000
"""The most that an upload may have for each hour that a recording may last: lossless stereo has 1.4 GB at most."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How requests are answered.

    `labels` is when a text shows who speaks, None for what suits the format. `queue` requests may wait while one runs;
    `max_hours` is the longest recording. `api_key` is the key that clients must send, if there is one. `hosts` are the
    names under which clients may call, `*` for any. `grace_s` is the time that a running request has when the server
    stops.
    """

    labels: str | None = None
    queue: int = 16
    max_hours: float = 12.0
    api_key: str | None = None
    hosts: tuple[str, ...] = LOOPBACK
    grace_s: float = 30.0

    @property
    def max_bytes(self) -> int:
        """The most bytes of a request."""
        return int(self.max_hours * BYTES_PER_HOUR)
