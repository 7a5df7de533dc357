"""Real processes: kills at random moments, recordings that end theirs, two runs at once, a full disk, Ctrl-C."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.standins import stub_stages
from tests.standins.batch_kills import command, lines, run_killed, states, tree
from tests.standins.stub_stages import SLEEP, installed, write_clip

pytestmark = pytest.mark.slow


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the variables with which processes find the stub stages."""
    return {"PYTHONPATH": str(installed(tmp_path))}


def ran(arguments: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a command; return its exit code and what it printed to stderr."""
    done = subprocess.run(arguments, env={**os.environ, **environment}, capture_output=True, text=True)
    return done.returncode, done.stderr


def test_batch_killed_at_random_moments_loses_nothing_and_repeats_little(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """Results are those of an undisturbed run; each kill costs at most one recording, and no leftover stays."""
    files, kills = 30, 5
    order = random.Random(3)
    for number in range(files):
        write_clip(tmp_path / "in" / f"{number % 3}" / f"{number}.wav", order.uniform(0.5, 2.0), number)
    assert ran(command(tmp_path / "in", tmp_path / "whole"), environment)[0] == 0
    slowly = {**environment, SLEEP: "0.1"}
    killed, code = run_killed(command(tmp_path / "in", tmp_path / "out"), slowly, tmp_path / "out", files, kills, 5)
    assert code == 0
    assert len(killed) == kills
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")
    assert states(tmp_path / "out")["started"] <= files + kills
    assert len({line["key"] for line in lines(tmp_path / "out") if line.get("state") == "done"}) == files


def test_batch_with_nasty_files_does_all_others_and_names_them(tmp_path: Path, environment: dict[str, str]) -> None:
    """One of them kills its process, twice, and one never ends; exit code 1, and each is named with a hint."""
    good = [write_clip(tmp_path / "in" / f"good{number}.wav", 1.0, number) for number in range(4)]
    for number, name in enumerate(("kills.wav", "raises.wav")):
        write_clip(tmp_path / "in" / name, 1.0, number)
    (tmp_path / "in" / "empty.mp3").touch()
    (tmp_path / "in" / "text.mp4").write_text("no film")
    (tmp_path / "in" / "nowhere.wav").symlink_to(tmp_path / "nothing.wav")
    code, printed = ran(command(tmp_path / "in", tmp_path / "out", "--workers", "2"), environment)
    assert code == 1
    assert f"{len(good)} done, 5 failed" in printed
    for name in ("kills.wav", "raises.wav", "empty.mp3", "text.mp4", "nowhere.wav"):
        assert name in printed
    deaths = [line for line in lines(tmp_path / "out") if line.get("state") in ("died", "killed")]
    assert [line["key"] for line in deaths] == ["kills.wav", "kills.wav"]
    assert "Traceback" not in printed
    assert not list((tmp_path / "out").glob(".speakerplug-*"))


def test_batch_ends_what_takes_longer_than_its_limit(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that hangs is replaced, and the recording set aside after the second time."""
    import speakerplug.batch.plan
    from speakerplug import transcribe_many

    monkeypatch.setattr(speakerplug.batch.plan, "BASE_S", 6.0)
    monkeypatch.setenv("PYTHONPATH", environment["PYTHONPATH"])
    monkeypatch.syspath_prepend(environment["PYTHONPATH"])
    clips = [write_clip(tmp_path / name, 0.1) for name in ("hangs.wav", "a.wav")]
    stages = {"recognizer": stub_stages.STUB, "diarizer": stub_stages.STUB, "device": "cpu"}
    found = {each.path.name: each for each in transcribe_many(clips, output=tmp_path / "out", **stages)}
    assert found["a.wav"].is_done
    assert found["hangs.wav"].error == "Died"
    assert "it took longer than its limit of 9 s" in found["hangs.wav"].message


def test_batch_refuses_a_second_run_in_the_folder_and_ctrl_c_says_how_to_go_on(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """The second says who holds it; the first ends within seconds, and the same command goes on."""
    for number in range(3):
        write_clip(tmp_path / "in" / f"{number}.wav", 1.0, number)
    arguments = command(tmp_path / "in", tmp_path / "out")
    slowly = {**os.environ, **environment, SLEEP: "60"}
    first = subprocess.Popen(arguments, env=slowly, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60.0
    while not states(tmp_path / "out")["started"] and time.monotonic() < until:
        time.sleep(0.05)
    code, printed = ran(arguments, environment)
    assert code == 2
    assert f"Another run is at work in {tmp_path / 'out'}: process {first.pid} on " in printed
    began = time.monotonic()
    first.send_signal(signal.SIGINT)
    _, printed = first.communicate()
    assert time.monotonic() - began < 5.0
    assert first.returncode == 130
    assert "0 of 3 recordings are done; the same command goes on from there." in printed
    assert ran(arguments, environment)[0] == 0
    assert len(list((tmp_path / "out").glob("*.vtt"))) == 3


def test_batch_on_a_full_disk_stops_and_goes_on_later(tmp_path: Path, environment: dict[str, str]) -> None:
    """What is written is whole; a file that may grow to few bytes stands for the disk."""
    for number in range(5):
        write_clip(tmp_path / "in" / f"{number}.wav", 8.0, number)
    arguments = command(tmp_path / "in", tmp_path / "out")

    def limit() -> None:
        """Let no file grow beyond what a JSON of eight words needs."""
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))

    own = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}  # it writes files, too
    own["PYTHONDONTWRITEBYTECODE"] = "1"  # half a file of bytecode would be read by the next process
    full = subprocess.run(arguments, env={**own, **environment}, capture_output=True, text=True, preexec_fn=limit)
    assert full.returncode == 1
    assert "free disk space" in full.stderr
    assert "Traceback" not in full.stderr
    assert not list((tmp_path / "out").glob("*.json"))
    code, printed = ran(arguments, environment)
    assert code == 0, printed
    assert len(list((tmp_path / "out").glob("*.json"))) == 5
