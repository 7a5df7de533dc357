"""The names in a pipeline's configuration of which pyannote makes classes, and so imports: which of them are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...errors import ModelError
from .components import KINDS, is_foreign
from .trust import LONGEST_NAME, READS, Trust

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
        f"{_PIPELINES}.pyannoteai.sdk.SDK",  # known, and refused for what it does
    }
)
CLUSTERINGS = frozenset({"AgglomerativeClustering", "KMeansClustering", "OracleClustering", "VBxClustering"})
PREPROCESSORS = frozenset(
    {
        *(
            f"pyannote.audio.utils.preprocessors.{kind}"
            for kind in ("DeriveMetaLabels", "LowerTemporalResolution", "SampleRate", "Waveform")
        ),
    }
)
FINDERS = frozenset({"pyannote.database.FileFinder", "pyannote.database.file_finder.FileFinder"})
"""What looks up recordings in a database: it reads any YAML that it is told to, without bounds."""
FOREIGN_EMBEDDINGS = frozenset(
    {
        "speechbrain/spkrec-ecapa-voxceleb",
        "speechbrain/spkrec-ecapa-voxceleb@5c0be3875fda05e81f3c004ed8c7c06be308de1e",  # pyannote's own default
        "speechbrain/spkrec-resnet-voxceleb",
        "speechbrain/spkrec-xvect-voxceleb",
        "nvidia/speakerverification_en_titanet_large",
    }
)
"""Embeddings on the hub that speechbrain and NeMo read: their files say which classes these import."""
SEPARATION_EMBEDDING = "speechbrain/spkrec-ecapa-voxceleb@5c0be3875fda05e81f3c004ed8c7c06be308de1e"
PART_KEYS = frozenset({"checkpoint", "subfolder", "revision", "token", "cache_dir", "strict", "map_location"})


def check_names(config: Mapping[str, Any], file: object, trust: Trust) -> None:
    """Let `trust` meet each unknown name of a configuration that stands in `file`; nothing is imported.

    Raises ModelError for the first one that is not to be trusted.
    """
    for name in _unknown(config):
        if name not in trust.classes:
            trust.meet(name, file)
    for name in _finders(config.get("preprocessors")):
        trust.meet(name, file, READS)
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
    """The preprocessors that read other files: pyannote takes whatever is no mapping for a database, too."""
    for preprocessor in given.values() if isinstance(given, Mapping) else ():
        name = str(preprocessor.get("name") if isinstance(preprocessor, Mapping) else preprocessor)
        if not isinstance(preprocessor, Mapping) or name in FINDERS:
            yield name


def _is_known_embedding(name: str) -> bool:
    """Whether its files come from its own publisher: a folder of the same name would be taken instead."""
    return name in FOREIGN_EMBEDDINGS and not Path(name.partition("@")[0]).exists() and not Path(name).exists()
