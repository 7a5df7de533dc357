"""Threads that wait soon sleep: what OpenMP is told before it is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

from speakerplug.devices.torch_state import SPINS

# What OpenMP reads is the environment of the process, as C sees it, at the moment when torch is imported.
SEEN = """
import ctypes, sys
getenv = ctypes.CDLL(None).getenv
getenv.restype = ctypes.c_char_p

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            print((getenv(b"GOMP_SPINCOUNT") or b"nothing").decode())
            sys.exit()

sys.meta_path.insert(0, Watch())
"""
LOOKS = {
    "devices": "from speakerplug.devices import DeviceManager; DeviceManager().inventory()",
    "decoding": "from speakerplug.media.decode_torchcodec import audio_decoder; audio_decoder()",
}


@pytest.mark.skipif(sys.platform == "win32", reason="C has an environment of its own there")
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("GOMP_SPINCOUNT", None, SPINS),
        ("GOMP_SPINCOUNT", "5", "5"),
        ("OMP_WAIT_POLICY", "ACTIVE", "nothing"),
    ],
)
def test_waiting_threads_soon_sleep(
    monkeypatch: pytest.MonkeyPatch, look: str, name: str, value: str | None, seen: str
) -> None:
    """Whoever imports torch first here has said so by then; what the user set stays."""
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    if value is not None:
        monkeypatch.setenv(name, value)
    done = subprocess.run([sys.executable, "-c", SEEN + look], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [seen]
