"""Share a GPU with other processes of this user: one loads at a time, and each publishes its pending memory."""

from __future__ import annotations

import getpass
import re
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import DeviceError


def shared_folder() -> Path:
    """Return the folder in which the processes of this user find each other."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container whose user has no name
        user = "anyone"
    return Path(tempfile.gettempdir()) / f"speakerplug-devices-{re.sub(r'[^A-Za-z0-9]', '_', user)}"


class OtherProcesses:
    """The other processes that share a folder: it has a lock for each device, and notes of pending memory.

    A note is valid as long as its writer holds the lock next to it, which the system releases if the process dies.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or shared_folder()
        self._own: dict[str, tuple[Path, FileLock]] = {}

    @contextmanager
    def alone(self, device: str, deadline: float) -> Iterator[None]:
        """Keep other processes from loading on `device`; raise DeviceError at the `deadline` (monotonic)."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(f"{self._notes(device)}.lock", timeout=max(0.0, deadline - time.monotonic()))
        try:
            lock.acquire()
        except Timeout:
            raise DeviceError(
                f"Another process keeps loading on {device}; wait for it, or choose another device with --device."
            ) from None
        try:
            yield
        finally:
            lock.release()

    def note(self, device: str, to_come_bytes: int) -> None:
        """Publish how many bytes of `device` this process will still allocate; call it inside `alone`."""
        if device not in self._own:
            if not to_come_bytes:
                return
            folder = self._notes(device)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = folder / f"{uuid.uuid4().hex}.bytes"
            self._own[device] = path, FileLock(path.with_suffix(".lock"))
            self._own[device][1].acquire()
        self._own[device][0].write_text(str(to_come_bytes), encoding="ascii")

    def to_come(self, device: str) -> int:
        """Return the bytes of `device` that other processes will still allocate; remove the notes of dead ones."""
        own = self._own.get(device, (None, None))[0]
        return sum(_published(path) for path in self._notes(device).glob("*.bytes") if path != own)

    def leave(self) -> None:
        """Remove the notes of this process."""
        while self._own:
            _, (path, lock) = self._own.popitem()
            _remove(path, lock)

    def _notes(self, device: str) -> Path:
        return self._folder / re.sub(r"[^A-Za-z0-9.-]", "-", device)


def _published(path: Path) -> int:
    """Return the bytes in a note; 0, and remove the note, if its writer has died."""
    lock = FileLock(path.with_suffix(".lock"))
    try:
        lock.acquire(blocking=False)
    except Timeout:
        with suppress(OSError, ValueError):  # it is being written or removed
            return int(path.read_text(encoding="ascii"))
        return 0
    _remove(path, lock)
    return 0


def _remove(path: Path, lock: FileLock) -> None:
    path.unlink(missing_ok=True)
    lock.release()
    path.with_suffix(".lock").unlink(missing_ok=True)
