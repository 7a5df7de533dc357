"""Private by default: telemetry of every library underneath is off before any of them is imported."""

from __future__ import annotations

import functools
import os
import sys

SWITCHES = {
    "PYANNOTE_METRICS_ENABLED": "0",  # pyannote looks at it each time, so also after its import
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime looks at it once, in its import
}
"""The environment variables by which the libraries underneath report nothing about their users."""


def silence_telemetry() -> None:
    """Switch off what the libraries underneath report about their users; harmless when repeated.

    It is done when `speakerplug` is imported. Warns, once, where onnxruntime was imported before and cannot be told.
    """
    if onnxruntime_reports():
        _warn()
    os.environ.update(SWITCHES)
    hub_constants = sys.modules.get("huggingface_hub.constants")
    if hub_constants is not None:  # a host imported the client first: it read the variable then
        hub_constants.HF_HUB_DISABLE_TELEMETRY = True  # type: ignore[attr-defined]


@functools.cache  # later the variable says what we set, which comes too late
def onnxruntime_reports() -> bool:
    """Whether onnxruntime was imported with its telemetry on, before anybody could switch that off."""
    return "onnxruntime" in sys.modules and os.environ.get("ORT_DISABLE_TELEMETRY") != "1"


@functools.cache
def _warn() -> None:
    import logging  # here, for this is imported before the console script can hear Ctrl-C

    logging.getLogger(__name__).warning(
        "onnxruntime was imported before speakerplug with its telemetry on, and cannot be told otherwise any more; "
        "import speakerplug first, or set ORT_DISABLE_TELEMETRY=1."
    )
