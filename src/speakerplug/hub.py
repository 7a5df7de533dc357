"""The model hub: whether it answers, what is cached already, and downloads."""

from __future__ import annotations

import functools
import inspect
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from .errors import ModelError, SpeakerPlugError
from .hub_errors import RefusedTokenError, unreachable
from .hub_errors import explained as explained
from .privacy import silence_telemetry
from .stages import Progress

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that the hub is given for a first answer, and for each word about a repository and its files."""

REMEMBERED = 600.0
"""Seconds for which it is remembered whether the hub answers."""

TOKEN_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_TOKEN")


def token() -> str | None:
    """The user's hub token, from one of `TOKEN_VARIABLES` or a login; None without one."""
    for name in TOKEN_VARIABLES:
        if value := os.environ.get(name, "").strip():
            return value
    silence_telemetry()
    import huggingface_hub

    return huggingface_hub.get_token()


def checked(key: str | None) -> str | None:
    """The token `key`, if it can be one; raises RefusedTokenError, for the client would repeat it in its error."""
    if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
        raise RefusedTokenError("The hub token holds characters that no token has; copy it again and set HF_TOKEN.")
    return key


def is_offline() -> bool:
    """Whether the hub's own switch (HF_HUB_OFFLINE) forbids to ask it anything."""
    return bool(_constants().HF_HUB_OFFLINE)


def answers() -> bool:
    """Whether the hub answers anything within `PATIENCE` seconds; not asked again for `REMEMBERED` seconds."""
    return not is_offline() and _answered(str(_constants().ENDPOINT), int(time.monotonic() // REMEMBERED))


@functools.lru_cache(maxsize=8)
def _answered(endpoint: str, period: int) -> bool:
    from huggingface_hub import get_session

    answered = threading.Event()

    def _ask() -> None:
        try:
            get_session().head(endpoint, timeout=PATIENCE)
        except Exception as error:  # whatever it is, and the client knows many kinds: the hub did not answer
            log.debug("The hub does not answer: %s", type(error).__name__)
            return
        answered.set()

    # In a thread of its own: the look-up of a name has no time limit.
    asking = threading.Thread(target=_ask, name="hub-probe", daemon=True)
    asking.start()
    asking.join(PATIENCE)
    return answered.is_set()


def cached(repo: str, files: Sequence[str], revision: str | None = None) -> Path | None:
    """The folder of a cached copy of `repo` that holds all of `files`; None where there is none."""
    silence_telemetry()
    from huggingface_hub import try_to_load_from_cache

    found = [try_to_load_from_cache(repo, file, revision=revision) for file in files]
    if not found or not all(isinstance(path, str) for path in found):
        return None
    return Path(str(found[0])[: -len(files[0])])


@contextmanager
def cache_only() -> Iterator[None]:
    """Inside, the hub's client takes what is cached and asks for nothing."""
    constants = _constants()
    with _switching:
        before = constants.HF_HUB_OFFLINE
        constants.HF_HUB_OFFLINE = True
        try:
            yield
        finally:
            constants.HF_HUB_OFFLINE = before


_switching = threading.RLock()


def fetch(
    repo: str,
    files: Sequence[str],
    key: str | None = None,
    progress: Progress | None = None,
    revision: str | None = None,
) -> Path:
    """Download those of `repo`'s files that match the patterns `files`; the folder where they are.

    The first of `files` must be there. Files that are cached are not loaded again, and a download that breaks off
    goes on where it stopped. `key` is a hub token; one that is refused is left out, for public repositories need
    none. `progress` is told of bytes. Raises ModelError that says what to do.
    """
    if not answers():
        raise unreachable(repo)
    try:
        return _explaining_download(repo, files, checked(key), progress, revision)
    except RefusedTokenError as refusal:
        try:
            folder = _explaining_download(repo, files, False, progress, revision)
        except ModelError:
            raise refusal from refusal.__cause__
        log.warning("The hub refused your token, so %s was fetched without it; renew it in HF_TOKEN.", repo)
        return folder


def _explaining_download(
    repo: str, files: Sequence[str], key: str | bool | None, progress: Progress | None, revision: str | None
) -> Path:
    try:
        return _download(repo, files, key, progress, revision)
    except SpeakerPlugError:
        raise
    except Exception as error:  # the client's errors are of many families; `explained` tells them apart
        raise explained(error, repo, bool(key)) from error


def _download(
    repo: str, files: Sequence[str], key: str | bool | None, progress: Progress | None, revision: str | None
) -> Path:
    from huggingface_hub import HfApi, hf_hub_download, hf_hub_url

    # snapshot_download would do all of this, but waits without limit for a list of the files.
    info = HfApi(token=key).model_info(repo, revision=revision, files_metadata=True, timeout=PATIENCE)
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or []}
    if not any(fnmatch(name, files[0]) for name in sizes):
        raise ModelError(f"{repo} holds no {files[0]}, so it is made for something else; check the name.")
    # The largest comes last: where it is, all the others are.
    wanted = sorted(
        (name for name in sizes if any(fnmatch(name, file) for file in files)), key=lambda name: sizes[name]
    )
    missing = [name for name in wanted if cached(repo, [name], info.sha) is None]
    if missing:
        _try(hf_hub_url(repo, missing[-1], revision=revision), key)
    count = _Count(f"download {repo}", sum(sizes[name] for name in missing), progress)
    options = _reporting(count) if "tqdm_class" in inspect.signature(hf_hub_download).parameters else {}
    folders = set()
    for name in wanted:
        path = hf_hub_download(repo, name, revision=revision, token=key, etag_timeout=PATIENCE, **options)
        folders.add(Path(str(path)[: -len(name)]))
        count.finish(sizes[name] if name in missing else 0)
    if len(folders) > 1:
        raise ModelError(f"{repo} was changed while it was fetched; try again.")
    return folders.pop()


def _try(url: str, key: str | bool | None) -> None:
    """Raise the client's error where a file may not be had or its storage, which a network may block, is silent.

    A download finds that out, too, but after minutes.
    """
    from huggingface_hub import get_hf_file_metadata, get_session

    found = get_hf_file_metadata(url, token=key, timeout=PATIENCE)
    if found.location != url:
        get_session().head(found.location, timeout=PATIENCE)


class _Count:
    """Bytes of a download, over all of its files."""

    def __init__(self, step: str, total: int, progress: Progress | None) -> None:
        self._step, self._total, self._progress = step, total, progress
        self._finished = self._current = 0

    def add(self, count: float) -> None:
        """More bytes of the current file (or fewer, where it starts again)."""
        self._current += int(count)
        if self._progress is not None and self._total:
            done = min(self._total, self._finished + self._current)
            self._progress(self._step, float(done), float(self._total))

    def finish(self, size: int) -> None:
        """The current file is there; it had `size` bytes that were not cached."""
        self._finished += size
        self._current = 0
        self.add(0)


def _reporting(count: _Count) -> dict[str, Any]:
    """What makes the client draw no bar and report bytes to `count`."""
    from tqdm.auto import tqdm  # type: ignore[import-untyped]

    class Reporting(tqdm):  # type: ignore[misc]
        def __init__(self, *arguments: Any, initial: float = 0, **options: Any) -> None:
            super().__init__(disable=True)
            count.add(initial)

        def update(self, n: float | None = 1) -> None:
            count.add(n or 0)

        # A class with these two is told of what crosses the wire apart from what is written, and not in one sum.
        def update_transfer(self, n: float | None = 1) -> None: ...

        def set_transfer_postfix_str(self, s: str = "", refresh: bool = True) -> None: ...

    return {"tqdm_class": Reporting}


def _constants() -> Any:
    silence_telemetry()
    from huggingface_hub import constants

    return constants
