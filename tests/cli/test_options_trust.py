"""`--trust-model`: an option of every command that takes a diarizer, which reaches the checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import speakerplug
from speakerplug.cli import main
from speakerplug.errors import ModelError
from speakerplug.plugin import DiarizerRegistration
from speakerplug.plugin.manager import Plugins
from speakerplug.plugin.roles import DiarizerSettings
from speakerplug.testing import FakeDiarizer
from tests.cli.conftest import TURNS, Run, write_wav


def commands() -> Iterator[click.Command]:
    """Return every command that has an option --diarizer."""
    from speakerplug.cli import attribute, batch, diarize, transcribe

    yield from (attribute.attribute, batch.batch, diarize.diarize, transcribe.transcribe)


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "talk.wav", seconds=2.0)


@pytest.fixture
def settings(plugins: Plugins) -> list[DiarizerSettings]:
    """Return the settings that the diarizer `asking` was made with."""
    given: list[DiarizerSettings] = []

    class Plugin:
        @speakerplug.hookimpl
        def register_diarizers(self, register: Any) -> None:
            register(DiarizerRegistration("asking", lambda settings: given.append(settings) or FakeDiarizer(TURNS)))

    plugins.add("asking", Plugin())
    return given


def test_trust_model_is_a_flag_of_every_command_that_loads_a_diarizer(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its help names the risk, and no environment variable sets it."""
    assert run("--help") == 0
    listed = capsys.readouterr().out
    for command in commands():
        assert f" {command.name} " in listed
        options = {option: parameter for parameter in command.params for option in parameter.opts}
        assert "--diarizer" in options
        trust = options["--trust-model"]
        assert isinstance(trust, click.Option)
        assert trust.is_flag
        assert trust.envvar is None
        assert "run any program with your rights" in (trust.help or "")
    for line in listed.splitlines():
        name = line.strip().partition(" ")[0]
        if name.isalpha() and name.islower() and name not in {command.name for command in commands()}:
            run(name, "--help")
            text = capsys.readouterr().out
            assert "--trust-model" not in text, name
            assert "--diarizer " not in text or name == "pipeline", name  # it names one for another tool


@pytest.mark.parametrize("given", [(), ("--trust-model",)])
@pytest.mark.parametrize(
    "command",
    [
        ("diarize", "{talk}"),
        ("transcribe", "{talk}", "--recognizer", "fake"),
        ("attribute", "{words}", "--audio", "{talk}"),
    ],
)
def test_trust_model_reaches_the_diarizer(
    run: Run,
    talk: Path,
    settings: list[DiarizerSettings],
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    given: tuple[str, ...],
) -> None:
    """Only from the option, whatever the environment has."""
    monkeypatch.setenv("SPEAKERPLUG_TRUST_MODEL", "1")
    words = talk.with_name("words.srt")
    words.write_text("1\n00:00:00,100 --> 00:00:00,900\nHello there.\n")
    arguments = [part.format(talk=talk, words=words) for part in command]
    assert run(*arguments, "--diarizer", "asking", "--device", "cpu", *given) == 0
    assert [each.trust_model for each in settings] == [bool(given)]


def test_trust_model_with_known_turns_is_refused(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Then no model runs."""
    assert run("attribute", talk, "--rttm", talk, "--trust-model") == 2
    assert "--trust-model is for --audio" in capsys.readouterr().err


def test_library_trusts_a_model_only_with_trust_model(
    talk: Path, settings: list[DiarizerSettings], plugins: Plugins
) -> None:
    """In every function that takes a diarizer."""
    for given in ({}, {"trust_model": True}):
        with speakerplug.Transcriber(diarizer="asking", recognizer=None, device="cpu", plugins=plugins, **given) as it:
            it.transcribe(talk)
    assert [each.trust_model for each in settings] == [False, True]


@pytest.mark.models
@pytest.mark.parametrize("isolate", [(), ("--isolate",)])
def test_hostile_folder_is_refused_and_not_run(
    tmp_path: Path, talk: Path, capsys: pytest.CaptureFixture[str], isolate: tuple[str, ...]
) -> None:
    """One sentence, no file, the exit code of a model's error; with --trust-model it runs."""
    from tests.diarizers.pyannote.untrusted import hostile, save_pipeline

    trace = tmp_path / "trace"
    folder = save_pipeline(tmp_path / "pipeline", embedding=hostile(trace)["hyper-parameters"][0])
    arguments = ["diarize", str(talk), "--diarizer", str(folder), "--device", "cpu", "-o", str(tmp_path / "out.rttm")]
    assert main([*arguments, *isolate]) == ModelError.exit_code
    printed = capsys.readouterr().err
    assert f"Error: {folder}/embedding/pytorch_model.bin names 'posix.system', which could run anything" in " ".join(
        printed.split()
    )
    assert "Traceback" not in printed
    assert not trace.exists()
    assert not (tmp_path / "out.rttm").exists()
    main([*arguments, *isolate, "--trust-model"])
    assert trace.exists()
