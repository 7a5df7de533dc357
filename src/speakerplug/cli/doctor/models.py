"""Checks of models: each one on this machine is loaded, and runs on the sample."""

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
from .finding import Finding, from_error

TOPIC = "models"

INSTALL = known.install(known.LOCAL_MODELS)


def check_recognition() -> Iterator[Finding]:
    """Run each bundled recognition model on the CPU; cached ones, which can be large, are only listed."""
    from ...recognizers.models import local_models

    plugins = load_plugins()
    models = list(plugins.models.values())
    for model in models:
        yield _finding(f"recognition with {model.name}", partial(_recognize, model, plugins))
    others = [name for name, _ in local_models(models) if name not in {model.name for model in models}]
    if others:
        yield Finding(TOPIC, "ok", f"recognition: the hub's cache holds {', '.join(others)}")
    elif not models:
        text = "recognition: there is no model on this machine"
        yield Finding(TOPIC, "warning", text, f"{INSTALL}, or let the first run download one")


def check_diarization() -> Iterator[Finding]:
    """Run each diarizer that needs no network on the CPU."""
    from ...diarizers.status import local_diarizers

    plugins = load_plugins()
    names = [name for name, _ in local_diarizers(plugins)]
    for name in names:
        yield _finding(f"diarization with {name}", partial(_diarize, name, plugins))
    if not names:
        text = "diarization: there is no pipeline on this machine"
        fetched = [f"get {each.name} with a hub token" for each in plugins.diarizers.values() if each.is_cached]
        yield Finding(TOPIC, "warning", text, ", or ".join([INSTALL, *fetched]))


def _recognize(model: ModelRegistration, plugins: Plugins) -> str:
    """Return how many words a recognition model finds in the sample, and its time."""
    from ...pipeline.build import make_recognizer
    from ...pipeline.options import Options
    from .decoding import spoken

    waveform, name = spoken(), model.recognizer
    recognizer = make_recognizer(Options(recognizer=name, model=model.name, offline=True), plugins)
    started = time.perf_counter()
    naming_it = naming(f"Recognizer {name}", plugins.plugin_of("recognizers", name))
    with closing(DeviceManager("cpu", probe=FixedProbe())) as devices, naming_it:
        answer = recognizer.recognize(waveform, RecognitionRequest("en"), devices, _ignore_progress)
        recognition = admitted_recognition(answer, f"Recognizer {name}", waveform.duration)
    spent = time.perf_counter() - started
    return (
        f"recognition with {model.name}: {len(recognition.words)} words in {waveform.duration:.0f} s, in {spent:.1f} s"
    )


def _diarize(name: str, plugins: Plugins) -> str:
    """Return how many speakers a diarizer finds in the sample; one that holds no model here is not run."""
    from ...pipeline.build import make_diarizer
    from ...pipeline.options import Options
    from .decoding import spoken

    waveform = spoken()
    diarizer = make_diarizer(Options(diarizer=name, offline=True), plugins)
    started = time.perf_counter()
    naming_it = naming(f"Diarizer {name}", plugins.plugin_of("diarizers", name))
    with closing(DeviceManager("cpu", probe=FixedProbe())) as devices, naming_it:
        if diarizer.prepare(devices, _ignore_progress) is None:
            return f"diarization with {name}: available, not run"
        answer = diarizer.diarize(waveform, DiarizationRequest(), devices, _ignore_progress)
        diarization = admitted_diarization(answer, f"Diarizer {name}", waveform.duration)
    spent = time.perf_counter() - started
    found = len(diarization.speakers)
    speakers = f"{found} speaker{'s' if found != 1 else ''}"
    return f"diarization with {name}: {speakers} in {waveform.duration:.0f} s, in {spent:.1f} s"


def _finding(about: str, work: Callable[[], str]) -> Finding:
    """Return what `work` returns, or raises, as a finding."""
    try:
        return Finding(TOPIC, "ok", work())
    except Exception as error:  # a model can raise anything
        found = diagnosis(error)
        if found is not None:
            return Finding(TOPIC, "problem", f"{about}: {found.text}", found.remedy)
        return from_error(TOPIC, "problem", about, error, "choose another model")


def _ignore_progress(step: str, completed: float, total: float) -> None:
    """Report nothing."""
