"""Intermediate results of a diarizer: kept on request, saved as one file, loaded again."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError, OutputError, UsageError
from ..system.files import write_whole

log = logging.getLogger(__name__)

SCHEMA = "speakerplug/artifacts"
VERSION = "1.0"
SUFFIX = ".artifacts.npz"

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Framed:
    """Values over time: row `i` of `data` covers `duration` seconds from `start` + `i` * `step`."""

    data: Array
    start: float
    duration: float
    step: float

    @property
    def times(self) -> NDArray[np.float64]:
        """The center of each row, in seconds, shape (rows,)."""
        return self.start + np.arange(len(self.data), dtype=np.float64) * self.step + self.duration / 2


@dataclass(frozen=True, slots=True, eq=False)
class Artifacts:
    """The intermediate results of a diarizer; those that a pipeline does not expose are empty.

    `segmentation`: activity of each local speaker, (windows, frames, local speakers).
    `speaker_count`: number of speakers at the same time, (frames,).
    `diarization`: activity of each speaker, zeros and ones, (frames, speakers), columns as `speakers`.
    `embeddings`: speaker embedding of each local speaker, (windows, local speakers, dimension), NaN where silent; of a
    diarizer in one pass, of each part of a speech segment, (parts, 1, dimension).
    `centroids`: mean embedding of each speaker, (speakers, dimension), rows as `speakers`.
    """

    segmentation: Framed
    speaker_count: Framed
    diarization: Framed
    embeddings: Array
    centroids: Array
    speakers: tuple[str, ...]

    def renamed(self, ids: Mapping[str, str]) -> Artifacts:
        """Return the artifacts with other ids of speakers; each stays with its column and its centroid."""
        return replace(self, speakers=tuple(ids.get(speaker, speaker) for speaker in self.speakers))

    def moved(self, seconds: float) -> Artifacts:
        """Return the artifacts with all times later by this."""
        framed = {key: getattr(self, key) for key in FRAMED}
        later = {key: replace(each, start=each.start + seconds) for key, each in framed.items()}
        return replace(self, **later)


FRAMED = ("segmentation", "speaker_count", "diarization")
PLAIN = ("embeddings", "centroids")


def keep_artifacts(artifacts: Any, folder: str | Path, name: str, diarizer: str) -> None:
    """Save the intermediate results of a diarizer and log the path, or warn that it exposes none."""
    if isinstance(artifacts, Artifacts):
        log.info("Wrote %s", save_artifacts(artifacts, folder, name, diarizer))
    else:
        log.warning("Diarizer %s provides no artifacts; nothing was written to %s.", diarizer, folder)


def save_artifacts(artifacts: Artifacts, folder: str | Path, name: str, diarizer: str = "") -> Path:
    """Write the artifacts of the recording `name` to a file in `folder`, atomically; return its path.

    The file is a numpy archive: each array by its name, and JSON under "about". Raises OutputError if it cannot be
    written.
    """
    about: dict[str, Any] = {"schema": SCHEMA, "version": VERSION, "file": name, "diarizer": diarizer}
    about["speakers"] = artifacts.speakers
    for key in FRAMED:
        framed = getattr(artifacts, key)
        about[key] = {"start": framed.start, "duration": framed.duration, "step": framed.step}
    arrays = {key: getattr(artifacts, key).data for key in FRAMED} | {key: getattr(artifacts, key) for key in PLAIN}
    archive = io.BytesIO()
    np.savez_compressed(archive, about=np.array(json.dumps(about)), **arrays)
    path = artifacts_path(folder, name)
    make_folder(folder)
    write_whole(path, archive.getvalue())
    return path


def artifacts_path(folder: str | Path, name: str) -> Path:
    """Return the path of the artifacts of the recording `name` in `folder`."""
    return Path(folder) / f"{Path(name).stem or 'waveform'}{SUFFIX}"


def make_folder(folder: str | Path) -> None:
    """Create the folder for artifacts; raises OutputError if that fails."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {folder} cannot be created ({error.strerror}); choose another.") from error


def load_artifacts(path: str | Path) -> Artifacts:
    """Return the artifacts that were saved at `path`.

    Raises MediaError for a file that is missing, unreadable or damaged, UsageError for one that contains no artifacts
    or was written by a newer major version.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            about = json.loads(str(archive["about"])) if "about" in archive else {}
            _check(about, path)
            arrays: dict[str, Any] = {key: Framed(archive[key], **about[key]) for key in FRAMED}
            return Artifacts(**arrays, **{key: archive[key] for key in PLAIN}, speakers=tuple(about["speakers"]))
    except FileNotFoundError as error:
        raise MediaError(f"There is no file {path}; check the path.") from error
    except OSError as error:
        raise MediaError(f"{path} cannot be read ({error.strerror or error}); check the path.") from error
    except UsageError:
        raise
    except Exception as error:  # numpy, zip and json each raise their own errors for a damaged file
        raise MediaError(f"{path} contains no artifacts or is damaged; diarize again with --artifacts.") from error


def _check(about: Any, path: str | Path) -> None:
    if not isinstance(about, dict) or about.get("schema") != SCHEMA:
        raise UsageError(f"{path} contains no artifacts of SpeakerPlug; name a file that --artifacts wrote.")
    version = str(about.get("version"))
    if version.split(".")[0] != VERSION.split(".")[0]:
        raise UsageError(f"{path} has version {version!r} and this SpeakerPlug reads 1.x; update SpeakerPlug.")
