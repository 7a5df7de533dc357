"""`--config` and `speakerplug config`, on the whole command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run, write_wav

BASE = 'device = "cpu"\n[transcribe]\ndiarizer = "fake"\n'


@pytest.fixture(autouse=True)
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a recording in the current folder, whose configuration makes SRT; the user's own file is absent."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path / "own")
    monkeypatch.setenv("SPEAKERPLUG_RECOGNIZER", "fake")
    Path("speakerplug.toml").write_text(BASE + "srt = true\n")
    return write_wav(tmp_path / "talk.wav", 2.0)


def written() -> set[str]:
    """Return the results."""
    return {path.name for path in Path().glob("*.*")} - {"talk.wav", "speakerplug.toml", "mine.toml"}


def test_transcribe_in_a_folder_with_configuration_does_what_it_says(run: Run) -> None:
    """The file and the variable together name the models and the format."""
    assert run("transcribe", "talk.wav") == 0
    assert written() == {"talk.srt"}


def test_transcribe_with_a_typed_option_overrides_the_configuration(run: Run) -> None:
    """A format replaces the formats; so does the ending of an output."""
    assert run("transcribe", "talk.wav", "--vtt") == 0
    assert run("transcribe", "talk.wav", "--output", "it.txt") == 0
    assert run("transcribe", "talk.wav", "--output", "sub/") == 0
    assert written() == {"talk.vtt", "it.txt"}
    assert Path("sub/talk.srt").exists()


def test_transcribe_without_diarization_leaves_the_configured_number_of_speakers_out(run: Run) -> None:
    """It would contradict what was typed."""
    with Path("speakerplug.toml").open("a") as file:
        file.write("num-speakers = 2\nquiet = true\n")
    assert run("transcribe", "talk.wav", "--no-diarize", "-v") == 0


def test_transcribe_with_a_named_configuration_reads_no_other(run: Run) -> None:
    """It is the user's choice, so it may also say where the output goes."""
    Path("mine.toml").write_text(BASE + 'txt = true\noutput = "out/"\n')
    assert run("transcribe", "talk.wav", "--config", "mine.toml") == 0
    assert written() == set()
    assert [path.name for path in Path("out").iterdir()] == ["talk.txt"]


@pytest.mark.parametrize("arguments", [("transcribe", "talk.wav"), ("convert", "x.json"), ("config",)])
def test_command_with_a_broken_configuration_ends_with_a_sentence(
    run: Run, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    """Before any work, and in whichever table it is; the help can still be read."""
    Path("speakerplug.toml").write_text(BASE + "[convert]\nmax-line = 3\n")
    assert run(*arguments) == 2
    assert "speakerplug.toml, line 5: convert has no option max-line; did you mean" in capsys.readouterr().err
    assert run(arguments[0], "--help") == 0
    assert written() == set()


@pytest.mark.parametrize("key", ["trust-model = true", 'output = "x"', 'hf-token = "secret"', "offline = true"])
def test_command_in_a_folder_whose_configuration_claims_authority_is_refused(
    run: Run, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    """With the line and the remedy, and without the value."""
    Path("speakerplug.toml").write_text(f"{BASE}{key}\n")
    assert run("transcribe", "talk.wav") == 2
    shown = capsys.readouterr().err
    assert "speakerplug.toml, line 4: " in shown
    assert "type" in shown
    assert "secret" not in shown
    assert written() == set()


def test_config_shows_what_holds_and_where_it_came_from(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the commands it holds for; tokens are hidden, and unknown variables named."""
    monkeypatch.setenv("SPEAKERPLUG_HF_TOKEN", "hf_secretsecret")
    monkeypatch.setenv("SPEAKERPLUG_MODLE", "x")
    assert run("config") == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    place = Path("speakerplug.toml").absolute()
    assert f"device cpu {place}, line 1 all that have it" in lines
    assert f"format srt {place}, line 4 transcribe" in lines
    assert "hf-token (hidden) SPEAKERPLUG_HF_TOKEN all that have it" in lines
    assert "SPEAKERPLUG_MODLE is the variable of no option; did you mean SPEAKERPLUG_MODEL?" in lines
    assert not any("secretsecret" in line for line in lines)


def test_config_with_a_named_file_shows_that_alone(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """As the other commands read it."""
    Path("mine.toml").write_text("[convert]\ncrlf = true\n")
    assert run("config", "--config", "mine.toml") == 0
    shown = capsys.readouterr().out
    assert "mine.toml, line 2" in shown
    assert "speakerplug.toml" not in shown


def test_config_of_the_documentation_is_valid(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """As it stands on the page, in a folder where it is only found."""
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "configure.md").read_text(encoding="utf-8")
    Path("speakerplug.toml").write_text(page.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    assert run("config") == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["max-line-width", "37"] in [line[:2] for line in lines]
    assert ["format", "srt,", "json"] in [line[:3] for line in lines]
