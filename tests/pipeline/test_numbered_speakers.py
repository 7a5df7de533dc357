"""The ids of speakers in what a Transcriber returns, of whatever diarizer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from speakerplug import Transcriber, Waveform
from speakerplug.diarizers.artifacts import Artifacts, Framed, load_artifacts
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns, words
from speakerplug.transcript import Diarization, SpeakerTree

WORDS = words(("one", 0.1, 0.5), ("two", 1.1, 1.5), ("three", 2.1, 2.5))
TURNS = turns((0.0, 1.0, "SPEAKER_02"), (1.0, 2.0, "Ana"), (2.0, 3.0, "SPEAKER_00"))
TREE = SpeakerTree((0, 1, 2), ((0, 1), (0, 2)))
NONE = Framed(np.zeros((0, 3)), 0.0, 0.1, 0.1)
CENTROIDS = np.array([[0.0], [1.0], [2.0]])
ARTIFACTS = Artifacts(NONE, NONE, NONE, CENTROIDS, CENTROIDS, ("SPEAKER_00", "SPEAKER_01", "SPEAKER_02"))
NUMBERED = ["SPEAKER_00", "Ana", "SPEAKER_01"]


class Diarizer(FakeDiarizer):
    """Gives a tree and artifacts, too."""

    def diarize(self, waveform: Waveform, request: Any, devices: Any, progress: Any) -> Diarization:
        """Return the turns, with everything that refers to their speakers."""
        given = super().diarize(waveform, request, devices, progress)
        return replace(given, exclusive=given.turns, speaker_tree=TREE, artifacts=ARTIFACTS)


def test_transcriber_any_diarizer_speakers_are_numbered_as_they_first_speak(tmp_path: Path) -> None:
    """Words, turns, speakers and `diarize` agree; names stay; tree and centroids keep their relation to the turns."""
    plugins = plugins_with(recognizer=FakeRecognizer(WORDS), diarizer=Diarizer(TURNS))
    chosen: dict[str, Any] = {"recognizer": "fake", "diarizer": "fake", "device": "cpu", "artifacts": str(tmp_path)}
    with Transcriber(plugins=plugins, **chosen) as transcriber:
        found = transcriber.transcribe(silence(3.0, "talk.wav"))
        alone = transcriber.diarize(silence(3.0, "talk.wav"))
    assert [word.speaker for word in found.words] == NUMBERED
    assert [speaker.id for speaker in found.speakers] == NUMBERED
    assert [turn.speaker for turn in found.turns] == [turn.speaker for turn in alone.exclusive] == NUMBERED
    assert found.speaker_tree == TREE
    kept = load_artifacts(tmp_path / "talk.artifacts.npz")
    assert dict(zip(kept.speakers, kept.centroids[:, 0], strict=True)) == {
        "SPEAKER_00": 2.0,
        "SPEAKER_01": 0.0,
        "SPEAKER_02": 1.0,
    }
    assert alone.artifacts.speakers == kept.speakers
