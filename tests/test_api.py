"""The public API: its names, when they are imported, and what type checkers and users see of a wrong option."""

from __future__ import annotations

import ast
import inspect
import os
import pydoc
import re
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any, get_type_hints

import pytest

import speakerplug
from speakerplug.pipeline.options import TranscribeOptions
from speakerplug.testing import FakeDiarizer, plugins_with, silence

LAZY = Path(speakerplug.__file__)


def python(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a process of its own to its end."""
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, env={**os.environ, **variables}
    )


def test_all_equals_the_imports_for_type_checkers_and_the_lazy_import() -> None:
    """Three lists in one file are equal: `__all__`, the imports for type checkers, the homes of the lazy import."""
    tree = ast.parse(LAZY.read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imported = {
        (f".{node.module}", name.name) for node in block.body if isinstance(node, ast.ImportFrom) for name in node.names
    }
    homes: dict[str, tuple[str, ...]] = speakerplug._HOMES  # type: ignore[attr-defined]
    assert imported == {(home, name) for home, names in homes.items() for name in names}
    assert sorted(speakerplug.__all__) == sorted([*(name for _, name in imported), "__version__"])


@pytest.mark.parametrize("name", speakerplug.__all__)
def test_each_name_of_all_can_be_imported(name: str) -> None:
    """Even if nothing else was imported before."""
    assert getattr(speakerplug, name) is not None


def test_dir_and_help_show_the_public_names_only() -> None:
    """`help(speakerplug)` explains what `__all__` lists."""
    assert dir(speakerplug) == sorted(speakerplug.__all__)
    text = pydoc.plain(pydoc.render_doc(speakerplug))
    shown = text.partition("\nCLASSES\n")[2]
    assert "class Transcriber(" in shown
    for name in ("silence_telemetry", "TYPE_CHECKING", "_HOMES"):
        assert name not in text


def test_unknown_name_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="no attribute 'transcrib'"):
        _ = speakerplug.transcrib  # type: ignore[attr-defined]


def test_version_is_that_of_the_package() -> None:
    """It is defined in one place."""
    assert speakerplug.__version__ == metadata.version("speakerplug")


def test_import_speakerplug_loads_nothing_but_itself() -> None:
    """Telemetry is off by then, and no library is imported."""
    code = (
        "import os, sys; before = set(sys.modules); import speakerplug; "
        "print(os.environ['HF_HUB_DISABLE_TELEMETRY'], *sorted({name.partition('.')[0] for name in sys.modules} - "
        "{name.partition('.')[0] for name in before} - set(sys.stdlib_module_names)))"
    )
    assert python("-c", code).stdout.split() == ["1", "speakerplug"]


def imported_by(*command: str) -> tuple[set[str], subprocess.CompletedProcess[str]]:
    """Return the top modules that a command imports, and the ended process."""
    done = python("-X", "importtime", "-m", "speakerplug", *command)
    lines = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {name.partition(".")[0] for name in lines}, done


HEAVY = {"numpy", "torch", "av", "scipy", "ctranslate2", "faster_whisper", "pyannote", "huggingface_hub", "pysubs2"}


def test_help_is_fast_and_imports_no_numpy() -> None:
    """Nothing heavy is imported to list the commands, even those of plugins; on an idle machine it takes 0.2 s."""
    began = time.monotonic()
    imported, done = imported_by("--help")
    assert time.monotonic() - began < 5.0  # the machine may be busy
    assert "click" in imported
    assert not imported & HEAVY
    assert {"transcribe", "evaluate"} <= set(done.stdout.split())


@pytest.mark.slow
@pytest.mark.parametrize("command", ["transcribe", "diarize"])
def test_missing_file_is_reported_without_numpy(tmp_path: Path, command: str) -> None:
    """A typing error is reported without waiting for torch."""
    imported, done = imported_by(command, str(tmp_path / "talk.mp4"))
    assert not imported & HEAVY
    assert f"Error: There is no file {tmp_path / 'talk.mp4'}" in done.stderr
    assert done.returncode == 1


@pytest.mark.slow
def test_missing_recording_of_words_is_reported_without_torch(tmp_path: Path) -> None:
    """`attribute` checks its recording before it prepares to recognize it."""
    words = tmp_path / "words.json"
    words.write_text('{"segments": [{"start": 0, "end": 1, "text": "Hi"}]}', encoding="utf-8")
    imported, done = imported_by("attribute", str(words), "--audio", str(tmp_path / "talk.mp4"))
    assert "torch" not in imported
    assert f"Error: There is no file {tmp_path / 'talk.mp4'}" in done.stderr


@pytest.mark.slow
def test_python_m_speakerplug_is_the_command_line() -> None:
    """With its name in messages and its exit codes."""
    shown = python("-m", "speakerplug", "--version").stdout
    assert shown.startswith(f"speakerplug, version {speakerplug.__version__}\n")
    assert python("-m", "speakerplug", "transcrib").returncode == 2


def test_typed_options_are_those_of_options() -> None:
    """The keywords that type checkers know have the names and types of the fields of `Options`."""
    typed = TranscribeOptions.__annotations__
    given = {name: getattr(hint, "__forward_arg__", hint) for name, hint in typed.items()}
    assert given == speakerplug.Options.__annotations__
    assert get_type_hints(TranscribeOptions)["model"] is str


def test_options_docstring_explains_every_field() -> None:
    """The API reference is made of it: an entry for each field, in their order."""
    documented = re.findall(r"^    (\w+): \S", inspect.getdoc(speakerplug.Options) or "", re.MULTILINE)
    assert documented == list(speakerplug.Options.__dataclass_fields__)


WRONG = """
import speakerplug
from speakerplug import Transcriber, diarize, diarizing, transcribe
transcribe("talk.mp4", model="tiny.en", num_speakers=2)
transcribe("talk.mp4", modle="tiny.en")  # codespell:ignore modle
transcribe("talk.mp4", num_speakers="2")
diarize("talk.mp4", num_speaker=2)
diarizing("talk.mp4", progress=print, offline="yes")
Transcriber(langauge="en")  # codespell:ignore langauge
speakerplug.transcrib("talk.mp4")
transcribe("talk.mp4", progress=lambda event: event.recordin)  # codespell:ignore recordin
"""


@pytest.mark.slow
def test_type_checker_finds_wrong_options(tmp_path: Path) -> None:
    """mypy names each line with a misspelled or mistyped one, and no other."""
    snippet = tmp_path / "wrong.py"
    snippet.write_text(WRONG, encoding="utf-8")
    alone = ("--no-site-packages", "--ignore-missing-imports", "--follow-imports=silent")  # numpy takes a minute
    found = python("-m", "mypy", "--cache-dir", str(tmp_path), *alone, str(snippet), MYPYPATH=str(LAZY.parents[1]))
    wrong = {int(line.split(":")[1]) for line in found.stdout.splitlines() if ": error:" in line}
    assert wrong == set(range(5, 12)), found.stdout + found.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"modle": "tiny.en"}, r"There is no option modle; did you mean model\?"),  # codespell:ignore modle
        ({"speakers": 2}, r"There is no option speakers; did you mean \w*speakers\?"),
        ({"zzz": 2}, "There is no option zzz; choose of: recognizer, model, "),
        ({"num_speakers": "2"}, "num_speakers is '2'; it must be a whole number"),
        ({"num_speakers": True}, "num_speakers is True; it must be a whole number"),
        ({"segmentation_step": "fast"}, "segmentation_step is 'fast'; it must be a number"),
        ({"segmentation_step": 0.05}, r"segmentation_step is 0\.05; it must be from 0\.1 to 10 seconds\."),
        ({"segmentation_step": 11}, r"segmentation_step is 11; it must be from 0\.1 to 10 seconds\."),
        ({"segmentation_step": float("nan")}, r"segmentation_step is nan; it must be from 0\.1 to 10 seconds\."),
        ({"offline": "no"}, "offline is 'no'; it must be True or False"),
        ({"model": 5}, "model is 5; it must be a string"),
    ],
)
def test_wrong_option_is_a_usage_error(options: dict[str, Any], said: str) -> None:
    """Misspelled or mistyped, in every call with options: one sentence with what is accepted."""
    for call in (speakerplug.transcribe, speakerplug.diarize):
        with pytest.raises(speakerplug.UsageError, match=said):
            call(silence(), **options)
    with pytest.raises(speakerplug.UsageError, match=said), speakerplug.diarizing(silence(), **options):
        pass
    for make in (speakerplug.Options, speakerplug.Transcriber):
        with pytest.raises(speakerplug.UsageError, match=said):
            make(**options)


def test_name_for_an_unknown_speaker_is_a_usage_error() -> None:
    """It lists the known ones."""
    transcript = speakerplug.Transcript(speakers=(speakerplug.Speaker("SPEAKER_00", "SPEAKER_00"),))
    assert transcript.renamed({"SPEAKER_00": "Ana"}).name_of("SPEAKER_00") == "Ana"
    with pytest.raises(speakerplug.UsageError, match=r"no speaker 'SPEAKER_07' to name; there are: SPEAKER_00\."):
        transcript.renamed({"SPEAKER_07": "Ben"})


def test_transcriber_has_public_attributes_only() -> None:
    """The calls, the partial result of a call that hangs, where it would go on, and what it was built from."""
    plugins = plugins_with(diarizer=FakeDiarizer())
    with speakerplug.Transcriber(plugins=plugins, diarizer="fake", device="cpu") as transcriber:
        public = {name for name in dir(transcriber) if not name.startswith("_")}
    calls = {"prepare", "transcribe", "diarize", "attribute", "with_options", "close"}
    assert public == calls | {"partial", "checkpoint", "options", "plugins", "devices"}
