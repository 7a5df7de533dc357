"""The hub: its requests, its downloads, and its errors."""

from __future__ import annotations

import errno
import hashlib
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from speakerplug import hub
from speakerplug.errors import Cancelled, ModelError
from tests.standins.hub import TOKEN, StandInHub, connect

REPO = "owner/model"
FILES = {"config.json": b"{}", "vocabulary.txt": b"a\nb", "model.bin": bytes(range(256)) * 40, "README.md": b"hello"}
PATTERNS = ("model.bin", "config.json", "vocabulary.*")


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """Yield a hub with one model, to which this process is connected."""
    with StandInHub({REPO: dict(FILES)}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path)
        yield standin


def refused_endpoint() -> str:
    """Return an address at which no server listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def is_one_sentence(error: BaseException) -> bool:
    """Return whether a message is one sentence, with its hint after a semicolon, and contains no token."""
    text = str(error)
    return text.endswith(".") and "; " in text and "\n" not in text and ". " not in text and "hf_" not in text


def test_fetch_downloads_matching_files_and_caches_them(standin: StandInHub) -> None:
    """Patterns choose the files; a second time, none of their bytes are requested."""
    assert hub.cached(REPO, ["model.bin"]) is None
    folder = hub.fetch(REPO, PATTERNS)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        name: content for name, content in FILES.items() if name != "README.md"
    }
    assert hub.cached(REPO, ["model.bin", "config.json"]) == folder
    assert hub.cached(REPO, ["model.bin", "README.md"]) is None
    standin.asked.clear()
    assert hub.fetch(REPO, PATTERNS) == folder
    assert not standin.downloads()


def test_fetch_progress_counts_bytes_up_to_the_total(standin: StandInHub) -> None:
    """Progress never goes back, and ends at the size of the downloaded files."""
    told: list[tuple[str, float, float]] = []
    hub.fetch(REPO, PATTERNS, progress=lambda *report: told.append(report))
    total = sum(len(content) for name, content in FILES.items() if name != "README.md")
    assert {(step, of) for step, _, of in told} == {(f"download {REPO}", total)}
    done = [completed for _, completed, _ in told]
    assert done == sorted(done)
    assert done[-1] == total


def test_fetch_downloads_the_largest_file_last(standin: StandInHub) -> None:
    """An interrupted download never looks complete by its model.bin."""
    hub.fetch(REPO, PATTERNS)
    assert "/storage/" in standin.downloads()[-1].path


def test_fetch_sends_the_token_to_the_hub_only(standin: StandInHub) -> None:
    """The hub gets the token; the storage host that it redirects to does not."""
    hub.fetch(REPO, PATTERNS, TOKEN)
    assert all(asked.has_token for asked in standin.asked if "/resolve/" in asked.path or "/api/" in asked.path)
    elsewhere = [asked for asked in standin.asked if asked.path.startswith("/storage/")]
    assert elsewhere
    assert not any(asked.has_token for asked in elsewhere)


def test_fetch_after_a_broken_connection_resumes(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the rest is requested, and progress still ends at the total."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1_000)  # what it has of a chunk is lost: ten megabytes
    told: list[float] = []
    standin.cuts[hashlib.sha256(FILES["model.bin"]).hexdigest()] = 4_000
    folder = hub.fetch(REPO, ("model.bin",), progress=lambda _, completed, total: told.append(completed / total))
    assert (folder / "model.bin").read_bytes() == FILES["model.bin"]
    ranges = [asked.range for asked in standin.downloads() if asked.path.startswith("/storage/")]
    assert ranges == [None, "bytes=4000-"]
    assert told[-1] == 1.0
    assert max(told) == 1.0


def test_fetch_cancelled_by_progress_stops_and_keeps_complete_files(standin: StandInHub) -> None:
    """Cancelled raised by progress comes back to the caller; complete files are kept, and the rest comes next time."""

    def stop_at_the_model(step: str, completed: float, total: float) -> None:
        if completed > 100:
            raise Cancelled("Enough.")

    with pytest.raises(Cancelled):
        hub.fetch(REPO, PATTERNS, progress=stop_at_the_model)
    assert hub.cached(REPO, ["config.json"]) is not None
    assert hub.cached(REPO, ["model.bin"]) is None
    standin.asked.clear()
    hub.fetch(REPO, PATTERNS)
    assert {asked.path.split("/")[1] for asked in standin.downloads()} == {"storage"}


@pytest.mark.parametrize(
    ("key", "tokens", "gated", "repo", "expected"),
    [
        (None, "granted", True, REPO, "is gated; set HF_TOKEN .* accept its terms at https://hf.co/owner/model"),
        (TOKEN, "known", True, REPO, "is gated; accept its terms at https://hf.co/owner/model"),
        (TOKEN, "narrow", True, REPO, "no permission to read owner/model; allow it to read gated repositories"),
        (TOKEN, "nobody", True, REPO, "rejected the token .*; create a new one at https://hf.co/settings/tokens"),
        (TOKEN, "nobody", False, "owner/absent", "rejected the token"),
        (None, "granted", False, "owner/absent", "no repository owner/absent .*; check the name, or set HF_TOKEN"),
        (TOKEN, "granted", False, "owner/absent", "no repository owner/absent .*; check the name."),
        (None, "granted", False, "owner/a--b..c", "not a valid name of a hub repository; write it as owner/name"),
    ],
)
def test_fetch_rejected_by_the_hub_raises_one_sentence_with_a_hint(
    standin: StandInHub, key: str | None, tokens: str, gated: bool, repo: str, expected: str
) -> None:
    """Each kind of rejection has its own hint, and none contains the token."""
    standin.granted, standin.gated = set(), {REPO} if gated else set()
    if tokens != "nobody":
        getattr(standin, tokens).add(TOKEN)
    with pytest.raises(ModelError, match=expected) as caught:
        hub.fetch(repo, PATTERNS, key)
    assert is_one_sentence(caught.value)


def test_fetch_with_another_failure_raises_one_sentence(standin: StandInHub) -> None:
    """An unknown revision, another kind of model, a hub in trouble."""
    with pytest.raises(ModelError, match="no such revision; omit it") as revision:
        hub.fetch(REPO, PATTERNS, revision="v9")
    with pytest.raises(ModelError, match=r"has no config\.yaml, .*; check the name") as kind:
        hub.fetch(REPO, ("config.yaml",))
    standin.fails = ("/api/", 503)
    with pytest.raises(ModelError, match=r"\(HTTP 503\); try again later") as trouble:
        hub.fetch(REPO, PATTERNS)
    assert all(is_one_sentence(caught.value) for caught in (revision, kind, trouble))


def test_cached_with_a_revision_finds_that_revision_only(standin: StandInHub) -> None:
    """A revision is found under its name, and not under another."""
    folder = hub.fetch(REPO, PATTERNS, revision="v1")
    assert hub.cached(REPO, ["model.bin"], "v1") == folder
    assert hub.cached(REPO, ["model.bin"], "v2") is None


def test_fetch_of_a_public_model_works_without_a_rejected_token(
    standin: StandInHub, caplog: pytest.LogCaptureFixture
) -> None:
    """The hub denies even public files to an invalid token, so it is dropped; a warning says so, without the token."""
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "speakerplug"):
        folder = hub.fetch(REPO, PATTERNS, "hf_expired_long_ago")
    assert (folder / "model.bin").is_file()
    ours = [record.getMessage() for record in caplog.records if record.name == "speakerplug.hub"]
    assert any("fetched without it" in text for text in ours)
    assert "hf_expired" not in caplog.text


@pytest.mark.parametrize("key", ["hf_two words", "hf_two\nlines", "hf_\u2026"])
def test_fetch_with_a_malformed_token_does_not_send_it(standin: StandInHub, key: str) -> None:
    """The client would repeat it in its error; it is rejected first, and not shown."""
    standin.gated = {REPO}
    with pytest.raises(ModelError, match="invalid characters; copy it again") as caught:
        hub.fetch(REPO, PATTERNS, key)
    assert is_one_sentence(caught.value)
    assert not any(asked.has_token for asked in standin.asked)


def test_answers_of_a_silent_hub_waits_once(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The timeout is spent once, not for every repository."""
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.2)
    standin.stalls = "/"
    for repo in (REPO, "owner/other"):
        with pytest.raises(ModelError, match="does not answer; check the network, or name a local folder") as caught:
            hub.fetch(repo, PATTERNS)
        assert is_one_sentence(caught.value)
    assert len(standin.asked) == 1


@pytest.mark.slow
@pytest.mark.parametrize("silent", ["/api/", "/resolve/", "/storage/"])
def test_fetch_from_a_hub_that_falls_silent_ends_at_the_timeout(
    standin: StandInHub, monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    """It answers the first request and no other: the timeout holds, without the client's minutes of retries."""
    assert hub.answers()
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.2)
    standin.stalls = silent
    with pytest.raises(ModelError, match=r"\(no answer in time\); check the network") as caught:
        hub.fetch(REPO, PATTERNS)
    assert is_one_sentence(caught.value)
    assert len(standin.asked) <= 4


def test_answers_of_a_refused_connection_is_false(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A refused connection counts as no answer."""
    connect(monkeypatch, refused_endpoint(), tmp_path)
    assert not hub.answers()
    with pytest.raises(ModelError, match="the model hub does not answer; check the network") as caught:
        hub.fetch(REPO, PATTERNS)
    assert is_one_sentence(caught.value)


def test_answers_is_cached_for_each_hub(standin: StandInHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One hub's silence is not another's, and each is asked once; an HTTP error is an answer, too."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", refused_endpoint())
    assert not hub.answers()
    monkeypatch.setattr(constants, "ENDPOINT", standin.endpoint)
    standin.fails = ("/", 403)
    assert hub.answers()
    assert hub.answers()
    assert len(standin.asked) == 1


def test_fetch_with_hf_hub_offline_makes_no_request(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """HF_HUB_OFFLINE is obeyed, and named as the reason."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert not hub.answers()
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE is set; unset it to download the model") as caught:
        hub.fetch(REPO, PATTERNS)
    assert is_one_sentence(caught.value)
    assert not standin.asked


def test_cache_only_makes_no_request(standin: StandInHub) -> None:
    """Inside, a library that downloads by itself gets what is cached, or an error, without a request."""
    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    folder = hub.fetch(REPO, ("config.json",))
    standin.asked.clear()
    with hub.cache_only():
        assert Path(hf_hub_download(REPO, "config.json")) == folder / "config.json"
        with pytest.raises(LocalEntryNotFoundError) as caught:
            hf_hub_download(REPO, "model.bin")
        assert is_one_sentence(hub.explained(caught.value, REPO, False))
    assert not standin.asked
    assert constants.HF_HUB_OFFLINE is False


def test_explained_for_a_full_disk_names_the_disk(standin: StandInHub) -> None:
    """An error of this machine is not blamed on the hub."""
    error = hub.explained(OSError(errno.ENOSPC, "No space left on device"), REPO, False)
    assert "cannot be saved in the hub's cache (No space left on device); free disk space" in str(error)
    assert is_one_sentence(error)


def test_token_comes_from_the_environment_or_a_login(
    standin: StandInHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """HF_TOKEN precedes its older names, and all of them a login; blanks do not count."""
    assert hub.token() is None
    (tmp_path / "token").write_text("hf_login\n")
    assert hub.token() == "hf_login"
    monkeypatch.setenv("HUGGINGFACE_TOKEN", " hf_third\n")
    assert hub.token() == "hf_third"
    monkeypatch.setenv("HUGGING_FACE_HUB_TOKEN", "hf_second")
    assert hub.token() == "hf_second"
    monkeypatch.setenv("HF_TOKEN", "  ")
    assert hub.token() == "hf_second"
    monkeypatch.setenv("HF_TOKEN", "hf_first")
    assert hub.token() == "hf_first"


@pytest.mark.slow
def test_fetch_in_a_later_process_resumes(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that falls silent half way is given up; received bytes are kept, and the rest is requested next time."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1_000)
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.2)
    digest = hashlib.sha256(FILES["model.bin"]).hexdigest()
    standin.stops[digest] = 4_000
    with pytest.raises(ModelError, match=r"\(no answer in time\); check the network and try again") as caught:
        hub.fetch(REPO, PATTERNS)
    assert is_one_sentence(caught.value)
    assert hub.cached(REPO, ["model.bin"]) is None
    standin.stops.clear()
    standin.asked.clear()
    folder = hub.fetch(REPO, PATTERNS)
    assert (folder / "model.bin").read_bytes() == FILES["model.bin"]
    assert [asked.range for asked in standin.downloads()] == ["bytes=4000-"]
    assert not list(folder.parents[1].rglob("*incomplete*"))


def test_fetch_of_a_file_damaged_in_transit_discards_it(standin: StandInHub) -> None:
    """A file that does not match the hub's hash is an error, and never in the cache."""
    digest = hashlib.sha256(FILES["model.bin"]).hexdigest()
    standin.spoils = {digest}
    with pytest.raises(ModelError, match=r"model\.bin of owner/model was damaged in transit .*; fetch it again"):
        hub.fetch(REPO, PATTERNS)
    assert hub.cached(REPO, ["model.bin"]) is None
    standin.spoils.clear()
    assert (hub.fetch(REPO, PATTERNS) / "model.bin").read_bytes() == FILES["model.bin"]


@pytest.mark.parametrize("name", ["model.bin", "config.json"])
def test_damage_names_a_damaged_file_and_fetch_repairs_it(standin: StandInHub, name: str) -> None:
    """By the hub's hashes: SHA-256 of large files, git's of small ones. Other files are not downloaded again."""
    folder = hub.fetch(REPO, PATTERNS)
    assert hub.damage({REPO: folder}) is None
    path = folder / name
    path.write_bytes(b"?" * path.stat().st_size)
    error = hub.damage({REPO: folder}, cache_dir="/a/cache")
    assert str(error).startswith(f"The file {name} of {REPO} is damaged; ")
    assert str(error).endswith(f"with: speakerplug fetch {REPO} --cache-dir /a/cache.")
    standin.asked.clear()
    assert hub.fetch(REPO, PATTERNS) == folder
    assert not standin.downloads()
    assert hub.fetch(REPO, PATTERNS, verify=True) == folder
    assert path.read_bytes() == FILES[name]
    assert len(standin.downloads()) == 1


def test_fetch_of_another_revision_does_not_reuse_a_damaged_blob(standin: StandInHub) -> None:
    """A blob is shared by all revisions; a damaged one is downloaded again."""
    path = hub.fetch(REPO, PATTERNS) / "model.bin"
    path.write_bytes(b"?" * path.stat().st_size)
    path.unlink()
    assert (hub.fetch(REPO, PATTERNS, revision="v1") / "model.bin").read_bytes() == FILES["model.bin"]


def test_fetch_with_a_cache_folder_uses_it_alone(standin: StandInHub, tmp_path: Path) -> None:
    """Everything is kept in the given folder, and found only there."""
    elsewhere = tmp_path / "else" / "where"
    folder = hub.fetch(REPO, PATTERNS, cache_dir=str(elsewhere))
    assert folder.is_relative_to(elsewhere)
    assert hub.cached(REPO, ["model.bin"], cache_dir=str(elsewhere)) == folder
    assert hub.repositories(str(elsewhere)) == [REPO]
    assert hub.cached(REPO, ["model.bin"]) is None
    assert hub.repositories() == []
    assert not (tmp_path / "hub").exists()


def test_fetch_with_a_file_as_cache_folder_raises(standin: StandInHub, tmp_path: Path) -> None:
    """The reason is named, with the option that helps."""
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match=r"cannot be saved .*; free disk space .* --cache-dir") as caught:
        hub.fetch(REPO, PATTERNS, cache_dir=str(tmp_path / "file"))
    assert is_one_sentence(caught.value)


def test_check_does_not_download(standin: StandInHub) -> None:
    """Whether a token grants access is known without a download."""
    standin.gated = {REPO}
    hub.check(REPO, "config.json", TOKEN)
    with pytest.raises(ModelError, match="is gated"):
        hub.check(REPO, "config.json")
    assert hub.listing(REPO, TOKEN) == tuple(FILES)
    assert not standin.downloads()
