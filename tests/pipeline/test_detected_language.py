"""A detected language that is uncertain is announced; the transcript has its probability."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from speakerplug import Recognition, Transcriber, Waveform
from speakerplug.system.arguments import named_as_options
from speakerplug.testing import FakeRecognizer, plugins_with, silence, words


class Recognizer(FakeRecognizer):
    """Detects Catalan, with this probability."""

    probability: Any = None

    def recognize(self, waveform: Waveform, request: Any, devices: Any, progress: Any) -> Recognition:
        """Return the words, with the language."""
        found = super().recognize(waveform, request, devices, progress)
        return replace(found, language="ca", language_probability=self.probability)


@pytest.mark.parametrize(
    ("given", "kept", "said"),
    [
        (0.374, 0.374, ["Language: Catalan (37 % sure); --language if that is wrong."]),
        (0.7, 0.7, []),
        (None, None, []),
        (float("nan"), None, []),
        (37, None, []),
    ],
)
def test_transcribe_unsure_language_is_announced(
    given: Any, kept: float | None, said: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Below one half in one line that names the remedy; what is no probability is none."""
    recognizer = Recognizer(words(("hola", 0.1, 0.5)))
    recognizer.probability = given
    plugins = plugins_with(recognizer=recognizer)
    with named_as_options(), Transcriber(plugins=plugins, recognizer="fake", diarizer=None, device="cpu") as one:
        transcript = one.transcribe(silence(1.0))
    assert (transcript.language, transcript.language_probability) == ("ca", kept)
    assert [record.getMessage() for record in caplog.records if "Language" in record.getMessage()] == said
