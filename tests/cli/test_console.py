"""Messages on stderr, of SpeakerPlug and of plugins."""

from __future__ import annotations

import logging
import sys
import types
from pathlib import Path

import pytest

from speakerplug.plugin import hookimpl
from speakerplug.plugin.manager import Plugins
from tests.cli.conftest import FAKES, Run, write_wav


@pytest.fixture
def talkative(plugins: Plugins, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a plugin whose module logs under its own name."""
    module = types.ModuleType("talkative")
    log = logging.getLogger("talkative.inside")

    @hookimpl
    def modify_words(words: object) -> None:
        log.debug("a detail")
        log.info("something to know")
        log.warning("something to mind")

    module.modify_words = modify_words  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "talkative", module)
    plugins.add("talkative", module)
    return "talkative"


LINES = {"-q": [], "": ["something to know", "Warning: something to mind"]}
LINES["-v"] = ["a detail", *LINES[""]]


@pytest.mark.parametrize("option", LINES)
@pytest.mark.usefixtures("talkative")
def test_log_of_a_plugin_is_shown_like_ours(
    run: Run, tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """From INFO on; errors only with -q, everything with -v; each line once."""
    talk = write_wav(tmp_path / "talk.wav", seconds=2.0)
    assert run("transcribe", talk, *FAKES, *filter(None, [option])) == 0
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line in LINES["-v"]] == LINES[option]
