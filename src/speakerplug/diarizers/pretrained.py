"""Loading a published pyannote pipeline: from the hub, its cache, a folder or a config.yaml."""

from __future__ import annotations

import contextlib
import copy
import io
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import hub
from ..errors import ModelError, UsageError
from ..stages import Diarizer, DiarizerSettings
from .pyannote import PyannoteDiarizer, prepare_import

log = logging.getLogger(__name__)

COMMUNITY = "pyannote/speaker-diarization-community-1"
COMMUNITY_FILES = (
    "config.yaml",
    "segmentation/pytorch_model.bin",
    "embedding/pytorch_model.bin",
    "plda/plda.npz",
    "plda/xvec_transform.npz",
)
CLOUD = ("pyannote/speaker-diarization-precision-", "pyannoteai/")


def pretrained(source: str, settings: DiarizerSettings, name: str | None = None) -> Diarizer:
    """A diarizer for a hub id, a folder with a config.yaml, or such a file; loaded when first used.

    Raises UsageError for a source that can be none of these.
    """
    folder = Path(source).expanduser()
    if folder.exists():
        if folder.is_dir() and not (folder / "config.yaml").is_file():
            raise UsageError(f"The folder {source} holds no pyannote pipeline: it has no config.yaml.")
        return PyannoteDiarizer(name or folder.resolve().name, lambda: _load(folder, None), key=str(folder.resolve()))
    if source.count("/") != 1 or source.startswith((".", "/", "~")):
        raise UsageError(f"There is no folder or pipeline {source!r}; give a folder with a config.yaml or a hub id.")
    if source.lower().startswith(CLOUD):
        raise UsageError(f"{source} runs in pyannoteAI's cloud and is not offered yet; choose a local diarizer.")
    if "@" in source:
        raise UsageError(f"A revision cannot stand in the name {source!r}; leave out what follows the @.")
    return PyannoteDiarizer(name or source, lambda: _from_hub(source, settings), key=source)


def configured(config: Mapping[str, Any], settings: DiarizerSettings) -> Diarizer:
    """A diarizer for a pipeline's configuration, of the form that its config.yaml has."""
    # pyannote fills the configuration in as it loads it; the caller's stays as it is.
    return PyannoteDiarizer("pyannote", lambda: _load(copy.deepcopy(dict(config)), settings.token), key=repr(config))


def community_cached() -> Path | None:
    """The folder of a complete cached copy of community-1; None where there is none."""
    return hub.cached(COMMUNITY, COMMUNITY_FILES)


def fetch_community(key: str | None) -> Path:
    """Download community-1 with the hub token `key`; raises ModelError that says what to do."""
    return hub.fetch(COMMUNITY, COMMUNITY_FILES, key)


def _from_hub(repo: str, settings: DiarizerSettings) -> Any:
    key = settings.token or hub.token()
    if repo == COMMUNITY:
        folder = community_cached()
        if folder is None and settings.offline:
            raise ModelError(f"{repo} is not on this machine, and the network is not to be used; fetch it once.")
        return _load(folder or fetch_community(key), key)
    if settings.offline or not hub.answers():
        folder = hub.cached(repo, ["config.yaml"])
        if folder is None:
            raise ModelError(
                f"The model hub does not answer, and {repo} is not on this machine; "
                "check the network, or name a local folder or --diarizer bundled."
            )
    return _load(repo, key)


def _load(source: Path | str | dict[str, Any], key: str | None) -> Any:
    """A ready pipeline, whatever pyannote makes of failures: an exception, or None with a printed message."""
    prepare_import()
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            from pyannote.audio import Pipeline

            pipeline = Pipeline.from_pretrained(source, token=key)
    except ModelError:
        raise
    except Exception as error:
        log.debug("%s", printed.getvalue())
        raise _explained(error, _called(source), key) from error
    if pipeline is None:
        log.debug("%s", printed.getvalue())
        raise ModelError(
            f"pyannote.audio could not load {_called(source)}: the repository is gated or unknown; "
            f"accept its terms at https://hf.co/{_called(source)} and set HF_TOKEN."
        )
    return pipeline


def _called(source: Path | str | dict[str, Any]) -> str:
    return "configuration" if isinstance(source, dict) else str(source)


def _explained(error: Exception, source: str, key: str | None) -> ModelError:
    from huggingface_hub import errors

    hub_errors = (
        errors.HfHubHTTPError,
        errors.EntryNotFoundError,
        errors.OfflineModeIsEnabled,
        errors.HFValidationError,
    )
    if isinstance(error, hub_errors):
        return hub.explained(error, _named_in(error, source), key)
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return ModelError(
        f"The pyannote pipeline {source} cannot be loaded ({first}); "
        "its files may be damaged or made for another version: fetch it again."
    )


def _named_in(error: BaseException, fallback: str) -> str:
    """The repository that an error is about: a pipeline can ask for other repositories than its own."""
    address = str(getattr(getattr(error, "request", None), "url", "") or getattr(error, "response", ""))
    parts = address.split("/resolve/")[0].rsplit("/", 2) if "/resolve/" in address else []
    return "/".join(parts[-2:]) if len(parts) == 3 else fallback
