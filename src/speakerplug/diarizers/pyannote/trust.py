"""Decide by the origin of a pipeline's files whether they may name something unknown.

pyannote imports the classes that a configuration names; those that its own pipelines name are listed here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...errors import ModelError
from .components import KINDS, Part, is_foreign

log = logging.getLogger(__name__)

PUBLISHER = "pyannote/"
"""The organization on the hub whose files are loaded as they are: naming it means trusting it."""
PROPOSALS = "refs/"
"""Prefix of revisions that anyone may propose to a repository."""
LONGEST_NAME = 80
RUNS = "which could run anything on this machine"
READS = "a preprocessor that reads other files on this machine"

_PIPELINES = "pyannote.audio.pipelines"
PIPELINES = frozenset(
    {
        *(
            f"{_PIPELINES}.{kind}"
            for kind in ("SpeakerDiarization", "SpeechSeparation", "VoiceActivityDetection", "MultiLabelSegmentation")
        ),
        f"{_PIPELINES}.speaker_diarization.SpeakerDiarization",
        f"{_PIPELINES}.speech_separation.SpeechSeparation",
        f"{_PIPELINES}.voice_activity_detection.VoiceActivityDetection",
        f"{_PIPELINES}.voice_activity_detection.OracleVoiceActivityDetection",
        f"{_PIPELINES}.multilabel.MultiLabelSegmentation",
        f"{_PIPELINES}.pyannoteai.local.Local",
        f"{_PIPELINES}.pyannoteai.sdk.SDK",  # known, and refused because it uploads
    }
)
CLUSTERINGS = frozenset({"AgglomerativeClustering", "KMeansClustering", "OracleClustering", "VBxClustering"})
PREPROCESSORS = frozenset(
    f"pyannote.audio.utils.preprocessors.{kind}"
    for kind in ("DeriveMetaLabels", "LowerTemporalResolution", "SampleRate", "Waveform")
)
FINDERS = frozenset({"pyannote.database.FileFinder", "pyannote.database.file_finder.FileFinder"})
"""Preprocessors that look up recordings in a database: they read any YAML file, of any size."""
FOREIGN_EMBEDDINGS = frozenset(
    {
        "speechbrain/spkrec-ecapa-voxceleb",
        "speechbrain/spkrec-ecapa-voxceleb@5c0be3875fda05e81f3c004ed8c7c06be308de1e",  # pyannote's own default
        "speechbrain/spkrec-resnet-voxceleb",
        "speechbrain/spkrec-xvect-voxceleb",
        "nvidia/speakerverification_en_titanet_large",
    }
)
"""Embedding models on the hub that SpeechBrain and NeMo load: their files name the classes to import."""
SEPARATION_EMBEDDING = "speechbrain/spkrec-ecapa-voxceleb@5c0be3875fda05e81f3c004ed8c7c06be308de1e"
PART_KEYS = frozenset({"checkpoint", "subfolder", "revision", "token", "cache_dir", "strict", "map_location"})


@dataclass(frozen=True, slots=True)
class Trust:
    """The names that files may use in addition to those in pyannote's own files; each is imported, and so runs.

    `everything` is the effect of `--trust-model`; `published` means files of pyannote on the hub; `classes` are those
    that plugins registered with their diarizers.
    """

    everything: bool = False
    published: bool = False
    classes: frozenset[str] = frozenset()

    def of(self, part: Part) -> Trust:
        """Return the trust in a part, which may come from another source than the pipeline that names it."""
        if not part.source:
            return self
        named = part.is_on_hub and (part.revision is None or self.published)  # other publishers may name any commit
        return replace(self, published=named and is_published(part.source, part.revision))

    def check(self, name: str, file: object, harm: str = RUNS) -> None:
        """Raise ModelError for an unknown name in a file that is not trusted; only warn if pyannote published it.

        `harm` says in the message what the name could do.
        """
        if self.everything:
            return
        shown = repr(name[:LONGEST_NAME])
        if not self.published:
            raise ModelError(
                f"{file} names {shown}, {harm}, so it was not loaded; "
                "if you made the file or trust its author, add --trust-model, which lets it run with your rights."
            )
        log.warning(
            "%s names %s, which SpeakerPlug does not know; it is loaded as pyannote.audio loads it, "
            "because pyannote published it.",
            file,
            shown,
        )


def is_published(repo: str, revision: str | None) -> bool:
    """Return whether a revision of a hub repository can only come from pyannote itself."""
    return repo.startswith(PUBLISHER) and not (revision or "").startswith(PROPOSALS)


def check_names(config: Mapping[str, Any], file: object, trust: Trust) -> None:
    """Check each unknown name in a configuration, from `file`, against `trust`, without importing anything.

    Raises ModelError for the first one that is not trusted.
    """
    for name in _unknown(config):
        if name not in trust.classes:
            trust.check(name, file)
    for name in _finders(config.get("preprocessors")):
        trust.check(name, file, READS)
    pipeline = config["pipeline"]
    clustering = str((pipeline.get("params") or {}).get("clustering", "VBxClustering"))
    if str(pipeline["name"]) in PIPELINES and clustering not in CLUSTERINGS and not trust.everything:
        raise ModelError(
            f"{file} asks for the clustering {clustering[:LONGEST_NAME]!r}, which pyannote.audio does not have; "
            f"it has {', '.join(sorted(CLUSTERINGS))}."
        )


def _unknown(config: Mapping[str, Any]) -> Iterator[str]:
    pipeline = config["pipeline"]
    params = pipeline.get("params") or {}
    if str(pipeline["name"]) not in PIPELINES:
        yield str(pipeline["name"])
    default = SEPARATION_EMBEDDING if str(pipeline["name"]).endswith("SpeechSeparation") else None
    embedding = params.get("embedding", default)
    if isinstance(embedding, str) and is_foreign(embedding) and not _is_known_embedding(embedding):
        yield embedding
    for kind in KINDS:
        if isinstance(params.get(kind), Mapping):
            yield from (f"{kind}.{key}" for key in params[kind] if key not in PART_KEYS)
    yield from _unknown_preprocessors(config.get("preprocessors"))


def _unknown_preprocessors(given: Any) -> Iterator[str]:
    for preprocessor in given.values() if isinstance(given, Mapping) else ():
        if isinstance(preprocessor, Mapping) and str(preprocessor.get("name")) not in PREPROCESSORS | FINDERS:
            yield str(preprocessor.get("name"))


def _finders(given: Any) -> Iterator[str]:
    """Yield the preprocessors that read other files; for pyannote, anything but a mapping is a database, too."""
    for preprocessor in given.values() if isinstance(given, Mapping) else ():
        name = str(preprocessor.get("name") if isinstance(preprocessor, Mapping) else preprocessor)
        if not isinstance(preprocessor, Mapping) or name in FINDERS:
            yield name


def _is_known_embedding(name: str) -> bool:
    """Return whether an embedding model is known, and not shadowed by a local folder of the same name."""
    return name in FOREIGN_EMBEDDINGS and not Path(name.partition("@")[0]).exists() and not Path(name).exists()
