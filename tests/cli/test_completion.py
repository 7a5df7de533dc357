"""`speakerplug completion`: the scripts, and what they are answered."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.cli.conftest import Run

SHELLS = ("bash", "zsh", "fish", "powershell")


Completed = Callable[..., list[str]]


@pytest.fixture
def completed(run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Completed:
    """Return a function: what a shell's script is told for a line whose last word is being typed."""

    def completed(shell: str, *typed: str) -> list[str]:
        monkeypatch.setenv("_SPEAKERPLUG_COMPLETE", f"{shell}_complete")
        monkeypatch.setenv("COMP_WORDS", "\n".join(typed[:-1]) if shell == "powershell" else " ".join(typed))
        monkeypatch.setenv("COMP_CWORD", typed[-1] if shell in ("fish", "powershell") else str(len(typed) - 1))
        with pytest.raises(SystemExit) as done:
            run()
        printed = capsys.readouterr()
        assert (done.value.code, printed.err) == (0, "")
        return printed.out.split()

    return completed


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_of_a_shell_prints_a_script_that_calls_the_program(
    run: Run, capsys: pytest.CaptureFixture[str], shell: str
) -> None:
    """With the variable by which the program knows the shell."""
    assert run("completion", shell) == 0
    script = capsys.readouterr().out
    assert "_SPEAKERPLUG_COMPLETE" in script
    assert f"{shell}_complete" in script


def test_completion_of_another_shell_is_refused_with_those_there_are(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong command line."""
    assert run("completion", "tcsh") == 2
    assert "'bash', 'zsh', 'fish', 'powershell'" in capsys.readouterr().err
    assert run("completion") == 2
    assert "Choose from: bash, zsh, fish, powershell" in capsys.readouterr().err


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_of_each_shell_knows_the_options(completed: Completed, shell: str) -> None:
    """Each shell has its own form of question and answer."""
    assert any("--max-line-width" in word for word in completed(shell, "speakerplug", "transcribe", "--max"))


def test_completion_knows_commands_values_and_files(completed: Completed) -> None:
    """Where click knows nothing, the shell completes file names; never after a dash."""
    assert completed("bash", "speakerplug", "tr") == ["plain,transcribe"]
    assert completed("bash", "speakerplug", "convert", "--labels", "al") == ["plain,always"]
    assert completed("bash", "speakerplug", "transcribe", "ta") == ["file,ta"]
    assert completed("bash", "speakerplug", "transcribe", "--nothing") == []
    assert completed("powershell", "speakerplug", "ren")[:2] == ["plain", "rename"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_completion_script_of_bash_completes_in_bash(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    """As when the Tab key is pressed."""
    assert run("completion", "bash") == 0
    script = capfd.readouterr().out
    typed = 'COMP_WORDS=(speakerplug transcribe --max-l) COMP_CWORD=2; _speakerplug_completion "$PROGRAM"'
    code = f'{script}\n{typed}\nprintf "%s\\n" "${{COMPREPLY[@]}}"'
    program = os.path.join(os.path.dirname(sys.executable), "speakerplug")
    done = subprocess.run(
        ["bash", "--norc", "-c", code], env={**os.environ, "PROGRAM": program}, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["--max-line-width", "--max-lines"]
