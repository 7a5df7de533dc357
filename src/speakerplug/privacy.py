"""Private by default: telemetry of the libraries underneath is off before they are imported."""

from __future__ import annotations

import os
import sys


def silence_telemetry() -> None:
    """Switch off what pyannote.audio and the hub's client report about their users; harmless when repeated."""
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"  # pyannote looks at it each time, so also after its import
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    hub_constants = sys.modules.get("huggingface_hub.constants")
    if hub_constants is not None:  # a host imported the client first: it read the variable then
        hub_constants.HF_HUB_DISABLE_TELEMETRY = True  # type: ignore[attr-defined]
