"""The model hub: whether it answers, what is cached already, and downloads."""

from __future__ import annotations

import functools
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from ..errors import ModelError, SpeakerPlugError, keep_secret, masked_error
from ..system.progress import Progress
from ..system.telemetry import silence_telemetry
from .cache import cached as cached
from .cache import damaged
from .cache import place as place
from .cache import repositories as repositories
from .download import Download
from .errors import RefusedTokenError, unreachable
from .errors import explained as explained

log = logging.getLogger(__name__)

T = TypeVar("T")

TIMEOUT_S = 5.0
"""For the hub's first answer, and for each request about a repository and its files."""

REACHABLE_CACHED_S = 600.0
"""How long it is cached whether the hub answers."""

TOKEN_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_TOKEN")


def token() -> str | None:
    """Return the user's hub token, from one of `TOKEN_VARIABLES` or a login; None if there is none."""
    for name in TOKEN_VARIABLES:
        if value := os.environ.get(name, "").strip():
            return keep_secret(value)
    silence_telemetry()
    import huggingface_hub

    return keep_secret(huggingface_hub.get_token())


def checked(key: str | None = None) -> str | None:
    """Return the token `key`, by default the user's; None if there is none.

    Raises RefusedTokenError for a malformed token, which the client would repeat in its error.
    """
    key = keep_secret(key or token())
    if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
        raise RefusedTokenError("The hub token contains invalid characters; copy it again and set HF_TOKEN.")
    return key


def is_offline() -> bool:
    """Return whether the hub's own switch, HF_HUB_OFFLINE, is set."""
    return bool(_constants().HF_HUB_OFFLINE)


def answers() -> bool:
    """Return whether the hub answers within `TIMEOUT_S`; the result is cached for up to `REACHABLE_CACHED_S`."""
    return not is_offline() and _answered(str(_constants().ENDPOINT), int(time.monotonic() // REACHABLE_CACHED_S))


@functools.lru_cache(maxsize=8)
def _answered(endpoint: str, period: int) -> bool:
    from huggingface_hub import get_session

    answered = threading.Event()

    def _ask() -> None:
        try:
            get_session().head(endpoint, timeout=TIMEOUT_S)
        except Exception as error:  # of the client's many kinds, each means that the hub did not answer
            log.debug("The hub does not answer: %s", type(error).__name__)
            return
        answered.set()

    # In a thread of its own: name resolution has no timeout.
    asking = threading.Thread(target=_ask, name="hub-probe", daemon=True)
    asking.start()
    asking.join(TIMEOUT_S)
    return answered.is_set()


def damage(
    folders: Mapping[str, Path | None], cache_dir: str | None = None, whole: str | None = None
) -> ModelError | None:
    """Return the error for the first file of cached copies (name to folder) that does not match the hub's checksum.

    Its hint is to fetch `whole`, of which they are parts, or the copy itself. None if all files match, or none of
    the folders is a cached copy.
    """
    option = f" --cache-dir {cache_dir}" if cache_dir else ""
    for name, folder in folders.items():
        for file in damaged(folder) if folder else ():
            return ModelError(
                f"The file {file} of {name} is damaged; fetch it again with: speakerplug fetch {whole or name}{option}."
            )
    return None


@contextmanager
def cache_only() -> Iterator[None]:
    """Make the hub's client use its cache only, without any request, inside the block."""
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
    cache_dir: str | None = None,
    verify: bool = False,
) -> Path:
    """Download the files of `repo` that match the patterns `files`, and return their folder.

    The first pattern must match a file. Cached files are not downloaded again, and an interrupted download is
    resumed, in a later process too. Each download is verified against the hub's checksum; with `verify`, so are
    cached files. `key` is a hub token, by default the user's; a rejected one is dropped, as public repositories need
    none. `progress` is called with bytes. Raises ModelError with a hint.
    """
    download = Download(repo, checked(key), TIMEOUT_S, revision, cache_dir, verify)
    return _asked(download, lambda download: download.run(files, progress))


def listing(repo: str, key: str | None = None, revision: str | None = None) -> tuple[str, ...]:
    """Return the names of a repository's files; raises ModelError as `fetch` does."""
    return _asked(
        Download(repo, checked(key), TIMEOUT_S, revision),
        lambda download: tuple(file.rfilename for file in download.about().siblings or []),
    )


def check(repo: str, file: str, key: str | None = None) -> None:
    """Check that a file can be downloaded, without downloading it; raises ModelError as `fetch` does."""
    _asked(Download(repo, checked(key), TIMEOUT_S), lambda download: download.check(file))


def _asked(download: Download, run: Callable[[Download], T]) -> T:
    """Return the result of `run`, retried without the token if the hub rejects it."""
    if not answers():
        raise unreachable(download.repo)
    try:
        return run(download)
    except SpeakerPlugError:
        raise
    except Exception as error:  # the client's errors have no common base class; `explained` classifies them
        why = explained(error, download.repo, bool(download.key))
        if not isinstance(why, RefusedTokenError):
            raise why from masked_error(error)
        try:
            result = _asked(replace(download, key=False), run)
        except ModelError:
            raise why from masked_error(error)
        log.warning("The hub refused your token, so %s was fetched without it; renew it in HF_TOKEN.", download.repo)
        return result


def _constants() -> Any:
    silence_telemetry()
    from huggingface_hub import constants

    return constants
