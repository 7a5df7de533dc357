"""Which models can run now: each one of this machine is loaded, and listens to the sample."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

from ...devices import DeviceManager, FixedProbe
from ...plugin import known
from ...plugin.manager import Plugins, load_plugins
from ...plugin.roles import (
    DiarizationRequest,
    DiarizerSettings,
    ModelRegistration,
    RecognitionRequest,
    RecognizerSettings,
)
from ...system.packages import diagnosis
from .finding import Finding, told

TOPIC = "models"

INSTALL = known.install(known.LOCAL_MODELS)


def look_at_recognition() -> Iterator[Finding]:
    """Each bundled recognition model at work on the CPU; cached ones are listed, for they can be large."""
    from ...recognizers.models import local_models

    plugins = load_plugins()
    models = list(plugins.models.values())
    for model in models:
        yield _tried(f"recognition with {model.name}", partial(_heard, model, plugins))
    others = [name for name, _ in local_models(models) if name not in {model.name for model in models}]
    if others:
        yield Finding(TOPIC, "ok", f"recognition: the hub's cache holds {', '.join(others)}")
    elif not models:
        text = "recognition: there is no model on this machine"
        yield Finding(TOPIC, "warning", text, f"{INSTALL}, or let the first run fetch one")


def look_at_diarization() -> Iterator[Finding]:
    """Each diarizer that needs no network, at work on the CPU."""
    from ...diarizers.status import local_diarizers

    plugins = load_plugins()
    names = [name for name, _ in local_diarizers(plugins)]
    for name in names:
        yield _tried(f"diarization with {name}", partial(_diarized, name, plugins))
    if not names:
        text = "diarization: no pipeline is on this machine"
        fetched = [f"get {each.name} with a hub token" for each in plugins.diarizers.values() if each.is_cached]
        yield Finding(TOPIC, "warning", text, ", or ".join([INSTALL, *fetched]))


def _heard(model: ModelRegistration, plugins: Plugins) -> str:
    """What a recognition model makes of the sample."""
    from .decoding import spoken

    waveform = spoken()
    settings = RecognizerSettings(model.name, offline=True, models=(model,))
    recognizer = plugins.choose("recognizers", model.recognizer).factory(settings)
    started = time.perf_counter()
    with closing(DeviceManager("cpu", probe=FixedProbe())) as devices:
        recognition = recognizer.recognize(waveform, RecognitionRequest("en"), devices, _silently)
    spent = time.perf_counter() - started
    return (
        f"recognition with {model.name}: {len(recognition.words)} words in {waveform.duration:.0f} s, in {spent:.1f} s"
    )


def _diarized(name: str, plugins: Plugins) -> str:
    """What a diarizer makes of the sample; one that holds nothing here computes elsewhere, and is not asked."""
    from .decoding import spoken

    waveform = spoken()
    diarizer = plugins.choose("diarizers", name).factory(DiarizerSettings(offline=True))
    started = time.perf_counter()
    with closing(DeviceManager("cpu", probe=FixedProbe())) as devices:
        if diarizer.prepare(devices, _silently) is None:
            return f"diarization with {name}: offered, not tried"
        diarization = diarizer.diarize(waveform, DiarizationRequest(), devices, _silently)
    spent = time.perf_counter() - started
    found = len(diarization.speakers)
    speakers = f"{found} speaker{'s' if found != 1 else ''}"
    return f"diarization with {name}: {speakers} in {waveform.duration:.0f} s, in {spent:.1f} s"


def _tried(about: str, work: Callable[[], str]) -> Finding:
    """What `work` says, or what it raises."""
    try:
        return Finding(TOPIC, "ok", work())
    except Exception as error:  # whatever a model does
        found = diagnosis(error)
        if found is not None:
            return Finding(TOPIC, "problem", f"{about}: {found.text}", found.remedy)
        return told(TOPIC, "problem", about, error, "choose another one")


def _silently(step: str, completed: float, total: float) -> None:
    """Progress that nobody looks at."""
