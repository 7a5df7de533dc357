"""Options that the environment and the users of other programs give as texts."""

from __future__ import annotations

import pytest

from speakerplug import Options, UsageError
from speakerplug.testing import FakeDiarizer


def test_from_texts_gives_each_option_the_type_of_its_field(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts count more than variables, and values more than both; an empty variable is not set."""
    for name, text in (("MODEL", "small"), ("LANGUAGE", "de"), ("NUM_SPEAKERS", ""), ("EXACT", "yes")):
        monkeypatch.setenv(f"SPEAKERPLUG_{name}", text)
    texts = {"language": "fr", "min-speakers": "2", "segmentation_step": "0.5", "start": "1:30", "offline": "False"}
    diarizer = FakeDiarizer()
    options = Options.from_texts(texts, diarizer=diarizer)
    expected = Options(
        model="small", language="fr", min_speakers=2, segmentation_step=0.5, start="1:30", exact=True, diarizer=diarizer
    )
    assert options == expected


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"num_speakers": "two"}, "num_speakers is 'two'; it must be a whole number"),
        ({"segmentation_step": "quick"}, "segmentation_step is 'quick'; it must be a number"),
        ({"offline": "maybe"}, "offline is 'maybe'; it must be true or false"),
        ({"num_speakrs": "2"}, r"no option num_speakrs; did you mean num_speakers\?"),  # codespell:ignore speakrs
        ({"trust-model": "true"}, "trust_model is not read from text; set it in Python"),
    ],
)
def test_from_texts_refuses_what_is_no_option_or_of_another_type(texts: dict[str, str], said: str) -> None:
    """One sentence with what is accepted."""
    with pytest.raises(UsageError, match=said):
        Options.from_texts(texts)


def test_from_texts_with_an_invalid_variable_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever set it may have forgotten it since."""
    monkeypatch.setenv("SPEAKERPLUG_NUM_SPEAKERS", "two")
    with pytest.raises(UsageError, match=r"^SPEAKERPLUG_NUM_SPEAKERS is 'two'; it must be a whole number"):
        Options.from_texts()


def test_from_texts_reads_no_trust_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As no variable of the command line sets it."""
    monkeypatch.setenv("SPEAKERPLUG_TRUST_MODEL", "true")
    assert not Options.from_texts().trust_model
