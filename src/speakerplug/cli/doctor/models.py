"""Which models can run now: each one of this machine is loaded, and listens to the sample."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

from ...devices import DeviceManager, FixedProbe
from ...plugin import known
from ...plugin.guard import naming
from ...plugin.manager import Plugins, load_plugins
from ...plugin.roles import DiarizationRequest, ModelRegistration, RecognitionRequest
from ...plugin.validation import admitted_diarization, admitted_recognition
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
    from ...pipeline.build import make_recognizer
    from ...pipeline.options import Options
    from .decoding import spoken

    waveform, name = spoken(), model.recognizer
    recognizer = make_recognizer(Options(recognizer=name, model=model.name, offline=True), plugins)
    started = time.perf_counter()
    naming_it = naming(f"Recognizer {name}", plugins.plugin_of("recognizers", name))
    with closing(DeviceManager("cpu", probe=FixedProbe())) as devices, naming_it:
        answer = recognizer.recognize(waveform, RecognitionRequest("en"), devices, _silently)
        recognition = admitted_recognition(answer, f"Recognizer {name}", waveform.duration)
    spent = time.perf_counter() - started
    return (
        f"recognition with {model.name}: {len(recognition.words)} words in {waveform.duration:.0f} s, in {spent:.1f} s"
    )


def _diarized(name: str, plugins: Plugins) -> str:
    """What a diarizer makes of the sample; one that holds nothing here computes elsewhere, and is not asked."""
    from ...pipeline.build import make_diarizer
    from ...pipeline.options import Options
    from .decoding import spoken

    waveform = spoken()
    diarizer = make_diarizer(Options(diarizer=name, offline=True), plugins)
    started = time.perf_counter()
    naming_it = naming(f"Diarizer {name}", plugins.plugin_of("diarizers", name))
    with closing(DeviceManager("cpu", probe=FixedProbe())) as devices, naming_it:
        if diarizer.prepare(devices, _silently) is None:
            return f"diarization with {name}: offered, not tried"
        answer = diarizer.diarize(waveform, DiarizationRequest(), devices, _silently)
        diarization = admitted_diarization(answer, f"Diarizer {name}", waveform.duration)
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
