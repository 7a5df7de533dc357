from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from speakerplug import hookimpl
from speakerplug.errors import MediaError, PluginError, UsageError
from speakerplug.formats.json import write
from speakerplug.formats.load import load, load_cues, recognized
from speakerplug.formats.save import written
from speakerplug.formats.segments import shown_words
from speakerplug.plugin.formats import FileContent, FormatRegistration
from speakerplug.plugin.manager import Plugins, load_plugins
from speakerplug.system.files import write_whole
from speakerplug.testing import plugins_with
from speakerplug.transcript import Media, Speaker, Transcript, Word, text_of
from tests.strategies import transcripts


def document(**change: Any) -> str:
    """Return a saved transcript of one word, with some keys changed."""
    return json.dumps(json.loads(write(Transcript((Word("Hi", 0.0, 1.0, "A"),)))) | change)


def valid(transcript: Transcript) -> Transcript:
    """Return the transcript with words that end after they start, in a recording that contains all of them."""
    """The transcript with words that end after they start, of a recording that holds all of it."""
    words = tuple(replace(word, end=max(word.start or 0.0, word.end or 0.0)) for word in transcript.words)
    last = max([said.end or 0.0 for said in (*words, *transcript.turns, *transcript.exclusive)], default=0.0)
    media = replace(transcript.media, duration=max(last, transcript.media.duration))
    return replace(transcript, words=words, media=media)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(transcript=transcripts())
def test_load_of_a_saved_transcript_is_equal(tmp_path: Path, transcript: Transcript) -> None:
    """A transcript in whole milliseconds with valid times comes back from its file unchanged."""
    transcript = valid(transcript)
    path = tmp_path / "talk.json"
    path.write_text(write(transcript), encoding="utf-8", newline="\n")
    assert load(path) == transcript


def test_load_of_json_by_save_is_equal_to_the_millisecond(tmp_path: Path) -> None:
    """`load` reads what `save` writes to a .json file, with times to the millisecond."""
    path = Transcript((Word("Hi", 0.12345, 1.0, "A"),)).save(tmp_path / "talk.json")
    assert load(str(path)) == Transcript((Word("Hi", 0.123, 1.0, "A"),))


def test_load_of_a_later_minor_version_ignores_new_keys(tmp_path: Path) -> None:
    """Keys that a later 1.x added are ignored."""
    path = tmp_path / "talk.json"
    write_whole(path, document(version="1.9", chapters=[1, 2]))
    assert load(path).text == "Hi"


def test_load_with_byte_order_mark_is_read(tmp_path: Path) -> None:
    """A file with the byte order mark of a Windows editor is read."""
    path = tmp_path / "talk.json"
    path.write_text(document(), encoding="utf-8-sig")
    assert load(path).text == "Hi"


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", MediaError, "is empty"),
        (b"\xff\xfe\x00", MediaError, "is not JSON or is damaged"),
        (b'{"schema": "speakerplug/transcript", "ver', MediaError, "is not JSON or is damaged"),
        (b'{"x": ' + b"[" * 100_000, MediaError, "is not JSON or is damaged"),
        (document(language="?").encode().replace(b"?", b"\x89"), MediaError, "damaged transcript .*utf-8"),
        (b"[]", UsageError, "not a SpeakerPlug transcript"),
        (b"{}", UsageError, "not a SpeakerPlug transcript"),
        (document(schema="other").encode(), UsageError, "not a SpeakerPlug transcript"),
        (document(version="2.0").encode(), UsageError, "update SpeakerPlug"),
        (document(words=[{"text": "Hi"}]).encode(), MediaError, r"damaged transcript .*start"),
        (document(turns="none").encode(), MediaError, r"damaged transcript .*turns"),
    ],
)
def test_load_of_unreadable_content_is_refused(
    tmp_path: Path, content: bytes, error: type[Exception], words: str
) -> None:
    """One sentence names the file, what is wrong with it and what to do."""
    path = tmp_path / "talk.json"
    path.write_bytes(content)
    with pytest.raises(error, match=words) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert ";" in str(caught.value)


@pytest.mark.parametrize("name", ["a.vtt", "a.ass", "a.sbv", "a.txt"])
@pytest.mark.parametrize("content", [b"", b"\n \r\n", b"\xef\xbb\xbf"])
def test_load_of_an_empty_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    """A format with a header has one without words, too; so it is damaged."""
    (tmp_path / name).write_bytes(content)
    for read in (load, load_cues):
        with pytest.raises(MediaError, match=rf"{name} is empty; "):
            read(tmp_path / name)


@pytest.mark.parametrize("name", ["srt", "vtt", "ass", "ttml", "ctm", "json"])
def test_load_of_what_was_saved_of_silence_says_so(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing was said, or it is the wrong file: SRT of it is empty, WebVTT a header; JSON is what it seems."""
    path = Transcript().save(tmp_path / f"a.{name}")
    assert not load(path).words
    what = "words" if name in ("ctm", "json") else "cues"
    assert (f"{path} has no {what}." in caplog.messages) == (name != "json")
    if what == "cues":
        caplog.clear()
        assert load_cues(path) == ()
        assert f"{path} has no cues." in caplog.messages


def test_load_of_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A missing path, or a folder, is a MediaError with a hint."""
    with pytest.raises(MediaError, match=r"no file .*check the path"):
        load(tmp_path / "none.json")
    with pytest.raises(MediaError, match="is a folder; name a file"):
        load(tmp_path)


def offering(*formats: FormatRegistration) -> Plugins:
    """Return the built-in formats, and these of a plugin."""

    class Offering:
        @hookimpl
        def register_formats(self, register: Any) -> None:
            for format in formats:
                register(format)

    return plugins_with({"offering": Offering()})


SAID = Transcript((Word("said", 0.0, 1.0),))


def is_ours(file: FileContent) -> bool:
    """Return whether the file declares itself one of the plugin's format."""
    return isinstance(file.json, dict) and "ours" in file.json


def test_load_asks_a_plugins_format_before_built_in_ones(tmp_path: Path) -> None:
    """JSON that Whisper's reader accepts, too, goes to the plugin that recognizes it; other files do not."""
    plugins = offering(FormatRegistration("ours", matches=is_ours, read=lambda file: SAID))
    path = tmp_path / "talk.json"
    path.write_text('{"ours": 1, "segments": []}')
    assert load(path, plugins) == SAID
    path.write_text('{"segments": []}')
    assert load(path, plugins).words == ()
    path.write_text(document())
    assert load(path, plugins).text == "Hi"


def test_load_without_a_match_goes_by_suffix(tmp_path: Path) -> None:
    """A format that recognizes no content reads files with its suffix: the longest, if several fit."""
    other = Transcript((Word("other", 0.0, 1.0),))
    plugins = offering(
        FormatRegistration("short", suffix=".x", read=lambda file: SAID),
        FormatRegistration("long", suffix=".y.x", read=lambda file: other),
    )
    for name, expected in (("a.x", SAID), ("a.Y.X", other)):
        (tmp_path / name).write_text("anything")
        assert load(tmp_path / name, plugins) == expected


def raising(error: BaseException) -> Any:
    """Return a reader or matcher that raises an error."""

    def act(file: FileContent) -> Any:
        raise error

    return act


@pytest.mark.parametrize(
    ("read", "error", "words"),
    [
        (raising(ValueError("line 3 is none")), MediaError, "cannot be read as ours .line 3 is none.; check the file"),
        (raising(ZeroDivisionError("oh")), PluginError, "reader 'ours' of offering failed .*oh.*; update the plugin"),
        (raising(SystemExit(3)), PluginError, "reader 'ours' of offering failed .*sys.exit"),
        (raising(UsageError("Not this; another.")), UsageError, "Not this; another"),
        (lambda file: "text", MediaError, "gave a str, not a Transcript"),
        (lambda file: Transcript(("word",)), MediaError, "word 1 is a str, not a Word"),
    ],
)
def test_load_with_a_failing_reader_is_one_sentence(
    tmp_path: Path, read: Any, error: type[Exception], words: str
) -> None:
    """A damaged file, or a faulty plugin, gives one sentence."""
    (tmp_path / "a.ours").write_text("anything")
    with pytest.raises(error, match=words):
        load(tmp_path / "a.ours", offering(FormatRegistration("ours", suffix=".ours", read=read)))


def test_load_of_invalid_times_from_a_plugin_estimates_them(tmp_path: Path) -> None:
    """A word that ends before it starts is estimated, whatever reader it comes from."""
    given = Transcript((Word("a", 0.0, 1.0), Word("b", 9.0, 8.0), Word("c", 2.0, 3.0)))
    (tmp_path / "a.ours").write_text("anything")
    found = load(tmp_path / "a.ours", offering(FormatRegistration("ours", suffix=".ours", read=lambda file: given)))
    assert [(word.start, word.end, word.estimated) for word in found.words][1] == (1.0, 2.0, True)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ZeroDivisionError("oh"), "ZeroDivisionError: oh"),
        (SystemExit(3), r"it called sys\.exit\(3\)"),
        (GeneratorExit("oh"), "GeneratorExit: oh"),
    ],
)
def test_load_with_a_failing_matcher_asks_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: BaseException, said: str
) -> None:
    """A failing matcher is named, and the other formats are asked."""
    plugins = offering(FormatRegistration("ours", matches=raising(error), read=lambda file: SAID))
    (tmp_path / "talk.json").write_text(document())
    assert load(tmp_path / "talk.json", plugins).text == "Hi"
    assert re.search(f"'ours' of offering .*{said}", caplog.text)


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_load_with_an_interrupted_matcher_raises(tmp_path: Path, error: type[BaseException]) -> None:
    """Ctrl-C, and memory that runs out, are not blamed on the matcher and end the loading."""
    plugins = offering(FormatRegistration("ours", matches=raising(error()), read=lambda file: SAID))
    (tmp_path / "talk.json").write_text(document())
    with pytest.raises(error):
        load(tmp_path / "talk.json", plugins)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.py", b"import os\n"),
        ("a.toml", b'[project]\nname = "x"\n'),
        ("a.lock", b'[[package]]\nname = "x"\n'),
        ("a.rtf", b"{\\rtf1 Hello}"),
        ("a.wav", b"RIFF\x24\x08\x00\x00WAVEfmt \x10\x00"),
    ],
)
def test_load_of_an_unreadable_format_names_the_readable_ones(tmp_path: Path, name: str, content: bytes) -> None:
    """A file that does not begin like JSON is not called damaged JSON."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(
        UsageError, match=rf"{name} is not in a readable format \(`speakerplug plugins`.*\); "
    ) as caught:
        load(tmp_path / name)
    assert "JSON" not in str(caught.value)


@pytest.mark.parametrize("content", [b'{"words": [', b"[" * 100_000, b' [\n{"start": 1', b'[[1, 2], "x"'])
def test_load_of_content_like_json_is_called_damaged_json(tmp_path: Path, content: bytes) -> None:
    """A file that begins like JSON and cannot be parsed is damaged JSON, whatever its name."""
    (tmp_path / "a.data").write_bytes(content)
    with pytest.raises(MediaError, match=r"a\.data is not JSON or is damaged .*; save the transcript again"):
        load(tmp_path / "a.data")


@pytest.mark.parametrize(
    "content", [document(), json.dumps({"segments": [{"start": 0.0, "end": 1.0, "text": "Hi"}]})], ids=["ours", "other"]
)
@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_load_of_json_in_utf_16_reads_it(tmp_path: Path, content: str, mark: str) -> None:
    """JSON in UTF-16 with a byte order mark, as from old editors of Windows, is read."""
    (tmp_path / "a.json").write_bytes(("\ufeff" + content).encode(mark))
    assert load(tmp_path / "a.json").text == "Hi"


def test_load_cues_of_a_format_without_cues_is_refused(tmp_path: Path) -> None:
    """A transcript, or an unreadable file, has no cues to check."""
    for name, content in (("a.json", document()), ("a.dat", "nothing")):
        (tmp_path / name).write_text(content)
        with pytest.raises(MediaError, match="has no cues; name a file of subtitles"):
            load_cues(tmp_path / name)


def exits(file: FileContent) -> Any:
    """End the process."""
    sys.exit(4)


@pytest.mark.parametrize(
    ("matches", "said"),
    [(exits, "it called sys.exit(4)"), (raising(ZeroDivisionError("first\nlast")), "ZeroDivisionError: first")],
    ids=["exits", "many lines"],
)
def test_load_with_a_failing_matcher_logs_the_first_line_of_its_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, matches: Any, said: str
) -> None:
    """A matcher that raises, or exits, is named, and the other formats are asked."""
    (tmp_path / "talk.json").write_text(document())
    assert load(tmp_path / "talk.json", offering(FormatRegistration("ours", matches=matches, read=exits))).text == "Hi"
    assert f"is one ({said})." in caplog.text


@pytest.mark.parametrize(
    "wrong",
    [
        Transcript((Word("a", 0.0, 1.0, speaker=5),)),  # type: ignore[arg-type]
        Transcript((Word("a", 0.0, 1.0, others=(5,)),)),  # type: ignore[arg-type]
        Transcript(speakers=5),  # type: ignore[arg-type]
        Transcript(language=5),  # type: ignore[arg-type]
        Transcript(media=None),  # type: ignore[arg-type]
    ],
    ids=["a speaker", "others", "speakers", "language", "media"],
)
def test_load_of_invalid_values_from_a_reader_is_refused(tmp_path: Path, wrong: Transcript) -> None:
    """A reader's values are validated; the error names the file and the format."""
    (tmp_path / "a.ours").write_text("anything")
    with pytest.raises(MediaError, match=r"a\.ours cannot be read as ours \("):
        load(tmp_path / "a.ours", offering(FormatRegistration("ours", suffix=".ours", read=lambda file: wrong)))


OWN = ("podcast", "openai", "verbose_json", "whisperx", "tsv", "stm", "ctm", "md", "html", "json", "vtt", "srt", "ass")


@pytest.mark.parametrize("format", OWN)
def test_load_of_every_form_that_is_written_has_words_and_speakers(tmp_path: Path, format: str) -> None:
    """What we write is read back, with its speakers where the form has any; txt has no times, and RTTM no words."""
    said = (("Hello", 0.0, "Ana"), ("there.", 1.0, "Ana"), ("Yes!", 4.0, "Ben"), ("Fine,", 8.0, "Ana"))
    words = tuple(Word(text, start, start + 0.9, speaker) for text, start, speaker in (*said, ("so.", 9.0, "Ana")))
    speakers = tuple(Speaker(name, name) for name in ("Ana", "Ben"))
    path = Transcript(words, speakers=speakers, media=Media("talk.wav", 10.0)).save(tmp_path / "talk", format=format)
    found = load(path)
    assert found.text == "Hello there. Yes! Fine, so."
    assert [word.start for word in found.words][::2] == pytest.approx([0.0, 4.0, 9.0], abs=1.0)
    without = format in ("verbose_json", "ctm")
    assert [word.speaker for word in found.words] == [None if without else word.speaker for word in words]


@given(transcript=transcripts(max_runs=2))
def test_load_of_every_form_that_is_written_has_every_letter(transcript: Transcript) -> None:
    """Whatever the texts and the names are, no word is lost or invented; a file of "WEBVTT" would be subtitles."""
    assume(not transcript.media.file.startswith("WEBVTT"))
    plugins = load_plugins()
    for name in ("podcast", "tsv", "stm", "md"):
        format = plugins.formats[name]
        data = written(transcript, format)
        expected = "".join(text_of(shown_words(transcript)).split())
        if format.write is None or not expected or "{" in expected or "<" in expected:
            continue
        file = FileContent(Path(f"talk{format.suffix}"), data.encode())
        _, found = recognized(file, plugins)
        assert found is not None
        assert found.read is not None
        assert sorted("".join(found.read(file).text.split())) == sorted(expected), (name, data)


def test_load_of_plain_text_of_ours_says_that_it_has_no_times(tmp_path: Path) -> None:
    """The message names the form, and does not call it JSON."""
    (tmp_path / "talk.txt").write_text("Ana: Hello.\n")
    with pytest.raises(UsageError, match=r"talk\.txt seems to be plain text .* no times; name the JSON"):
        load(tmp_path / "talk.txt")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.md", "# talk.mp4\n", "cannot be read as Markdown .*no turns with a start"),
        ("a.html", "<!DOCTYPE html><html></html>", "is not a page of SpeakerPlug"),
        ("a.tsv", "name\tvalue\n", "cannot be read as TSV .*columns start, end and text"),
        ("a.stm", "a 1\n", "cannot be read as STM .*fewer than five fields"),
    ],
)
def test_load_of_another_file_of_such_a_name_says_what_is_missing(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    """A file whose name is that of a form which its content is not."""
    (tmp_path / name).write_text(content)
    with pytest.raises(MediaError, match=said):
        load(tmp_path / name)


def test_load_of_tables_tells_whispers_milliseconds_from_our_seconds(tmp_path: Path) -> None:
    """Whisper's table has whole milliseconds and no quotes; an empty one is of silence."""
    (tmp_path / "a.tsv").write_text('start\tend\ttext\n1500\t2000\t"Hi\n')
    assert [(word.text, word.start, word.end) for word in load(tmp_path / "a.tsv").words] == [('"Hi', 1.5, 2.0)]
    (tmp_path / "a.tsv").write_text("start\tend\ttext\n")
    assert load(tmp_path / "a.tsv").words == ()
    (tmp_path / "a.tsv").write_text("start\tend\ttext\n1\t2\n")
    with pytest.raises(MediaError, match="3 columns instead of 4"):
        load(tmp_path / "a.tsv")


def test_load_tells_stm_from_ctm(tmp_path: Path) -> None:
    """A speaker, or a word, may be a number: all lines decide."""
    for content, expected in (
        (
            "t 1 7 0.0 5.2 12\nt 1 7 5.5 6.0 it\nt 1 7 7.0 8.0 is so\n",
            [("12", "7"), ("it", "7"), ("is", "7"), ("so", "7")],
        ),
        ("t 1 0.0 1.0 5 0.9\nt 1 1.0 1.0 it\n", [("5", None), ("it", None)]),
    ):
        (tmp_path / "a.txt").write_text(content)
        assert [(word.text, word.speaker) for word in load(tmp_path / "a.txt").words] == expected


def test_load_of_stm_leaves_out_marks_of_scoring(tmp_path: Path) -> None:
    """Labels, alternatives and lines that are not scored are no words; "unknown" is nobody."""
    lines = ("t 1 unknown 0 1 <o,f0,> { yes / yeah } <b>", "t 1 A 1 2 IGNORE_TIME_SEGMENT_IN_SCORING")
    (tmp_path / "t.stm").write_text("\n".join(lines))
    assert [(word.text, word.speaker) for word in load(tmp_path / "t.stm").words] == [("yes", None), ("<b>", None)]


def test_load_of_json_in_a_code_page_asks_for_its_encoding(tmp_path: Path) -> None:
    """JSON is UTF-8 by its standard, so that no other encoding is guessed; the one that is named is read."""
    path = tmp_path / "words.json"
    path.write_bytes('{"segments": [{"start": 0, "end": 1, "text": "café"}]}'.encode("latin-1"))
    with pytest.raises(MediaError, match="not UTF-8; name its encoding with --encoding"):
        load(path)
    assert load(path, encoding="latin-1").text == "café"
