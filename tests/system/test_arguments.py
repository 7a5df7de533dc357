"""Arguments of a wrong type: one sentence each, which says what is accepted, before any work."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import speakerplug
from speakerplug import CueRules, Diarization, Options, Plugins, Transcriber, Transcript, Turn, UsageError, Word
from speakerplug.system.arguments import path_of
from speakerplug.testing import silence, words

TRANSCRIPT = Transcript(words=words(("Hi", 0.0, 1.0)), speakers=(speakerplug.Speaker("SPEAKER_00", "Ana"),))
HI = words(("Hi", 0.0, 1.0))
TURN = Turn(0.0, 1.0, "A")


def cases(*given: tuple[Callable[[], Any], str]) -> Any:
    """Return the calls and the message of each, which is also its name."""
    names = [f"{number}-{said[:30]}" for number, (_, said) in enumerate(given)]
    return pytest.mark.parametrize(("call", "said"), given, ids=names)


transcribe: Any = speakerplug.transcribe
transcriber: Any = Transcriber
options: Any = Options
plugins: Any = Plugins
rules: Any = CueRules
load: Any = speakerplug.load
save: Any = speakerplug.save
attribute: Any = speakerplug.attribute
word: Any = Word
renamed: Any = TRANSCRIPT.renamed


@cases(
    (lambda: transcribe(silence(), cancel=True), "cancel is True; it must be a threading.Event"),
    (lambda: transcribe(silence(), progress=5), "progress is 5; it must be a function"),
    (lambda: transcriber(devices="cpu"), "devices is 'cpu'; it must be a DeviceManager; .*device=\"cpu\""),
    (lambda: transcriber({"model": "tiny.en"}), "options is {'model': 'tiny.en'}; it must be Options; .*keyword"),
    (lambda: transcriber("tiny.en"), "options is 'tiny.en'; it must be Options"),
    (lambda: transcriber({}), "options is {}; it must be Options"),
    (lambda: transcriber(plugins=math), "plugins is <module 'math'.*; it must be Plugins"),
    (lambda: transcriber(plugins={}), "plugins is {}; it must be Plugins"),
    (lambda: plugins("x"), "extra is 'x'; it must be a dictionary"),
    (lambda: plugins([1]), r"extra is \[1\]; it must be a dictionary"),
    (lambda: options(diarizer_params=None), "diarizer_params is None; it must be a dictionary"),
    (lambda: options(diarizer_params="a=1"), "diarizer_params is 'a=1'; it must be a dictionary"),
    (lambda: options(diarizer=""), "diarizer is empty; name one"),
    (lambda: options(diarizer=[]), "diarizer is empty; name one"),
    (lambda: options(diarizer={}), "diarizer is empty; name one"),
    (lambda: options(diarizer=silence().samples), "diarizer is array.*; it must be a name"),
    (lambda: options(diarizer=5), "diarizer is 5; it must be a name"),
    (lambda: options(model=" "), "^model is empty; name one"),
    (lambda: options(aligner=""), "^aligner is empty; name one"),
    (lambda: options(channels="x"), "There is no channels 'x'"),
    (lambda: options(num_speakers=0), "^num_speakers is 0"),
    (lambda: options(min_speakers=3, max_speakers=2), "^min_speakers 3 is more than max_speakers 2"),
    (lambda: rules(gap_ms=-1), "^gap_ms is -1; it must be at least 0"),
    (lambda: rules(columns=0), "^columns is 0"),
    (lambda: rules(longest_ms=100), "^longest_ms 100 is less than the shortest cue, of 833; .* shorter shortest_ms"),
    (lambda: options(diarizer=None, num_speakers=2), "Without a diarizer there is no number of speakers"),
    (lambda: speakerplug.diarize(silence(), diarizer=None), "diarizer=None is for words without speakers"),
    (lambda: transcribe(""), "The path of the recording is '', which is not a file name"),
    (lambda: transcribe("a\0b"), "is not a file name"),
    (lambda: load(None), "path is None; it must be a path"),
    (lambda: load(5), "path is 5; it must be a path"),
    (lambda: load(b"x"), "path is b'x'; it must be a path"),
    (lambda: load(""), "path is '', which is not a file name"),
    (lambda: load("a.json", plugins={}), "plugins is {}; it must be Plugins"),
    (lambda: save(TRANSCRIPT, "a.srt", bom="no"), "bom is 'no'; it must be True or False"),
    (lambda: save(TRANSCRIPT, "a.html", recording=5), "recording is 5; it must be a path"),
    (lambda: renamed(None), "names is None; it must be a dictionary"),
    (lambda: renamed({"SPEAKER_00": 5}), "The name of 'SPEAKER_00' is 5; it must be a string"),
    (lambda: renamed({5: "Ana", "x": "Ben"}), "There is no speaker 5 to name"),
    (lambda: rules(column=30), r"There is no cue rule column; did you mean columns\?"),
    (lambda: rules(foo=1), "There is no cue rule foo; choose of: columns, "),
    (lambda: rules(columns="30"), "columns is '30'; it must be a whole number"),
    (lambda: rules(words="no"), "words is 'no'; it must be True or False"),
)
def test_call_with_an_argument_of_a_wrong_type_says_what_is_accepted(call: Callable[[], Any], said: str) -> None:
    """A UsageError, for every argument of every call."""
    with pytest.raises(UsageError, match=said):
        call()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((TRANSCRIPT, None), "path is None; it must be a path"),
        ((TRANSCRIPT, b"a.srt"), "path is b'a.srt'; it must be a path"),
        ((None, "a.srt"), "transcript is None; it must be a Transcript"),
        ((TRANSCRIPT, "a.srt", 5), "format is 5; it must be the name of a format"),
        ((TRANSCRIPT, "a.srt", None, 5), "rules is 5; it must be CueRules"),
    ],
)
def test_save_with_arguments_of_a_wrong_type_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[Any, ...], said: str
) -> None:
    """They are checked before the file is touched."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=said):
        save(*given)
    assert not list(tmp_path.iterdir())


@cases(
    (lambda: attribute(HI, None), "diarization is None; it must be a Diarization or several Turn"),
    (lambda: attribute(HI, "x"), "diarization is 'x'; it must be a Diarization or several Turn"),
    (lambda: attribute(HI, [5]), "turn 1 is an int, not a Turn"),
    (lambda: attribute(HI, speakerplug.Diarization((5,))), "turn 1 is an int, not a Turn"),  # type: ignore[arg-type]
    (lambda: attribute([word("hi", "0", 1.0)], [TURN]), "a time of word 1 is '0', not a number"),
    (lambda: attribute([word(5, 0.0, 1.0)], [TURN]), "the text of word 1 is an int, not a string"),
    (lambda: attribute(HI, [Turn("0", 1.0, "A")]), "a time of turn 1 is '0', not a number"),  # type: ignore[arg-type]
    (lambda: attribute(HI, [Turn(0.0, 1.0, 7)]), "the speaker of turn 1 is an int, not a string"),  # type: ignore[arg-type]
)
def test_attribute_with_invalid_words_or_turns_raises(call: Callable[[], Any], said: str) -> None:
    """As for all input: one UsageError, which says which word or turn it is."""
    with pytest.raises(UsageError, match=said):
        call()


def test_attribute_takes_turns_in_place_of_a_diarization() -> None:
    """A list and a generator of regular turns give the same as the Diarization of them; none give no speakers."""
    expected = attribute(HI, Diarization((TURN,)))
    assert [word.speaker for word in expected] == ["A"]
    assert attribute(HI, [TURN]) == attribute(HI, (turn for turn in [TURN])) == expected
    assert [word.speaker for word in attribute(HI, [])] == [None]


def test_attribute_repairs_invalid_times() -> None:
    """A word whose time is not a number is estimated, and such a turn dropped, as elsewhere."""
    (said,) = attribute([Word("hi", math.nan, 1.0)], [TURN, Turn(0.0, math.inf, "B")])
    assert (said.speaker, said.start, said.estimated) == ("A", 0.0, True)


def test_path_of_a_path_like_value_returns_its_path() -> None:
    """A string, a path and a path-like object of bytes."""

    class Bytes:
        """A path-like object of bytes, as os.DirEntry may be."""

        def __fspath__(self) -> bytes:
            return b"a.srt"

    assert path_of("a.srt") == path_of(Path("a.srt")) == path_of(Bytes()) == Path("a.srt")
