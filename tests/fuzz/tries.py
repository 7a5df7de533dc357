"""The tries: damaged files of every format, options of every command, and misbehaving plugins."""

from __future__ import annotations

import wave
from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import click

from speakerplug.cli import command_line
from speakerplug.formats.json import write
from speakerplug.formats.save import written
from speakerplug.plugin import DiarizerRegistration, FormatRegistration, RecognizerRegistration, hookimpl
from speakerplug.plugin.manager import Plugins
from speakerplug.plugin.roles import Recognition
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, turns, words
from speakerplug.transcript import Diarization, SpeakerTree, Transcript, Turn, Word
from tests.fuzz.hostile import ARGUMENTS, NUMBERS, TEXTS, VALUES, changed_bytes, changed_json
from tests.fuzz.verdict import Try

FOREIGN = Path(__file__).parents[1] / "formats" / "importers" / "files"
SPOKEN = words(("Hello", 0.1, 0.4), ("there.", 0.5, 0.9), ("Hi!", 1.2, 1.4))
TURNS = turns((0.0, 1.0, "SPEAKER_00"), (1.1, 1.5, "SPEAKER_01"))
FORMATS = ("vtt", "srt", "ass", "json", "txt", "md", "tsv", "rttm", "stm", "ctm", "podcast", "openai", "html")
FORMATS += ("verbose_json", "whisperx", "ttml", "eaf", "textgrid")
SEVERAL = ("kaldi.json", "nemo-manifest.json", "vosk.json")
"""Files of several JSON documents."""
FAKES = ("--recognizer", "fake", "--diarizer", "fake", "--device", "cpu", "--offline")


def plain_plugins() -> Plugins:
    """Return the built-in plugins and the fake stages."""
    return plugins_with(recognizer=FakeRecognizer(SPOKEN), diarizer=FakeDiarizer(TURNS))


@cache
def seeds() -> dict[str, bytes]:
    """Return an intact file of every format that is read, by its name."""
    from speakerplug.attribution.attribute import attribute
    from speakerplug.transcript import Media, Speaker

    speakers = (Speaker("SPEAKER_00", "Ana"), Speaker("SPEAKER_01", "Ben"))
    said = attribute(SPOKEN, Diarization(TURNS, TURNS))
    tree = SpeakerTree((0, 1), ((0, 1),))
    own = Transcript(said, TURNS, TURNS, speakers, "en", Media("talk.wav", 2.0), speaker_tree=tree)
    found = {"own.json": write(own).encode()}
    for format in ("vtt", "srt", "ass", "rttm", "stm", "ctm", "tsv", "md", "html", "ttml", "eaf", "textgrid"):
        found[f"own.{format}"] = written(own, plain_plugins().formats[format]).encode()
    for format in ("podcast", "openai", "verbose_json", "whisperx"):
        found[f"own.{format}.json"] = written(own, plain_plugins().formats[format]).encode()
    found |= {path.name: path.read_bytes() for path in sorted(FOREIGN.iterdir()) if path.suffix != ".md"}
    found["talk.uem"] = b"talk 1 0.0 2.0\n"
    return found


@cache
def audio() -> bytes:
    """Return a file of two seconds of silence."""
    file = BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(16_000)
        made.writeframes(bytes(2 * 16_000 * 2))
    return file.getvalue()


def _changed(name: str, chance: Random) -> bytes:
    data = seeds()[name]
    if name.endswith((".json", ".otr")) and name not in SEVERAL and chance.random() < 0.7:
        return changed_json(data.decode(), chance).encode("utf-8", "surrogatepass")
    return changed_bytes(data, chance)


def a_file(chance: Random) -> Try:
    """Return a try with a damaged file, for a command that reads such."""
    name = chance.choice(sorted(seeds()))
    suffix = Path(name).suffix if chance.random() < 0.9 else chance.choice((".json", ".vtt", ".srt", ".ctm", ""))
    files = {f"talk{suffix}": _changed(name, chance)}
    given = f"talk{suffix}"
    arguments = chance.choice(_readers())(given, chance, files)
    return Try(arguments, files, plain_plugins, frozenset([given] if arguments[0] in ("rename", "relabel") else ()))


def _readers() -> Sequence[Callable[[str, Random, dict[str, bytes]], list[str]]]:
    def convert(given: str, chance: Random, files: dict[str, bytes]) -> list[str]:
        return ["convert", given, "--format", chance.choice(FORMATS), "-o", "out/"]

    def print_it(given: str, chance: Random, files: dict[str, bytes]) -> list[str]:
        return ["convert", given, "--format", chance.choice(FORMATS), "-o", "-", "-v"]

    def check(given: str, chance: Random, files: dict[str, bytes]) -> list[str]:
        return ["check", given, *chance.choice(([], ["--json"], ["-q"], ["--overlap", "stack"]))]

    def attribute(given: str, chance: Random, files: dict[str, bytes]) -> list[str]:
        files["turns.rttm"] = _changed("own.rttm", chance) if chance.random() < 0.7 else seeds()["own.rttm"]
        return ["attribute", given, "--rttm", "turns.rttm", "--format", chance.choice(FORMATS), "-o", "out/"]

    def by_ear(given: str, chance: Random, files: dict[str, bytes]) -> list[str]:
        files["talk.wav"] = audio()
        return ["attribute", given, "--audio", "talk.wav", "-o", "out/", *FAKES[2:]]

    def rename(given: str, chance: Random, files: dict[str, bytes]) -> list[str]:
        return ["rename", given, f"SPEAKER_00={chance.choice(ARGUMENTS)}"]

    def relabel(given: str, chance: Random, files: dict[str, bytes]) -> list[str]:
        return ["relabel", given, "--num-speakers", str(chance.randint(1, 3))]

    def evaluate(given: str, chance: Random, files: dict[str, bytes]) -> list[str]:
        files |= {"talk.stm": seeds()["own.stm"], "talk.rttm": seeds()["own.rttm"]} | dict(files)
        if chance.random() < 0.3:
            files["talk.uem"] = _changed("talk.uem", chance)
        if chance.random() < 0.3:
            files["talk.rttm"] = _changed("own.rttm", chance)
        if chance.random() < 0.3:
            files["talk.stm"] = _changed("own.stm", chance)
        return ["evaluate", ".", "--system", given, *chance.choice(([], ["--json"], ["--html", "page.html"]))]

    return (convert, convert, print_it, check, attribute, by_ear, rename, relabel, evaluate)


def a_recording(chance: Random) -> Try:
    """Return a try with a damaged recording, or another file of such a name."""
    data = changed_bytes(audio()[: chance.choice((44, 2000, 70_000))], chance)
    name = chance.choice(("talk.wav", "talk.mp3", "talk.mkv", "talk"))
    command = chance.choice((["transcribe", name, *FAKES], ["diarize", name, *FAKES[2:]]))
    return Try([*command, "-o", "out/"], {name: data}, plain_plugins)


LEFT_OUT = ("doctor", "fetch", "models", "diarizers", "devices")
"""Commands that inspect the whole machine, or use the network."""
SLOW = ("--isolate", "--help", "--version")


@cache
def commands() -> dict[str, click.Command]:
    """Return the commands that are tried, by name."""
    return {name: command for name, command in command_line().commands.items() if name not in LEFT_OUT}


def some_options(chance: Random) -> Try:
    """Return a try of any command with some of its options, most with unusual values."""
    name = chance.choice(sorted(commands()))
    files = {"talk.wav": audio(), "saved.json": seeds()["own.json"], "turns.rttm": seeds()["own.rttm"]}
    files |= {"truth/talk.stm": seeds()["own.stm"], "truth/talk.rttm": seeds()["own.rttm"]}
    files |= {"system/talk.json": seeds()["own.json"]}
    files |= {"cues.srt": seeds()["own.srt"], "words.json": seeds()["whisperx.json"]}
    usual = {
        "transcribe": ["talk.wav", *FAKES],
        "diarize": ["talk.wav", *FAKES[2:]],
        "attribute": ["words.json", *chance.choice((["--audio", "talk.wav", *FAKES[2:]], ["--rttm", "turns.rttm"]))],
        "evaluate": ["truth", "--system", "system"],
        "check": ["cues.srt"],
        "rename": ["saved.json", "SPEAKER_00=Ana"],
        "relabel": ["saved.json", "--num-speakers", "1"],
        "convert": ["saved.json"],
    }.get(name, [])
    options = [each for each in commands()[name].params if each.opts[0] not in SLOW and isinstance(each, click.Option)]
    given: list[str] = []
    for option in chance.sample(options, min(len(options), chance.choice((1, 1, 2, 3, 6)))):
        given.append(chance.choice(option.opts))
        if not (option.is_flag or option.count):
            given.append(_value(option, chance))
    if chance.random() < 0.15:
        given.append(chance.choice(ARGUMENTS))
    arguments = [name, *usual, *given]
    kept = {"saved.json"} if name in ("rename", "relabel") else set()
    return Try(arguments, files, plain_plugins, frozenset(kept))


def _value(option: click.Option, chance: Random) -> str:
    if isinstance(option.type, click.Choice) and chance.random() < 0.8:
        return str(chance.choice(list(option.type.choices)))
    if option.type.name in ("integer", "float") and chance.random() < 0.8:
        return str(chance.choice((*NUMBERS, 2, 3, 5, 0.04)))
    if option.opts[-1] == "--output":
        return chance.choice(("-", "out/", "out.vtt", "out.json", *ARGUMENTS))
    return chance.choice(ARGUMENTS)


ERRORS = (
    ValueError,
    KeyError,
    RuntimeError,
    OSError,
    RecursionError,
    MemoryError,
    StopIteration,
    SystemExit,
    Exception,
)


def _odd(chance: Random, usual: Any) -> Any:
    """Return the result of a stage or a hook: the right one, one with odd values, or another type."""
    if isinstance(usual, Word):
        return Word(chance.choice(VALUES), *(chance.choice((None, *NUMBERS, "x", float("nan"))) for _ in range(2)))
    if isinstance(usual, Turn):
        return Turn(*(chance.choice((*NUMBERS, None, "x", float("nan"))) for _ in range(2)), chance.choice(VALUES))
    return chance.choice((usual, *VALUES, object()))


class Rogue:
    """A plugin whose hooks and stages misbehave at random."""

    def __init__(self, chance: Random) -> None:
        self._where = chance.choice(
            ("register", "recognizer", "diarizer", "words", "turns", "writer", "progress", "command")
        )
        self._chance = chance

    def _act(self, where: str, usual: Any) -> Any:
        if where != self._where:
            return usual
        if self._chance.random() < 0.4:
            raise self._chance.choice(ERRORS)(self._chance.choice(TEXTS))
        return _odd(self._chance, usual)

    @hookimpl
    def register_recognizers(self, register: Any) -> None:
        """Register another recognizer."""
        register(RecognizerRegistration(self._act("register", "rogue"), lambda settings: self))

    @hookimpl
    def register_diarizers(self, register: Any) -> None:
        """Register another diarizer."""
        register(DiarizerRegistration("rogue", lambda settings: self, description=self._act("register", "")))

    @hookimpl
    def register_formats(self, register: Any) -> None:
        """Register another format."""
        suffix = self._act("register", ".rogue")
        register(FormatRegistration("rogue", "", suffix, lambda transcript: self._act("writer", "text")))

    @hookimpl
    def register_commands(self, cli: Any) -> None:
        """Add another command, or something that is none."""
        found = self._act("command", None)
        if found is not None:
            cli.add_command(found)

    @hookimpl
    def report(self, event: Any) -> None:
        """Receive progress."""
        self._act("progress", None)

    @hookimpl
    def modify_words(self, words: Any) -> Any:
        """Return other words."""
        return self._act("words", tuple(_odd(self._chance, word) for word in words) if self._where == "words" else None)

    @hookimpl
    def modify_diarization(self, diarization: Any) -> Any:
        """Return other turns."""
        odd = Diarization(tuple(_odd(self._chance, turn) for turn in TURNS))
        return self._act("turns", odd if self._where == "turns" else None)

    name = "rogue"

    def prepare(self, devices: Any, progress: Any) -> None:
        """Do nothing: no model is needed."""

    def recognize(self, waveform: Any, request: Any, devices: Any, progress: Any) -> Any:
        """Return the words, possibly changed."""
        odd = self._where == "recognizer"
        return self._act(
            "recognizer", Recognition(tuple(_odd(self._chance, w) if odd else w for w in SPOKEN), "en", "m")
        )

    def diarize(self, waveform: Any, request: Any, devices: Any, progress: Any) -> Any:
        """Return the turns, possibly changed."""
        odd = self._where == "diarizer"
        return self._act("diarizer", Diarization(tuple(_odd(self._chance, t) if odd else t for t in TURNS)))


def a_plugin(chance: Random) -> Try:
    """Return a try of a recording with a plugin that misbehaves somewhere."""
    rogue = Rogue(chance)
    command = chance.choice(
        (
            ["transcribe", "talk.wav", "--recognizer", "rogue", "--diarizer", "rogue", "--device", "cpu"],
            ["transcribe", "talk.wav", *FAKES, "--format", chance.choice(("rogue", *FORMATS))],
            ["diarize", "talk.wav", "--diarizer", "rogue", "--device", "cpu"],
            ["plugins"],
        )
    )
    extra = [] if command == ["plugins"] else ["-o", "out/"]
    return Try([*command, *extra], {"talk.wav": audio()}, lambda: plugins_with({"rogue": rogue}))


KINDS: dict[str, Callable[[Random], Try]] = {
    "file": a_file,
    "audio": a_recording,
    "options": some_options,
    "plugin": a_plugin,
}
WEIGHTS = {"file": 6, "audio": 1, "options": 4, "plugin": 2}
