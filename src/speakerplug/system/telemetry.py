"""Private by default: the telemetry of every dependency is off before it is imported."""

from __future__ import annotations

import functools
import os
import sys

SWITCHES = {
    "PYANNOTE_METRICS_ENABLED": "0",  # pyannote reads it each time, so also after its import
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime reads it once, when it is imported
    "RAY_USAGE_STATS_ENABLED": "0",  # of the plugin speakerplug-ray; Ray reads it when it starts a cluster
}
"""The environment variables that switch off the telemetry of the dependencies."""


def silence_telemetry() -> None:
    """Switch off the telemetry of the dependencies; calling it again does no harm.

    It is called when `speakerplug` is imported. Warns once if onnxruntime was imported before, which is too late.
    """
    if onnxruntime_reports():
        _warn()
    os.environ.update(SWITCHES)
    hub_constants = sys.modules.get("huggingface_hub.constants")
    if hub_constants is not None:  # the host imported the client first, which read the variable then
        hub_constants.HF_HUB_DISABLE_TELEMETRY = True  # type: ignore[attr-defined]


@functools.cache  # later the variable has our value, which came too late
def onnxruntime_reports() -> bool:
    """Return whether onnxruntime was imported with its telemetry on, before SpeakerPlug could switch it off."""
    return "onnxruntime" in sys.modules and os.environ.get("ORT_DISABLE_TELEMETRY") != "1"


@functools.cache
def _warn() -> None:
    import logging  # here, as this module is imported before the console script handles Ctrl-C

    logging.getLogger(__name__).warning(
        "onnxruntime was imported before speakerplug with its telemetry on, which can no longer be switched off; "
        "import speakerplug first, or set ORT_DISABLE_TELEMETRY=1."
    )
