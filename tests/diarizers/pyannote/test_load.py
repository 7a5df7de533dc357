"""Loading pipelines of every published form, and what is said of those that cannot be loaded."""

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
from speakerplug.plugin.roles import DiarizationRequest, Diarizer, DiarizerSettings
from speakerplug.testing import check_diarization
from speakerplug.transcript import Diarization
from speakerplug.waveform import Waveform
from tests.diarizers.conftest import CONFIG
from tests.hub.test_hub import is_one_sentence
from tests.standins.hub import TOKEN, StandInHub, connect

SETTINGS = DiarizerSettings()


def run(diarizer: Diarizer, waveform: Waveform, **request: int) -> Diarization:
    return diarizer.diarize(waveform, DiarizationRequest(**request), DeviceManager("cpu"), lambda *report: None)


def with_params(**params: Any) -> dict[str, Any]:
    """The configuration with other parameters of its pipeline."""
    config: dict[str, Any] = copy.deepcopy(CONFIG)
    config["pipeline"]["params"].update(params)
    return config


def agglomerative(**params: Any) -> dict[str, Any]:
    """A configuration of the form that 3.1 has: no dependencies but a version, another clustering, a bare result."""
    config = with_params(clustering="AgglomerativeClustering", legacy=True, **params)
    del config["dependencies"]
    config["version"] = "3.1.0"
    config["params"]["clustering"] = {"method": "centroid", "min_cluster_size": 12, "threshold": 0.7}
    return config


@pytest.fixture(scope="module")
def heard(community: Path, call: Waveform) -> Diarization:
    """What the folder's pipeline hears in the call."""
    return run(pretrained(str(community), SETTINGS), call)


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """A hub without any repository yet."""
    with StandInHub({}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path / "home")
        yield standin


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is empty or no configuration; fetch or write it again"),
        ("- a\n- b", "is empty or no configuration; fetch or write it again"),
        ("a: [", "cannot be read as a configuration (ParserError); fetch or write it again"),
        ("task: {}\nmodel: {}", "names no pipeline in its config.yaml; choose one that is made for diarization"),
        ("pipeline: {name: 5}", "`pipeline` is not as pyannote writes it; fetch it again"),
        ("pipeline: segmentation", "names no pipeline in its config.yaml; choose one that is made for diarization"),
        ("pipeline: {name: a, params: 5}", "has params in its config.yaml that are no mapping; fetch"),
    ],
)
def test_a_bad_configuration_is_an_error(tmp_path: Path, text: str, expected: str) -> None:
    """An empty, damaged or foreign config.yaml is told apart from one of a pipeline, before pyannote sees it."""
    (tmp_path / "config.yaml").write_text(text)
    for source in (tmp_path, tmp_path / "config.yaml"):
        with pytest.raises(ModelError, match=re.escape(expected)) as caught:
            load_pipeline(source, "It", None, offline=True)
        assert is_one_sentence(caught.value)


@pytest.mark.models
def test_a_folder_runs(call: Waveform, heard: Diarization) -> None:
    """A folder of community-1's layout gives regular and exclusive turns; telemetry is off."""
    from pyannote.audio.telemetry.metrics import is_metrics_enabled

    assert heard.turns
    assert heard.exclusive
    check_diarization(heard, call.duration)
    assert not is_metrics_enabled()


@pytest.mark.models
def test_a_configuration_runs_like_its_folder(
    community: Path, call: Waveform, heard: Diarization, standin: StandInHub
) -> None:
    """A dict with paths for its parts finds what the folder finds, stays as it was, and nobody is asked."""
    parts = {part: {"checkpoint": str(community), "subfolder": part} for part in ("segmentation", "embedding", "plda")}
    config = with_params(**parts)
    before = copy.deepcopy(config)
    assert run(configured(config, SETTINGS), call) == heard
    assert config == before
    assert not standin.asked


@pytest.mark.models
def test_a_config_file_loads_like_its_folder(community: Path, standin: StandInHub) -> None:
    """The path of a config.yaml means the pipeline of its folder; nobody is asked."""
    pipeline = load_pipeline(community / "config.yaml", "It", None, offline=False)
    assert pipeline.parameters(instantiated=True)["clustering"]["threshold"] == 0.6
    assert not standin.asked


@pytest.mark.models
def test_a_pipeline_of_the_former_form_runs(changed: Callable[[object], Path], call: Waveform) -> None:
    """A configuration of 3.1 gives a bare annotation, from which exclusive turns are derived."""
    diarization = run(pretrained(str(changed(agglomerative())), SETTINGS), call)
    assert diarization.turns
    assert diarization.exclusive
    check_diarization(diarization, call.duration)


@pytest.mark.models
@pytest.mark.parametrize("damage", [b"", b"not weights", None])
def test_damaged_weights_are_an_error(changed: Callable[[object], Path], damage: bytes | None) -> None:
    """An empty file, another file, one that was cut off."""
    folder = changed(CONFIG)
    weights = folder / "embedding" / "pytorch_model.bin"
    weights.write_bytes(weights.read_bytes()[:100_000] if damage is None else damage)
    with pytest.raises(ModelError, match=r"cannot be loaded as a pipeline \(.+\); its files may be damaged") as caught:
        load_pipeline(folder, str(folder), None, offline=True)
    assert is_one_sentence(caught.value)


@pytest.mark.models
def test_a_missing_part_is_an_error(changed: Callable[[object], Path]) -> None:
    """A folder that was copied in part."""
    folder = changed(CONFIG)
    (folder / "plda" / "plda.npz").unlink()
    with pytest.raises(ModelError, match=r"cannot be loaded as a pipeline \(.*plda\.npz") as caught:
        load_pipeline(folder, str(folder), None, offline=True)
    assert is_one_sentence(caught.value)


@pytest.mark.models
@pytest.mark.parametrize("key", ["dependencies", "version"])
def test_a_pipeline_for_another_version_is_an_error(changed: Callable[[object], Path], key: str) -> None:
    """A coming major version is named, whichever key asks for it."""
    config = with_params()
    del config["dependencies"]
    config[key] = {"pyannote.audio": "5.0.0"} if key == "dependencies" else "5.0.0"
    with pytest.raises(ModelError, match=r"asks for pyannote\.audio 5\.0\.0, and 4\..* is installed; choose") as caught:
        load_pipeline(changed(config), "It", None, offline=True)
    assert is_one_sentence(caught.value)


@pytest.mark.models
def test_none_from_pyannote_is_an_error(changed: Callable[[object], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Some versions of pyannote.audio print and give None for a gated repository."""
    from pyannote.audio import Pipeline

    monkeypatch.setattr(Pipeline, "from_pretrained", lambda source, token, cache_dir: None)
    with pytest.raises(ModelError, match=r"gated or unknown; accept the terms .* and set HF_TOKEN") as caught:
        load_pipeline(changed(CONFIG), "It", TOKEN, offline=True)
    assert is_one_sentence(caught.value)


@pytest.mark.models
def test_a_pipeline_comes_from_the_hub(
    community: Path, call: Waveform, heard: Diarization, standin: StandInHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """A token, a hub: fetched with progress, loaded, run; the second time nothing is asked."""
    standin.repositories[COMMUNITY] = {
        str(file.relative_to(community)): file.read_bytes() for file in community.rglob("*") if file.is_file()
    }
    standin.gated = {COMMUNITY}
    told: list[str] = []
    devices = DeviceManager("cpu")
    diarizer = pretrained(COMMUNITY, DiarizerSettings(token=TOKEN), name="community-1")
    diarization = diarizer.diarize(call, DiarizationRequest(), devices, lambda step, *rest: told.append(step))
    assert diarization == heard
    assert told[0] == f"download {COMMUNITY}"
    assert {"segmentation", "embeddings"} <= set(told)
    standin.asked.clear()
    load_pipeline(fetch_pipeline(COMMUNITY, SETTINGS), COMMUNITY, None, offline=False)
    assert not standin.asked
    assert capsys.readouterr().out == ""


@pytest.mark.models
def test_a_part_that_is_gated_is_named(
    changed: Callable[[object], Path], standin: StandInHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """3.1's configuration asks for other repositories: the one whose terms are missing is named, once, on no stdout."""
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
def test_a_part_on_a_silent_hub_is_not_waited_for(
    changed: Callable[[object], Path], standin: StandInHub, monkeypatch: pytest.MonkeyPatch, offline: bool
) -> None:
    """The hub is asked once whether it answers (offline: not at all), not for each part and with retries."""
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.2)
    standin.stalls = "/"
    folder = changed(agglomerative(embedding="pyannote/wespeaker-voxceleb-resnet34-LM"))
    reason = "the network is not to be used; fetch it once" if offline else "the model hub does not answer; check"
    with pytest.raises(ModelError, match=reason) as caught:
        load_pipeline(folder, str(folder), TOKEN, offline)
    assert is_one_sentence(caught.value)
    assert len(standin.asked) == (0 if offline else 1)


@pytest.mark.models
def test_a_token_that_can_be_none_is_not_sent(
    changed: Callable[[object], Path], standin: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client's error would repeat it, so parts on the hub are not asked for with it."""
    monkeypatch.setenv("HF_TOKEN", f"{TOKEN}\nand more")
    folder = changed(agglomerative(embedding="pyannote/wespeaker-voxceleb-resnet34-LM"))
    with pytest.raises(ModelError, match="contains invalid characters") as caught:
        load_pipeline(folder, str(folder), None, offline=False)
    assert is_one_sentence(caught.value)
    assert not any(asked.has_token for asked in standin.asked)


@pytest.mark.models
def test_an_error_does_not_repeat_the_token(changed: Callable[[object], Path]) -> None:
    """pyannote puts the token into the configuration; what it says of that is cleaned."""
    config = with_params()
    config["pipeline"]["params"]["surprise"] = TOKEN
    config["pipeline"]["params"]["segmentation"] = f"/absent/{TOKEN}"
    with pytest.raises(ModelError, match="; its files may be damaged") as caught:
        load_pipeline(changed(config), "It", TOKEN, offline=True)
    assert TOKEN not in str(caught.value)


@pytest.mark.models
def test_a_bound_that_makes_vbx_regroup_is_said(
    community: Path, call: Waveform, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """K-means takes over where VBx finds another number than it may; the user hears of that, and stdout stays clean."""
    diarizer = pretrained(str(community), SETTINGS)
    run(diarizer, call, num_speakers=2)
    assert "regrouped the voices into 2" in caplog.text
    caplog.clear()
    run(diarizer, call, min_speakers=1)
    assert "regrouped" not in caplog.text
    with pytest.raises(UsageError, match="too short to tell 9 speakers apart; ask for at most 2"):
        run(diarizer, call, num_speakers=9)
    assert capsys.readouterr().out == ""


@pytest.mark.models
def test_parameters_reach_the_pipeline(community: Path) -> None:
    """Those that are named, and the step; the others stay as the configuration has them."""
    settings = DiarizerSettings(parameters={"clustering.Fa": 0.2, "segmentation.min_duration_off": 0.5}, step_s=2.0)
    resident = pretrained(str(community), settings).prepare(DeviceManager("cpu"), lambda *report: None)
    assert resident is not None
    pipeline = resident.load(Placement("diarizer"))
    assert pipeline.parameters(instantiated=True) == {
        "clustering": {"threshold": 0.6, "Fa": 0.2, "Fb": 0.8},
        "segmentation": {"min_duration_off": 0.5},
    }
    assert pipeline._segmentation.step == 2.0
    unknown = pretrained(str(community), DiarizerSettings(parameters={"clustering.F": 1.0}))
    with pytest.raises(UsageError, match=r"clustering\.F[ab]"):
        unknown.prepare(DeviceManager("cpu"), lambda *report: None).load(Placement("diarizer"))
