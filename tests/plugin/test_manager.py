"""Plugins: their registrations are kept, and one that fails affects no other."""

from __future__ import annotations

import logging
import sys
import types
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from speakerplug import Diarization, Transcriber, Transcript, Word, hookimpl
from speakerplug.errors import ModelError, PluginError, UsageError
from speakerplug.formats.save import save
from speakerplug.plugin.formats import FormatRegistration
from speakerplug.plugin.manager import Failure, Plugins
from speakerplug.plugin.registrations import DiarizerRegistration, RecognizerRegistration
from speakerplug.plugin.roles import ModelRegistration
from speakerplug.system.progress import ProgressEvent
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns, words
from speakerplug.transcript import SpeakerTree


class Yodeler:
    """A plugin with one registration of each kind."""

    @hookimpl
    def register_recognizers(self, register):  # type: ignore[no-untyped-def]
        register(RecognizerRegistration("ear", lambda settings: FakeRecognizer(), description="recognizes"))

    @hookimpl
    def register_diarizers(self, register):  # type: ignore[no-untyped-def]
        register(DiarizerRegistration("ears", lambda settings: FakeDiarizer(), description="tells apart"))

    @hookimpl
    def register_formats(self, register):  # type: ignore[no-untyped-def]
        register(FormatRegistration("yodel", "sings", ".yo", lambda transcript: "yo"))

    @hookimpl
    def register_models(self, register):  # type: ignore[no-untyped-def]
        register(ModelRegistration("alp", "ear", lambda: None, description="echoes"))  # type: ignore[arg-type,return-value]


def test_registrations_are_kept_by_name() -> None:
    """Recognizers, diarizers, formats and models, with the plugin that registered them."""
    plugins = plugins_with({"yodeler": Yodeler()})
    assert plugins.recognizers["ear"].plugin == "yodeler"
    assert plugins.diarizers["ears"].description == "tells apart"
    assert plugins.formats["yodel"].suffix == ".yo"
    assert plugins.models["alp"].recognizer == "ear"
    assert plugins.failures == ()


def test_built_in_registrations_come_through_the_same_hooks() -> None:
    """Without any plugin there are the built-in recognizer, diarizers and formats."""
    plugins = Plugins(discover=False)
    assert set(plugins.recognizers) == {"faster-whisper"}
    assert {"community-1", "pyannote"} <= set(plugins.diarizers)
    assert {"vtt", "srt", "json", "txt"} <= set(plugins.formats)


def test_registration_with_a_taken_name_is_rejected_and_the_first_kept(caplog: pytest.LogCaptureFixture) -> None:
    """A second one of the same name is reported; the plugin's other registrations are kept."""

    class Copycat:
        @hookimpl
        def register_formats(self, register):  # type: ignore[no-untyped-def]
            register(FormatRegistration("vtt", write=lambda transcript: "mine"))
            register(FormatRegistration("mew", write=lambda transcript: "mew"))

    plugins = plugins_with({"copycat": Copycat()})
    assert plugins.formats["vtt"].plugin == "speakerplug.formats"
    assert "mew" in plugins.formats
    assert [failure.plugin for failure in plugins.failures] == ["copycat"]
    assert "copycat" in caplog.text
    assert "'vtt' is rejected" in caplog.text


def test_plugin_that_raises_while_registering_affects_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """An error in one plugin's hook is a message; plugins before and after it are complete."""

    class Broken:
        @hookimpl
        def register_formats(self, register):  # type: ignore[no-untyped-def]
            raise ZeroDivisionError("oh")

    plugins = plugins_with({"broken": Broken(), "yodeler": Yodeler()})
    assert "yodel" in plugins.formats
    assert "broken" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_plugin_that_cannot_be_imported_affects_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An entry point that fails to import is a message, and the next entry point is loaded."""
    good = types.ModuleType("good_plugin")
    good.register_formats = Yodeler().register_formats  # type: ignore[attr-defined]

    class EntryPoint:
        def __init__(self, name: str, loaded: object) -> None:
            self.name, self.loaded = name, loaded

        def load(self) -> object:
            if isinstance(self.loaded, Exception):
                raise self.loaded
            return self.loaded

    found = [EntryPoint("bad", ImportError("no module named tenor")), EntryPoint("good", good)]
    monkeypatch.setattr(metadata, "entry_points", lambda group: found)
    plugins = Plugins()
    assert "yodel" in plugins.formats
    assert [failure.plugin for failure in plugins.failures] == ["bad"]
    assert "no module named tenor" in caplog.text


@pytest.mark.parametrize("damage", [b"[speakerplug]\nno sign\n", b"\xff\xfe[speakerplug]", b"x = y\n[", b"="])
def test_damaged_list_of_entry_points_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    """Whatever is wrong with one package's metadata, the plugins of the others are found, each once."""
    for name, entries in (("damaged", damage), ("intact", b"[speakerplug]\nintact = types:SimpleNamespace\n")):
        about = tmp_path / f"{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_bytes(entries)
    monkeypatch.syspath_prepend(str(tmp_path))
    plugins = Plugins()
    assert plugins.names.count("intact") == 1
    assert {failure.plugin for failure in plugins.failures} <= {"damaged"}


def test_model_that_cannot_be_located_names_its_plugin() -> None:
    """A model whose folder raises or exits is an error with the model and its plugin."""

    class Leaver:
        @hookimpl
        def register_models(self, register):  # type: ignore[no-untyped-def]
            register(ModelRegistration("alp", "ear", lambda: sys.exit(0)))

    pack = plugins_with({"leaver": Leaver()}).models["alp"]
    with pytest.raises(PluginError, match=r"Model alp failed \(it called sys\.exit\(0\)\).*the plugin leaver"):
        pack.locate()


def test_unknown_hook_leaves_out_that_hook_alone() -> None:
    """A misspelled hook would never be called, so it is reported; the plugin's other registrations are kept."""

    class Misspelt(Yodeler):
        @hookimpl
        def register_writer(self, register):  # type: ignore[no-untyped-def]
            register("never", lambda transcript: "")

    plugins = plugins_with({"misspelled": Misspelt()})
    assert plugins.formats["yodel"].plugin == "misspelled"
    (failure,) = plugins.failures
    assert failure.plugin == "misspelled"
    assert "register_writer" in failure.reason


def test_hook_with_an_unknown_argument_is_rejected() -> None:
    """An implementation may take fewer arguments than its hook, never others."""

    class Greedy:
        @hookimpl
        def report(self, event, mood): ...  # type: ignore[no-untyped-def]

    (failure,) = plugins_with({"greedy": Greedy()}).failures
    assert failure == Failure("greedy", "its report takes mood, which that hook does not have")


def test_plugin_with_a_taken_plugin_name_is_rejected() -> None:
    """Two plugins cannot have one name."""
    plugins = plugins_with({"fakes2": Yodeler()})
    plugins.add("fakes2", Yodeler())
    assert [failure.plugin for failure in plugins.failures] == ["fakes2"]
    assert plugins.names.count("fakes2") == 1


def test_report_that_raises_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    """A progress display that fails at every event is reported once and stops nothing."""

    class Clumsy:
        @hookimpl
        def report(self, event):  # type: ignore[no-untyped-def]
            raise RuntimeError("dropped it")

    plugins = plugins_with({"clumsy": Clumsy()})
    for _ in range(3):
        plugins.hook.report(event=ProgressEvent("talk.mp4", "recognition", "recognition", 1.0, 2.0))
    assert caplog.text.count("dropped it") == 1


def test_report_that_raises_a_speakerplug_error_stops_the_recording() -> None:
    """A plugin may stop a recording with an error for the user."""

    class Strict:
        @hookimpl
        def diarize(self):  # type: ignore[no-untyped-def]
            raise ModelError("Pay first.")

    with pytest.raises(ModelError, match="Pay first"):
        plugins_with({"strict": Strict()}).hook.diarize(
            waveform=None, diarizer=None, request=None, devices=None, progress=None
        )


def test_modify_words_of_several_plugins_are_chained() -> None:
    """Each plugin's modify_words gets the result of the previous one; None leaves the words as they are."""

    def adding(text: str) -> object:
        class Adding:
            @hookimpl
            def modify_words(self, words):  # type: ignore[no-untyped-def]
                return (*words, Word(text, 0.0, 1.0)) if text else None

        return Adding()

    plugins = plugins_with({"one": adding("one"), "none": adding(""), "two": adding("two")})
    refined = plugins.refine("modify_words", (), waveform=silence(), language="en")
    assert sorted(word.text for word in refined) == ["one", "two"]


def test_refinement_with_a_result_of_a_wrong_type_is_rejected(caplog: pytest.LogCaptureFixture) -> None:
    """The plugin is reported, and the value stays as it was."""

    class Wrong:
        @hookimpl
        def modify_diarization(self, diarization):  # type: ignore[no-untyped-def]
            return ["not", "a", "diarization"]

    before = Diarization(turns((0, 1, "A")))
    assert plugins_with({"wrong": Wrong()}).refine("modify_diarization", before, waveform=silence()) is before
    assert "wrong" in caplog.text


class Naming:
    """A plugin that names its speakers, or changes the transcript by a function."""

    def __init__(self, change: Callable[[Transcript], Any]) -> None:
        self.change = change

    @hookimpl
    def modify_transcript(self, transcript: Transcript) -> Any:
        return self.change(transcript)


def transcribed(*changes: Callable[[Transcript], Any]) -> tuple[Transcript, Plugins]:
    """Transcribe two words of two speakers with plugins that change the transcript; return both."""
    recognizer = FakeRecognizer(words(("Hello", 0.1, 0.5), ("hi", 1.2, 1.4)))
    naming = {f"naming{number}": Naming(change) for number, change in enumerate(changes)}
    plugins = plugins_with(naming, recognizer=recognizer, diarizer=FakeDiarizer(turns((0, 1, "A"), (1.1, 1.5, "B"))))
    with Transcriber(plugins=plugins, recognizer="fake", diarizer="fake", device="cpu") as transcriber:
        return transcriber.transcribe(silence(2.0)), plugins


def test_modify_transcript_names_speakers_and_keeps_their_ids() -> None:
    """Each plugin gets the result of the previous one; words and turns still refer to ids, and can be renamed."""
    transcript, plugins = transcribed(
        lambda transcript: transcript.renamed({"A": f"Anna, who said {transcript.words[0].text}"}),
        lambda transcript: transcript.renamed({"B": "Ben", "A": transcript.name_of("A") + "?"}),
    )
    assert plugins.failures == ()
    assert {speaker.id: speaker.name for speaker in transcript.speakers}["B"] == "Ben"
    assert transcript.name_of("A") in ("Anna, who said Hello", "Anna, who said Hello?")
    assert [word.speaker for word in transcript.words] == ["A", "B"]
    assert transcript.renamed({"A": "Alice"}).name_of("A") == "Alice"


UNFIT: dict[str, Callable[[Transcript], Any]] = {
    "changed the words": lambda t: replace(t, words=t.words[:1]),
    "changed the turns": lambda t: replace(t, turns=()),
    "changed the exclusive": lambda t: replace(t, exclusive=t.exclusive[:1]),
    "changed the speaker tree": lambda t: replace(t, speaker_tree=SpeakerTree((0, 1))),
    "changed the ids": lambda t: replace(t, speakers=tuple(reversed(t.speakers))),
    "not a list of Speakers": lambda t: replace(t, speakers=("A", "B")),
    "not a list of speakers": lambda t: replace(t, speakers=5),
    "its language is an int": lambda t: replace(t, language=5),
    "its media is a NoneType": lambda t: replace(t, media=None),
    "not a Transcript": lambda t: t.words,
}


@pytest.mark.parametrize(("said", "change"), UNFIT.items(), ids=UNFIT)
def test_modify_transcript_that_changes_more_than_names_is_rejected(said: str, change: Callable[[Any], Any]) -> None:
    """`relabel` and `--name` rely on words, turns and ids: the plugin is reported, the transcript stays."""
    transcript, plugins = transcribed(change)
    (failure,) = plugins.failures
    assert said in failure.reason
    assert transcript == transcribed()[0]


def test_choose_of_an_unknown_name_lists_the_known_ones() -> None:
    """A mistyped name is answered with what there is."""
    with pytest.raises(UsageError, match=r"no diarizer named 'bundeld'.*community-1"):
        plugins_with().choose("diarizers", "bundeld")


def test_remove_keeps_registrations() -> None:
    """Removing a plugin ends its hooks only."""
    plugins = plugins_with({"yodeler": Yodeler()})
    plugins.remove("yodeler")
    assert "yodeler" not in plugins.names
    assert "yodel" in plugins.formats


def test_failures_are_logged_as_warnings(caplog: pytest.LogCaptureFixture) -> None:
    """What goes wrong with a plugin is visible without -v."""
    plugins = plugins_with({"yodeler": Yodeler()})
    plugins.add("yodeler", Yodeler())
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


def test_plugin_without_a_hash_is_rejected() -> None:
    """An object without a hash (such as a plain dataclass) is reported instead of breaking the manager."""
    plugins = plugins_with({"listed": [Yodeler()], "yodeler": Yodeler()})
    assert [failure.plugin for failure in plugins.failures] == ["listed"]
    assert "yodel" in plugins.formats


def test_packages_are_those_of_plugins() -> None:
    """A module's and an object's top-level package, so that their log messages are shown; ours is not among them."""
    module = types.ModuleType("someone.plugin")
    assert plugins_with({"module": module, "object": Yodeler()}).packages == ("someone", "tests")


def test_plugins_that_are_passed_in_save_their_formats(tmp_path: Path) -> None:
    """A format of a plugin that is not installed is written by name and by suffix, with the plugins that have it."""
    transcript, plugins = transcribed()
    plugins.add("yodeler", Yodeler())
    assert save(transcript, tmp_path / "talk.yo", plugins=plugins).read_text() == "yo"
    assert save(transcript, tmp_path / "talk", "yodel", plugins=plugins).read_text() == "yo"
    with pytest.raises(UsageError, match=r"No format is known for 'talk\.yo'"):
        save(transcript, tmp_path / "talk.yo", plugins=plugins_with())


def test_modify_words_with_any_sequence_is_accepted() -> None:
    """A list is as good as a tuple; what cannot be listed, or has no words, is rejected."""

    def never() -> Any:
        yield Word("one", 0.0, 0.1)
        raise ZeroDivisionError("oh")

    class Listing:
        def __init__(self, given: Any) -> None:
            self.given = given

        @hookimpl
        def modify_words(self, words):  # type: ignore[no-untyped-def]
            return self.given

    one = Word("one", 0.0, 0.1)
    good, bad = plugins_with({"good": Listing([one])}), plugins_with({"bad": Listing(never()), "worse": Listing([5])})
    assert good.refine("modify_words", (), waveform=silence(), language="en") == (one,)
    assert bad.refine("modify_words", (one,), waveform=silence(), language="en") == (one,)
    assert {(failure.plugin, failure.reason.rpartition(": ")[2]) for failure in bad.failures} == {
        ("bad", "its words cannot be listed (oh)"),
        ("worse", "word 1 is an int, not a Word"),
    }


def test_plugin_whose_error_has_many_lines_is_reported_by_the_first() -> None:
    """The first line has the reason, also for a taken name."""

    class Unhashable:
        def __hash__(self) -> int:
            raise ValueError("first\nsecond")

    plugins = plugins_with({"many": Unhashable()})
    plugins.add("fakes", Bare())
    assert plugins.failures[0].reason == "first"
    assert plugins.failures[1].reason.startswith("Plugin name already registered: fakes=")


class Bare:
    """A plugin without hooks."""
