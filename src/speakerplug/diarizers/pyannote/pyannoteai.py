"""Handle configurations that name pyannoteAI's pipeline classes: run the local one, refuse that of the cloud."""

from __future__ import annotations

from typing import Any

from ...errors import ModelError, UsageError

CLOUD = "pyannote.audio.pipelines.pyannoteai.sdk"
LOCAL = "pyannote.audio.pipelines.pyannoteai.local"
PACKAGE = "pyannoteai.local"


def runs_locally(name: Any, called: str) -> bool:
    """Return whether the pipeline class of this `name`, which may be an alias, is pyannoteAI's local one.

    Raises UsageError, with `called` for the pipeline, for the class that uploads: no configuration may do that.
    """
    from pyannote.core.utils.helper import get_class_by_name

    try:
        modules = _modules(get_class_by_name(name, default_module_name="pyannote.pipeline.blocks"))
    except Exception:  # anything that the import of a name raises: loading reports it
        return False
    if CLOUD in modules:
        raise UsageError(
            f"{called} would upload recordings to pyannoteAI's cloud; "
            "name a diarizer that does (speakerplug diarizers) if you want that, or choose a local one."
        )
    return LOCAL in modules


def takes_hook(pipeline: Any) -> bool:
    """Return whether a pipeline takes a hook for progress; the local one passes unknown arguments to its package."""
    return LOCAL not in _modules(type(pipeline))


def is_missing(error: Exception) -> bool:
    """Return whether an error means that the package of the local pipeline is missing."""
    asked = getattr(error, "dependency", None) or (isinstance(error, ImportError) and error.name) or ""
    return str(asked).replace("-", ".") == PACKAGE and getattr(error, "available", None) is None


def missing(called: str) -> ModelError:
    """Return the error for a pipeline that needs that package."""
    return ModelError(
        f"{called} needs the package {PACKAGE}, which pyannoteAI provides to its customers and which is not installed; "
        "install it, or choose another diarizer."
    )


def _modules(kind: type) -> set[str]:
    return {base.__module__ for base in kind.__mro__}
