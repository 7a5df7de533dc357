"""Configurations that name pyannoteAI's own pipeline classes: the local one runs, that of the cloud is refused."""

from __future__ import annotations

from typing import Any

from ...errors import ModelError, UsageError

CLOUD = "pyannote.audio.pipelines.pyannoteai.sdk"
LOCAL = "pyannote.audio.pipelines.pyannoteai.local"
PACKAGE = "pyannoteai.local"


def runs_locally(name: Any, called: str) -> bool:
    """Whether a pipeline's class of this `name` is pyannoteAI's local one, whatever name it goes by.

    Raises UsageError for the one that uploads: no configuration does that, the pipeline is called by `called`.
    """
    from pyannote.core.utils.helper import get_class_by_name

    try:
        modules = _modules(get_class_by_name(name, default_module_name="pyannote.pipeline.blocks"))
    except Exception:  # whatever a name makes an import raise: loading says it
        return False
    if CLOUD in modules:
        raise UsageError(
            f"{called} would upload recordings to pyannoteAI's cloud; "
            "name a diarizer that does (speakerplug diarizers) if you want that, or choose a local one."
        )
    return LOCAL in modules


def takes_hook(pipeline: Any) -> bool:
    """Whether a pipeline reports progress; the local one hands all that it does not know to a package of its own."""
    return LOCAL not in _modules(type(pipeline))


def is_missing(error: Exception) -> bool:
    """Whether an error says that the package behind the local pipeline is not there."""
    asked = getattr(error, "dependency", None) or (isinstance(error, ImportError) and error.name) or ""
    return str(asked).replace("-", ".") == PACKAGE and getattr(error, "available", None) is None


def missing(called: str) -> ModelError:
    """The error for a pipeline that needs that package."""
    return ModelError(
        f"{called} runs on the package {PACKAGE}, which pyannoteAI gives to its customers and which is not installed; "
        "install it, or choose another diarizer."
    )


def _modules(kind: type) -> set[str]:
    return {base.__module__ for base in kind.__mro__}
