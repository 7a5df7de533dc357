"""What else there is to know: telemetry, plugins, and what the caches take."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ...system.telemetry import SWITCHES, onnxruntime_reports, silence_telemetry
from .finding import Finding

TOPIC = "upkeep"

MODEL_BYTES = 4 * 1024**3
"""Room that the largest model and a pipeline take."""


def look_at_telemetry() -> Iterator[Finding]:
    """Whether pyannote, the hub's client and onnxruntime keep to themselves what is done here."""
    silence_telemetry()
    from huggingface_hub import constants

    talkative = [
        name
        for name, is_on in (
            ("pyannote.audio", _pyannote_reports()),
            ("huggingface_hub", not constants.HF_HUB_DISABLE_TELEMETRY),
            ("onnxruntime", onnxruntime_reports()),
        )
        if is_on
    ]
    if talkative:
        text = f"telemetry of {' and '.join(talkative)} is on in spite of SpeakerPlug"
        switches = " ".join(f"{name}={value}" for name, value in SWITCHES.items())
        yield Finding(TOPIC, "problem", text, f"{switches} speakerplug ...")
    else:
        yield Finding(TOPIC, "ok", "telemetry of pyannote.audio, of the hub's client and of onnxruntime is off")


def _pyannote_reports() -> bool:
    try:
        from pyannote.audio.telemetry.metrics import is_metrics_enabled
    except Exception:  # what cannot be imported reports nothing; it is said where packages are looked at
        return False
    return bool(is_metrics_enabled())


def look_at_plugins() -> Iterator[Finding]:
    """Which plugins are loaded, and what failed in which."""
    from ...plugin.hooks import PROJECT
    from ...plugin.manager import load_plugins

    plugins = load_plugins()
    for failure in plugins.failures:
        text = f"plugin {failure.plugin}: {failure.reason.splitlines()[0]}"
        yield Finding(TOPIC, "problem", text, f"reinstall the package of the plugin {failure.plugin}, or uninstall it")
    others = [name for name in plugins.names if not name.startswith(f"{PROJECT}.")]
    yield Finding(TOPIC, "ok", f"plugins: {', '.join(others) or 'none beside the built-in ones'}")


def look_at_caches() -> Iterator[Finding]:
    """What the hub's cache takes, downloads that broke off, and the room that is left."""
    from huggingface_hub import constants

    from ...devices.device import format_bytes

    folder = Path(constants.HF_HUB_CACHE)
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    taken = sum(path.stat().st_size for path in files)
    free = shutil.disk_usage(_existing(folder)).free
    text = f"the hub's cache takes {format_bytes(taken)}, and {format_bytes(free)} are free there"
    if not os.access(_existing(folder), os.W_OK):
        yield Finding(
            TOPIC, "warning", f"the hub's cache {folder} cannot be written to", "set HF_HOME to a folder of yours"
        )
    elif free < MODEL_BYTES:
        yield Finding(TOPIC, "warning", f"{text}, too little for a large model", "hf cache prune, or set HF_HOME")
    else:
        yield Finding(TOPIC, "ok", text)
    broken = [path for path in files if path.suffix == ".incomplete"]
    if broken:
        size = format_bytes(sum(path.stat().st_size for path in broken))
        many = len(broken) > 1
        text = f"{len(broken)} download{'s' * many} broke off, and take{'s' * (not many)} {size}"
        yield Finding(TOPIC, "warning", text, "run again what was fetching: it goes on where it stopped")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())
