"""The model hub: whether it answers, what is cached already, downloads, and its errors in plain words."""

from __future__ import annotations

import functools
import io
import logging
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .errors import ModelError
from .privacy import silence_telemetry
from .stages import Progress

log = logging.getLogger(__name__)

PATIENCE = 4.0
"""Seconds that the hub is given to answer at all."""


def token() -> str | None:
    """The user's hub token: from HF_TOKEN, HUGGINGFACE_TOKEN's modern names, or a login; None without one."""
    silence_telemetry()
    import huggingface_hub

    return huggingface_hub.get_token()


@functools.lru_cache(maxsize=8)
def answers(endpoint: str | None = None) -> bool:
    """Whether the hub answers anything within `PATIENCE` seconds; asked once per process."""
    address = endpoint or _endpoint()
    answered = threading.Event()

    def ask() -> None:
        request = urllib.request.Request(address, method="HEAD", headers={"User-Agent": "speakerplug"})
        try:
            urllib.request.urlopen(request, timeout=PATIENCE).close()
        except urllib.error.HTTPError:
            pass  # a refusal is an answer, too
        except (OSError, ValueError) as error:
            log.debug("The hub does not answer: %s", error)
            return
        answered.set()

    # In a thread of its own: the look-up of a name has no time limit.
    threading.Thread(target=ask, name="hub-probe", daemon=True).start()
    return answered.wait(PATIENCE)


def cached(repo: str, files: Sequence[str], revision: str | None = None) -> Path | None:
    """The folder of a cached copy of `repo` that holds all of `files`; None where there is none."""
    silence_telemetry()
    from huggingface_hub import try_to_load_from_cache

    found = [try_to_load_from_cache(repo, file, revision=revision) for file in files]
    if not found or not all(isinstance(path, str) for path in found):
        return None
    return Path(str(found[0])[: -len(files[0])])


def fetch(repo: str, files: Sequence[str], key: str | None = None, progress: Progress | None = None) -> Path:
    """Download those of `repo`'s files that match the patterns `files`; the folder where they are.

    What is cached is not loaded again, and an interrupted download goes on where it stopped. `key` is a hub
    token. Raises ModelError that says what to do.
    """
    silence_telemetry()
    from huggingface_hub import constants, snapshot_download

    if not constants.HF_HUB_OFFLINE and not answers():
        raise ModelError(
            f"The model hub does not answer, and {repo} is not on this machine; "
            "check the network, or name a local folder or a bundled model."
        )
    try:
        return Path(
            snapshot_download(
                repo,
                allow_patterns=list(files),
                token=key,
                etag_timeout=PATIENCE,
                tqdm_class=_reporting(repo, progress),
            )
        )
    except Exception as error:
        raise explained(error, repo, key) from error


def explained(error: BaseException, repo: str, key: str | None) -> ModelError:
    """What an error of the hub's client means for the user, with the remedy."""
    from huggingface_hub import errors

    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 401 and key and not isinstance(error, errors.GatedRepoError):
        return ModelError(
            f"The hub refused the token while {repo} was fetched; "
            "make a new one at https://hf.co/settings/tokens and set HF_TOKEN."
        )
    if isinstance(error, errors.GatedRepoError):
        first = "" if key else "set HF_TOKEN to a token of yours, and "
        return ModelError(f"{repo} is gated: {first}accept its terms at https://hf.co/{repo}, then try again.")
    if isinstance(error, errors.RevisionNotFoundError):
        return ModelError(f"{repo} has no such revision; leave the revision out or look it up at https://hf.co/{repo}.")
    if isinstance(error, errors.RepositoryNotFoundError):
        seen = "" if key else " (or set HF_TOKEN, if it is private)"
        return ModelError(f"The hub has no repository {repo} that you may see; check the name{seen}.")
    if isinstance(error, errors.HFValidationError):
        return ModelError(f"{repo!r} is no name that a hub repository can have; write it as owner/name.")
    if isinstance(error, (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled)):
        return ModelError(
            f"The hub did not deliver {repo}, and it is not on this machine; "
            "check the network, or name a local folder or a bundled model."
        )
    if isinstance(error, (errors.HfHubHTTPError, OSError)) or type(error).__module__.startswith("http"):
        return ModelError(
            f"The hub could not deliver {repo} ({type(error).__name__}); try again later, what is there already is kept."
        )
    return ModelError(f"{repo} could not be fetched ({type(error).__name__}); see the details with -v.")


def _endpoint() -> str:
    silence_telemetry()
    from huggingface_hub import constants

    return str(constants.ENDPOINT)


def _reporting(repo: str, progress: Progress | None) -> Any:
    """A tqdm class that draws nothing and passes on the bytes that came."""
    from tqdm.auto import tqdm

    class Reporting(tqdm):  # type: ignore[type-arg]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*arguments, **{**options, "file": io.StringIO(), "disable": False})

        def update(self, n: float | None = 1) -> bool | None:
            drawn = super().update(n)
            if progress is not None and self.unit == "B" and self.total:
                progress(f"download {repo}", float(self.n), float(self.total))
            return drawn

    return Reporting
