"""Tokens and keys are in nothing that is logged or raised."""

from __future__ import annotations

import logging
import pickle
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from speakerplug import errors, hookimpl, hub
from speakerplug.errors import ModelError, OutputError, keep_secret, masked, masked_error
from speakerplug.plugin.manager import Plugins
from tests.standins.hub import TOKEN, StandInHub, connect

REPO = "owner/model"
LIKE_A_TOKEN = "hf_" + "aB3" * 11


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the secrets of other tests."""
    monkeypatch.setattr(errors, "_known", set())


@pytest.fixture
def echoing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """Yield a hub that repeats the token in each of its refusals."""
    with StandInHub({REPO: {"model.bin": b"x" * 2_000}}, gated={REPO}, echoes=True).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path)
        yield standin


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"token {LIKE_A_TOKEN}.", "token ***."),
        ("Authorization: Bearer abcdefgh.12345678-_", "Authorization: Bearer ***"),
        ("proxy http://ana:pass@host:3128/ refused", "proxy http://***@host:3128/ refused"),
        ("https://host/a?X-Amz-Signature=00ff&x=1&token=abc", "https://host/a?X-Amz-Signature=***&x=1&token=***"),
        ("{'Authorization': 'Basic YW5hOnBhc3N3b3Jk'}", "{'Authorization': 'Basic ***'}"),
        (
            "hf_hub_download, basic internationalization, the bearer",
            "hf_hub_download, basic internationalization, the bearer",
        ),
        ("https://hf.co/settings/tokens?page=2", "https://hf.co/settings/tokens?page=2"),
        ("at 10:30 ana@example.org wrote https://host:80/a", "at 10:30 ana@example.org wrote https://host:80/a"),
    ],
)
def test_masked_for_what_looks_like_a_secret_hides_it(text: str, shown: str) -> None:
    """Tokens, headers, passwords and signatures in addresses are masked; everything else stays."""
    assert masked(text) == shown


def test_masked_for_known_secrets_hides_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Those that were used, and those of environment variables; short words and file names stay."""
    monkeypatch.setenv("SOMEBODYS_API_KEY", "their own key")
    monkeypatch.setenv("SHORT_TOKEN", "talk")
    monkeypatch.setenv("SSH_SECRET", str(tmp_path))
    assert keep_secret("secret of ours") == "secret of ours"
    assert masked(f"secret of ours, their own key, talk, {tmp_path}") == f"***, ***, talk, {tmp_path}"


def test_masked_for_long_texts_is_fast() -> None:
    """Each pattern is searched in one pass, whatever a server sends."""
    began = time.perf_counter()
    for part in ("sig", "?sig", "bearer ", "bearer\t" * 2, "://a:", "hf_a", "authorization:"):
        masked("?" + part * 40_000)
    assert time.perf_counter() - began < 5


def test_error_that_quotes_a_secret_masks_it() -> None:
    """In all of its parts, also as an OSError, and after it was pickled."""
    error = OutputError(13, f"refused {LIKE_A_TOKEN}", "file")
    assert (error.errno, error.strerror, error.filename) == (13, "refused ***", "file")
    assert str(pickle.loads(pickle.dumps(ModelError(f"no {LIKE_A_TOKEN}")))) == "no ***"


def test_masked_error_masks_its_causes() -> None:
    """Causes, contexts, notes and the members of groups."""
    inner, noted = KeyError(LIKE_A_TOKEN), ValueError(f"x {LIKE_A_TOKEN}", 3)
    noted.__notes__ = [f"a note on {LIKE_A_TOKEN}"]  # type: ignore[attr-defined]
    noted.__cause__, inner.__context__ = inner, OSError(5, f"read {LIKE_A_TOKEN}")
    inner.__context__.__context__ = noted  # a cycle
    assert masked_error(noted) is noted
    assert noted.args == ("x ***", 3)
    assert LIKE_A_TOKEN not in "".join(traceback.format_exception(noted))
    assert "a note on ***" in getattr(noted, "__notes__")  # noqa: B009 - Python 3.10 has no such attribute of its own


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_fetch_from_a_hub_that_echoes_the_token_raises_without_it(
    echoing: StandInHub, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """Neither the error, nor its cause, nor a traceback or a log has the token."""
    echoing.fails = ("/resolve/", status)
    with caplog.at_level(logging.DEBUG), pytest.raises(ModelError) as caught:
        hub.fetch(REPO, ("model.bin",), TOKEN)
    shown = "".join(traceback.format_exception(caught.value))
    assert "Traceback" in shown
    assert TOKEN not in shown
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("speakerplug")]
    assert not any(TOKEN in text for text in ours)


def test_token_of_the_hubs_login_is_masked(echoing: StandInHub, tmp_path: Path) -> None:
    """No option named it."""
    (tmp_path / "token").write_text("login-of-a-user")
    echoing.fails = ("/resolve/", 500)
    with pytest.raises(ModelError) as caught:
        hub.fetch(REPO, ("model.bin",))
    shown = "".join(traceback.format_exception(caught.value))
    assert "refused: Authorization" in shown
    assert "login-of-a-user" not in shown


def test_failure_of_a_plugin_that_quotes_a_token_masks_it() -> None:
    """The failure quotes what the plugin raised."""

    class Raising:
        @hookimpl
        def register_models(self, register: object) -> None:
            raise ValueError(f"refused {LIKE_A_TOKEN}")

    plugins = Plugins({"talkative": Raising()}, discover=False)
    assert [failure.plugin for failure in plugins.failures] == ["talkative"]
    assert "***" in plugins.failures[0].reason
    assert LIKE_A_TOKEN not in plugins.failures[0].reason


def test_error_that_is_made_again_has_the_same_message() -> None:
    """A message is truncated once, also where an error is passed between processes."""
    error = OutputError(f"There is no '{'x' * 100}' in {'y' * 400} either; name another.")
    assert str(error) == f"There is no '{'x' * 80}…' in {'y' * 80}… either; name another."
    assert str(OutputError(str(error))) == str(error)
