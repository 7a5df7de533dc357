"""Pipelines of every published form are loaded; for others an error says why not."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from speakerplug import hub
from speakerplug.devices import DeviceManager, Placement
from speakerplug.diarizers.pyannote.load import load_pipeline
from speakerplug.diarizers.pyannote.pretrained import COMMUNITY, configured, fetch_pipeline, pretrained
from speakerplug.errors import ModelError, UsageError
from speakerplug.media.waveform import Waveform
from speakerplug.plugin.roles import DiarizationRequest, Diarizer, DiarizerSettings
from speakerplug.testing import check_diarization
from speakerplug.transcript import Diarization
from tests.diarizers.conftest import CONFIG
from tests.hub.test_hub import is_one_sentence
from tests.standins.hub import TOKEN, StandInHub, connect

SETTINGS = DiarizerSettings()


def run(diarizer: Diarizer, waveform: Waveform, **request: int) -> Diarization:
    return diarizer.diarize(waveform, DiarizationRequest(**request), DeviceManager("cpu"), lambda *report: None)


def with_params(**params: Any) -> dict[str, Any]:
    """Return the configuration with other parameters of its pipeline."""
    config: dict[str, Any] = copy.deepcopy(CONFIG)
    config["pipeline"]["params"].update(params)
    return config


def agglomerative(**params: Any) -> dict[str, Any]:
    """Return a configuration like that of 3.1: a version, another clustering, and a bare result."""
    config = with_params(clustering="AgglomerativeClustering", legacy=True, **params)
    del config["dependencies"]
    config["version"] = "3.1.0"
    config["params"]["clustering"] = {"method": "centroid", "min_cluster_size": 12, "threshold": 0.7}
    return config


@pytest.fixture(scope="module")
def diarized(community: Path, call: Waveform) -> Diarization:
    """Return the diarization of the call by the pipeline in the folder."""
    return run(pretrained(str(community), SETTINGS), call)


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """Serve a hub without any repository yet."""
    with StandInHub({}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path / "home")
        yield standin


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is empty or not a configuration; fetch or write it again"),
        ("- a\n- b", "is empty or not a configuration; fetch or write it again"),
        ("a: [", "cannot be read as a configuration (ParserError); fetch or write it again"),
        ("task: {}\nmodel: {}", "has a config.yaml without a pipeline; choose a model that is a diarization pipeline"),
        ("pipeline: {name: 5}", "has a config.yaml whose pipeline name is not a text; fetch it again"),
        (
            "pipeline: segmentation",
            "has a config.yaml without a pipeline; choose a model that is a diarization pipeline",
        ),
        ("pipeline: {name: a, params: 5}", "has a config.yaml whose params are not a mapping; fetch"),
    ],
)
def test_load_pipeline_with_an_invalid_configuration_raises(tmp_path: Path, text: str, expected: str) -> None:
    """An empty, damaged or unrelated config.yaml is refused before pyannote reads it."""
    (tmp_path / "config.yaml").write_text(text)
    for source in (tmp_path, tmp_path / "config.yaml"):
        with pytest.raises(ModelError, match=re.escape(expected)) as caught:
            load_pipeline(source, "It", None, offline=True)
        assert is_one_sentence(caught.value)


@pytest.mark.models
def test_diarize_with_a_folder_returns_turns(call: Waveform, diarized: Diarization) -> None:
    """A folder with the layout of community-1 gives regular and exclusive turns; telemetry is off."""
    from pyannote.audio.telemetry.metrics import is_metrics_enabled

    assert diarized.turns
    assert diarized.exclusive
    check_diarization(diarized, call.duration)
    assert not is_metrics_enabled()


@pytest.mark.models
def test_diarize_with_a_configuration_equals_its_folder(
    community: Path, call: Waveform, diarized: Diarization, standin: StandInHub
) -> None:
    """A dict with paths for its parts is not modified, and no request is sent."""
    parts = {part: {"checkpoint": str(community), "subfolder": part} for part in ("segmentation", "embedding", "plda")}
    config = with_params(**parts)
    before = copy.deepcopy(config)
    assert run(configured(config, SETTINGS), call) == diarized
    assert config == before
    assert not standin.asked


@pytest.mark.models
def test_load_pipeline_of_a_config_file_equals_its_folder(community: Path, standin: StandInHub) -> None:
    """The path of a config.yaml means the pipeline of its folder; no request is sent."""
    pipeline = load_pipeline(community / "config.yaml", "It", None, offline=False)
    assert pipeline.parameters(instantiated=True)["clustering"]["threshold"] == 0.6
    assert not standin.asked


@pytest.mark.models
def test_diarize_with_a_3_1_pipeline_derives_exclusive_turns(changed: Callable[[object], Path], call: Waveform) -> None:
    """A configuration of 3.1 gives a bare annotation."""
    diarization = run(pretrained(str(changed(agglomerative())), SETTINGS), call)
    assert diarization.turns
    assert diarization.exclusive
    check_diarization(diarization, call.duration)


@pytest.mark.models
@pytest.mark.parametrize("damage", [b"", b"not weights", None])
def test_load_pipeline_with_damaged_weights_raises(changed: Callable[[object], Path], damage: bytes | None) -> None:
    """An empty file, another file, and a truncated one."""
    folder = changed(CONFIG)
    weights = folder / "embedding" / "pytorch_model.bin"
    weights.write_bytes(weights.read_bytes()[:100_000] if damage is None else damage)
    with pytest.raises(ModelError, match=r"cannot be loaded as a pipeline \(.+\); its files may be damaged") as caught:
        load_pipeline(folder, str(folder), None, offline=True)
    assert is_one_sentence(caught.value)


@pytest.mark.models
def test_load_pipeline_with_a_missing_part_raises(changed: Callable[[object], Path]) -> None:
    """The folder was copied incompletely."""
    folder = changed(CONFIG)
    (folder / "plda" / "plda.npz").unlink()
    with pytest.raises(ModelError, match=r"cannot be loaded as a pipeline \(.*plda\.npz") as caught:
        load_pipeline(folder, str(folder), None, offline=True)
    assert is_one_sentence(caught.value)


@pytest.mark.models
@pytest.mark.parametrize("key", ["dependencies", "version"])
def test_load_pipeline_for_another_version_raises(changed: Callable[[object], Path], key: str) -> None:
    """A future major version is named, for either key of the configuration."""
    config = with_params()
    del config["dependencies"]
    config[key] = {"pyannote.audio": "5.0.0"} if key == "dependencies" else "5.0.0"
    with pytest.raises(ModelError, match=r"requires pyannote\.audio 5\.0\.0, and 4\..* is installed; choose") as caught:
        load_pipeline(changed(config), "It", None, offline=True)
    assert is_one_sentence(caught.value)


@pytest.mark.models
def test_load_pipeline_with_none_from_pyannote_raises(
    changed: Callable[[object], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some versions of pyannote.audio print and return None for a gated repository."""
    from pyannote.audio import Pipeline

    monkeypatch.setattr(Pipeline, "from_pretrained", lambda source, token, cache_dir: None)
    with pytest.raises(ModelError, match=r"gated or unknown; accept the terms .* and set HF_TOKEN") as caught:
        load_pipeline(changed(CONFIG), "It", TOKEN, offline=True)
    assert is_one_sentence(caught.value)


@pytest.mark.models
def test_diarize_with_a_hub_pipeline_fetches_it_once(
    community: Path, call: Waveform, diarized: Diarization, standin: StandInHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is fetched with progress, loaded and run; the second time no request is sent."""
    standin.repositories[COMMUNITY] = {
        str(file.relative_to(community)): file.read_bytes() for file in community.rglob("*") if file.is_file()
    }
    standin.gated = {COMMUNITY}
    steps: list[str] = []
    devices = DeviceManager("cpu")
    diarizer = pretrained(COMMUNITY, DiarizerSettings(token=TOKEN), name="community-1")
    diarization = diarizer.diarize(call, DiarizationRequest(), devices, lambda step, *rest: steps.append(step))
    assert diarization == diarized
    assert steps[0] == f"download {COMMUNITY}"
    assert {"segmentation", "embeddings"} <= set(steps)
    standin.asked.clear()
    load_pipeline(fetch_pipeline(COMMUNITY, SETTINGS), COMMUNITY, None, offline=False)
    assert not standin.asked
    assert capsys.readouterr().out == ""


@pytest.mark.models
def test_load_pipeline_with_a_gated_part_names_its_repository(
    changed: Callable[[object], Path], standin: StandInHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """The repository is named once, with its terms, and nothing is printed to stdout."""
    repo = "pyannote/wespeaker-voxceleb-resnet34-LM"
    standin.repositories[repo] = {"pytorch_model.bin": b"weights"}
    standin.gated, standin.granted, standin.known = {repo}, set(), {TOKEN}
    folder = changed(agglomerative(embedding=repo))
    with pytest.raises(ModelError, match=f"{repo} is gated; accept its terms at https://hf.co/{repo}") as caught:
        load_pipeline(folder, str(folder), TOKEN, offline=False)
    assert is_one_sentence(caught.value)
    assert capsys.readouterr().out == ""


@pytest.mark.models
@pytest.mark.parametrize("offline", [True, False])
def test_load_pipeline_with_a_silent_hub_asks_once(
    changed: Callable[[object], Path], standin: StandInHub, monkeypatch: pytest.MonkeyPatch, offline: bool
) -> None:
    """The hub is asked once whether it answers (offline: not at all), not for each part with retries."""
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.2)
    standin.stalls = "/"
    folder = changed(agglomerative(embedding="pyannote/wespeaker-voxceleb-resnet34-LM"))
    reason = "offline mode is on; fetch it once" if offline else "the model hub does not answer; check"
    with pytest.raises(ModelError, match=reason) as caught:
        load_pipeline(folder, str(folder), TOKEN, offline)
    assert is_one_sentence(caught.value)
    assert len(standin.asked) == (0 if offline else 1)


@pytest.mark.models
def test_load_pipeline_with_an_invalid_token_does_not_send_it(
    changed: Callable[[object], Path], standin: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client's error would repeat it, so that parts on the hub are not requested with it."""
    monkeypatch.setenv("HF_TOKEN", f"{TOKEN}\nand more")
    folder = changed(agglomerative(embedding="pyannote/wespeaker-voxceleb-resnet34-LM"))
    with pytest.raises(ModelError, match="contains invalid characters") as caught:
        load_pipeline(folder, str(folder), None, offline=False)
    assert is_one_sentence(caught.value)
    assert not any(asked.has_token for asked in standin.asked)


@pytest.mark.models
def test_load_pipeline_error_does_not_repeat_the_token(changed: Callable[[object], Path]) -> None:
    """pyannote puts the token into the configuration; it is removed from its messages."""
    config = with_params()
    config["pipeline"]["params"]["surprise"] = TOKEN
    config["pipeline"]["params"]["segmentation"] = f"/absent/{TOKEN}"
    with pytest.raises(ModelError, match="; its files may be damaged") as caught:
        load_pipeline(changed(config), "It", TOKEN, offline=True)
    assert TOKEN not in str(caught.value)


@pytest.mark.models
def test_diarize_with_bounds_that_force_k_means_warns(
    community: Path, call: Waveform, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """VBx falls back to k-means if it finds another number of speakers; stdout stays empty."""
    diarizer = pretrained(str(community), SETTINGS)
    run(diarizer, call, num_speakers=2)
    assert "clustered them again into 2" in caplog.text
    caplog.clear()
    run(diarizer, call, min_speakers=1)
    assert "clustered" not in caplog.text
    with pytest.raises(UsageError, match="too short to distinguish 9 speakers; ask for at most 2"):
        run(diarizer, call, num_speakers=9)
    assert capsys.readouterr().out == ""


@pytest.mark.models
def test_load_with_parameters_sets_them_in_the_pipeline(community: Path) -> None:
    """The others, but for the step, stay as in the configuration."""
    settings = DiarizerSettings(parameters={"clustering.Fa": 0.2, "segmentation.min_duration_off": 0.5}, step_s=2.0)
    handle = pretrained(str(community), settings).prepare(DeviceManager("cpu"), lambda *report: None)
    assert handle is not None
    pipeline = handle.load(Placement("diarizer"))
    assert pipeline.parameters(instantiated=True) == {
        "clustering": {"threshold": 0.6, "Fa": 0.2, "Fb": 0.8},
        "segmentation": {"min_duration_off": 0.5},
    }
    assert pipeline._segmentation.step == 2.0
    unknown = pretrained(str(community), DiarizerSettings(parameters={"clustering.F": 1.0}))
    with pytest.raises(UsageError, match=r"clustering\.F[ab]"):
        unknown.prepare(DeviceManager("cpu"), lambda *report: None).load(Placement("diarizer"))
