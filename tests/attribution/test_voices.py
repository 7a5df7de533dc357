"""What a diarizer says of voices, on its way into the transcript."""

from __future__ import annotations

from dataclasses import dataclass, replace

from speakerplug.pipeline.transcriber import Transcriber
from speakerplug.plugin.hooks import hookimpl
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug.system.progress import Progress
from speakerplug.testing import FakeDiarizer, plugins_with, silence, turns
from speakerplug.transcript import Diarization, SpeakerTree
from speakerplug.waveform import Waveform

VOICES = SpeakerTree((0, 1), ((0, 1),))


class Knowing(FakeDiarizer):
    """A diarizer that knows which turns sound alike."""

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: object, progress: Progress
    ) -> Diarization:
        """The turns, with a tree."""
        return replace(super().diarize(waveform, request, devices, progress), speaker_tree=VOICES)  # type: ignore[arg-type]


@dataclass(eq=False)
class Refining:
    """A plugin that moves the first exclusive turn by some seconds."""

    by: float

    @hookimpl
    def modify_diarization(self, diarization: Diarization) -> Diarization:
        """Regular turns stay as they are."""
        first, *rest = diarization.exclusive
        return Diarization(diarization.turns, (replace(first, start=first.start + self.by), *rest))


def test_voices_stay_with_their_turns() -> None:
    """They come into the transcript, unless a plugin changes the turns that they are about."""
    spans = turns((0.0, 1.0, "A"), (1.0, 2.0, "B"))
    for by, expected in ((0.0, VOICES), (0.5, None)):
        plugins = plugins_with({"refining": Refining(by)}, diarizer=Knowing(spans))
        with Transcriber(recognizer=None, diarizer="fake", device="cpu", plugins=plugins) as transcriber:
            assert transcriber.transcribe(silence(2.0)).speaker_tree == expected
