"""`speakerplug evaluate` with the real stack."""

from __future__ import annotations

import json

import pytest

from tests.integration.test_command_line import REAL, speakerplug

pytestmark = pytest.mark.models


def test_the_packaged_conversation_is_evaluated() -> None:
    """Without a manifest, SpeakerPlug is run on what pyannote.audio ships, and is right about most of it."""
    done = speakerplug("evaluate", *REAL, "--json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["rows"]
    assert (row["name"], row["found"], row["true"]) == ("sample", 2, 2)
    rates = {name: measure["rate"] for name, measure in row["measures"].items()}
    assert rates["wder"] < 0.1
    assert rates["wer"] < rates["cpwer"] < 0.3
    assert rates["der_collar"] < rates["der"] < 0.12
    assert row["seconds"] > 0
