"""The command on S3: moto's server on this machine, and s3fs, from an environment of their own; stages are stubs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.conftest import ROOT
from tests.standins.stub_stages import OPTIONS, installed, write_clip

pytestmark = pytest.mark.hosts

PACKAGES = ("moto[server]==5.2.5", "s3fs==2026.9.0")
SECRET = "wJalrXUtnFEMI-a-secret"
BATCH = "from speakerplug.cli import run; run()"
FILL = """
import sys, fsspec
system = fsspec.filesystem("s3")
system.mkdir("bucket")
system.put(sys.argv[1], "bucket/talks", recursive=True)
"""
READ = """
import json, fsspec
system = fsspec.filesystem("s3")
print(json.dumps({path: system.cat_file(path).decode("utf-8", "replace") for path in system.find("bucket/results")}))
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def packages() -> Path:
    """Return the folder of moto, s3fs and what they require, such as an older dateutil than in constraints.txt."""
    folder = ROOT / ".cache" / "hosts" / "s3"
    if not (folder / "installed").exists():
        uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--python", sys.executable]
        subprocess.run([*uv, "--target", str(folder), *PACKAGES], check=True)
        (folder / "installed").touch()
    return folder


@pytest.fixture
def s3(packages: Path, tmp_path: Path) -> Iterator[Run]:
    """Return what runs Python code with a storage of S3, whose server ends with the test."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (installed(tmp_path), packages))),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }

    def run(code: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run it."""
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)

    server = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], env=environment,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.1)
        yield run
    finally:
        server.kill()
        server.wait()


def objects(s3: Run) -> dict[str, str]:
    """Return the content of each object in the results."""
    done = s3(READ)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, str] = json.loads(done.stdout)
    return found


def records(found: dict[str, str]) -> list[dict[str, Any]]:
    """Return the lines of all journals."""
    return [json.loads(line) for path in sorted(found) if path.endswith(".jsonl") for line in found[path].splitlines()]


def test_batch_on_s3_writes_what_it_writes_to_a_folder_and_goes_on(s3: Run, tmp_path: Path) -> None:
    """Results are those of a local run, a second run does nothing, a status reads the journals, and no secret leaks."""
    for number, name in enumerate(("a.wav", "sub/b.wav", "sub/c.wav")):
        write_clip(tmp_path / "in" / name, 1.5, number)
    (tmp_path / "in" / "bad.mp3").write_text("no recording")
    assert s3(FILL, tmp_path / "in").returncode == 0
    local = s3(BATCH, "batch", tmp_path / "in", "--output", tmp_path / "out", "--vtt", *OPTIONS)
    assert local.returncode == 1, local.stderr
    first = s3(BATCH, "batch", "s3://bucket/talks", "--output", "s3://bucket/results", "--vtt", *OPTIONS)
    assert first.returncode == 1, first.stderr
    assert "3 done, 1 failed" in first.stderr
    assert "s3://bucket/talks/bad.mp3" in first.stderr
    found = objects(s3)
    for name in ("a.vtt", "sub/b.vtt", "sub/c.vtt"):
        assert found[f"bucket/results/{name}"] == (tmp_path / "out" / name).read_text()
    again = s3(BATCH, "batch", "s3://bucket/talks", "--output", "s3://bucket/results", "--vtt", *OPTIONS)
    assert "3 done before, 1 failed" in again.stderr
    assert len([each for each in records(objects(s3)) if each.get("state") == "started"]) == 4
    status = s3(BATCH, "batch", "--status", "s3://bucket/results")
    assert "3 done" in status.stdout
    everything = "".join((first.stderr, again.stderr, status.stdout, *found.values()))
    assert SECRET not in everything
    assert not list((tmp_path / "cache").rglob("*.vtt"))


def test_batch_on_s3_without_the_bucket_says_so(s3: Run) -> None:
    """The message names the URL and what to check, with no traceback."""
    done = s3(BATCH, "batch", "s3://nowhere/talks", "--output", "s3://nowhere/results", "--vtt", *OPTIONS)
    assert done.returncode == 1
    assert "s3://nowhere" in done.stderr
    assert "check the URL" in done.stderr
    assert "Traceback" not in done.stderr
