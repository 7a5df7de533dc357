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

PATIENCE = 5.0
"""Seconds that the hub is given for a first answer, and for each word about a repository and its files."""

REMEMBERED = 600.0
"""Seconds for which it is remembered whether the hub answers."""

TOKEN_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_TOKEN")


def token() -> str | None:
    """The user's hub token, from one of `TOKEN_VARIABLES` or a login; None without one."""
    for name in TOKEN_VARIABLES:
        if value := os.environ.get(name, "").strip():
            return keep_secret(value)
    silence_telemetry()
    import huggingface_hub

    return keep_secret(huggingface_hub.get_token())


def checked(key: str | None = None) -> str | None:
    """Return the token `key`, or the user's where it is None; None without one.

    Raises RefusedTokenError for one that can be no token, for the client would repeat it in its error.
    """
    key = keep_secret(key or token())
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


def damage(
    folders: Mapping[str, Path | None], cache_dir: str | None = None, whole: str | None = None
) -> ModelError | None:
    """The error for the first file of cached copies, by their names, that is not what the hub gave.

    Its remedy is to fetch `whole`, of which they are parts, or the copy itself. None where all are as they should be,
    or are no cached copies.
    """
    option = f" --cache-dir {cache_dir}" if cache_dir else ""
    for name, folder in folders.items():
        for file in damaged(folder) if folder else ():
            return ModelError(
                f"The file {file} of {name} is damaged; fetch it anew with: speakerplug fetch {whole or name}{option}."
            )
    return None


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
    cache_dir: str | None = None,
    verify: bool = False,
) -> Path:
    """Download those of `repo`'s files that match the patterns `files`; the folder where they are.

    The first of `files` must be there. Files that are cached are not loaded again, and a download that breaks off
    goes on where it stopped, also another day. Each is compared with the hub's hash; with `verify`, also those that
    were cached. `key` is a hub token, by default the user's; one that is refused is left out, for public repositories
    need none. `progress` is told of bytes. Raises ModelError that says what to do.
    """
    download = Download(repo, checked(key), PATIENCE, revision, cache_dir, verify)
    return _asked(download, lambda download: download.run(files, progress))


def listing(repo: str, key: str | None = None, revision: str | None = None) -> tuple[str, ...]:
    """The names of a repository's files; raises ModelError as `fetch` does."""
    return _asked(
        Download(repo, checked(key), PATIENCE, revision),
        lambda download: tuple(file.rfilename for file in download.about().siblings or []),
    )


def check(repo: str, file: str, key: str | None = None) -> None:
    """Ask whether a file may be had, without fetching it; raises ModelError as `fetch` does."""
    _asked(Download(repo, checked(key), PATIENCE), lambda download: download.check(file))


def _asked(download: Download, run: Callable[[Download], T]) -> T:
    """What `run` makes of the download, without the token where the hub refuses it."""
    if not answers():
        raise unreachable(download.repo)
    try:
        return run(download)
    except SpeakerPlugError:
        raise
    except Exception as error:  # the client's errors are of many families; `explained` tells them apart
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
