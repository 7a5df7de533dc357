"""Names in a configuration are checked against the trust in its origin; nothing is imported here."""

from __future__ import annotations

import copy
import logging
from pathlib import Path
from typing import Any

import pytest

from speakerplug.diarizers.pyannote.components import COMMUNITY, Part, parts_of
from speakerplug.diarizers.pyannote.trust import (
    CLUSTERINGS,
    FOREIGN_EMBEDDINGS,
    PIPELINES,
    Trust,
    check_names,
    is_published,
)
from speakerplug.diarizers.select import choose_diarizer
from speakerplug.errors import ModelError, UsageError
from speakerplug.pipeline.options import Options
from speakerplug.plugin import DiarizerRegistration, DiarizerSettings
from speakerplug.plugin.hooks import hookimpl
from speakerplug.testing import plugins_with
from tests.diarizers.pyannote.untrusted import CONFIG

UNTRUSTED = Trust()


def with_params(**params: Any) -> dict[str, Any]:
    config = copy.deepcopy(CONFIG)
    config["pipeline"]["params"].update(params)
    return config


def named(name: Any) -> dict[str, Any]:
    return {"pipeline": {"name": name}}


def preprocessed(preprocessor: Any) -> dict[str, Any]:
    return {**CONFIG, "preprocessors": {"a": preprocessor}}


UNKNOWN: list[tuple[dict[str, Any], str]] = [
    (named("os.system"), "os.system"),
    (named("SpeakerDiarization"), "SpeakerDiarization"),
    (named("pyannote.audio.pipelines.SpeakerDiarization "), "pyannote.audio.pipelines.SpeakerDiarization "),
    (named(["os.system"]), "['os.system']"),
    (named(5), "5"),
    (preprocessed({"name": "subprocess.Popen", "params": {"args": ["true"]}}), "subprocess.Popen"),
    (preprocessed({"params": {}}), "None"),
    (preprocessed({"name": ["os.system"]}), "['os.system']"),
    (with_params(embedding="stranger/speechbrain-embedding"), "stranger/speechbrain-embedding"),
    (with_params(embedding="stranger/nvidia-embedding"), "stranger/nvidia-embedding"),
    (with_params(embedding="./speechbrain"), "./speechbrain"),
    (
        with_params(embedding="speechbrain/spkrec-ecapa-voxceleb@refs/pr/1"),
        "speechbrain/spkrec-ecapa-voxceleb@refs/pr/1",
    ),
    (with_params(segmentation={"checkpoint": "a", "hparams_file": "b.yaml"}), "segmentation.hparams_file"),
    (with_params(embedding={"checkpoint": "a", "weights_only": False}), "embedding.weights_only"),
]


@pytest.mark.parametrize(("config", "name"), UNKNOWN)
def test_check_names_with_an_unknown_name_requires_trust(
    config: dict[str, Any], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The message has the file, the name and --trust-model; pyannote's own files get a warning, trusted ones none."""
    with pytest.raises(ModelError) as caught:
        check_names(config, "a/config.yaml", UNTRUSTED)
    assert str(caught.value) == (
        f"a/config.yaml names {name!r}, which could run anything on this machine, so it was not loaded; "
        "if you made the file or trust its author, add --trust-model, which lets it run with your rights."
    )
    check_names(config, "a/config.yaml", Trust(everything=True))
    check_names(config, "a/config.yaml", Trust(classes=frozenset({name})))
    assert not caplog.records
    check_names(config, "a/config.yaml", Trust(published=True))
    assert f"a/config.yaml names {name!r}, which SpeakerPlug does not know; it is loaded as pyannote" in caplog.text


FINDER = "pyannote.database.FileFinder"
READING: list[tuple[Any, str]] = [
    ("/data/{uri}.wav", "/data/{uri}.wav"),
    ("bomb.yml", "bomb.yml"),
    (FINDER, FINDER),
    (["bomb.yml"], "['bomb.yml']"),
    (None, "None"),
    ({"name": FINDER, "params": {"database_yml": "bomb.yml"}}, FINDER),
    ({"name": "pyannote.database.file_finder.FileFinder"}, "pyannote.database.file_finder.FileFinder"),
]


@pytest.mark.parametrize(("preprocessor", "name"), READING)
def test_check_names_with_a_preprocessor_that_reads_files_requires_trust(
    preprocessor: Any, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """pyannote reads any YAML file that it names, without a limit."""
    config = preprocessed(preprocessor)
    for trust in (UNTRUSTED, Trust(classes=frozenset({"bomb.yml", FINDER}))):
        with pytest.raises(ModelError) as caught:
            check_names(config, "a/config.yaml", trust)
        assert str(caught.value) == (
            f"a/config.yaml names {name!r}, a preprocessor that reads other files on this machine, so it was not "
            "loaded; if you made the file or trust its author, add --trust-model, which lets it run with your rights."
        )
    check_names(config, "a/config.yaml", Trust(everything=True))
    assert not caplog.records
    check_names(config, "a/config.yaml", Trust(published=True))
    assert f"a/config.yaml names {name!r}, which SpeakerPlug does not know" in caplog.text


KNOWN: list[dict[str, Any]] = [
    CONFIG,
    *(named(name) for name in sorted(PIPELINES)),
    *(with_params(clustering=name) for name in sorted(CLUSTERINGS)),
    *(with_params(embedding=name) for name in sorted(FOREIGN_EMBEDDINGS)),
    with_params(segmentation="pyannote/segmentation-3.0", embedding="pyannote/wespeaker-voxceleb-resnet34-LM"),
    with_params(embedding="hbredin/wespeaker-voxceleb-resnet34-LM"),
    with_params(embedding="/models/pyannote-and-speechbrain/model.bin"),
    with_params(embedding={"checkpoint": "a", "subfolder": "b", "revision": "c", "token": "d", "strict": False}),
    preprocessed({"name": "pyannote.audio.utils.preprocessors.LowerTemporalResolution", "params": {"resolution": 0.1}}),
    {**named("pyannote.audio.pipelines.SpeakerDiarization"), "preprocessors": None},
]


@pytest.mark.parametrize("config", KNOWN)
def test_check_names_of_pyannotes_own_pipelines_need_no_trust(config: dict[str, Any]) -> None:
    """Its pipelines, clusterings, embeddings, those of others that it names itself, and preprocessors."""
    check_names(config, "a/config.yaml", UNTRUSTED)


def test_check_names_with_a_folder_named_like_an_embedding_raises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be used in place of that on the hub, also for pyannote's own default."""
    (tmp_path / "speechbrain" / "spkrec-ecapa-voxceleb").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for config in (
        with_params(embedding="speechbrain/spkrec-ecapa-voxceleb"),
        named("pyannote.audio.pipelines.SpeechSeparation"),
    ):
        with pytest.raises(ModelError, match="names 'speechbrain/spkrec-ecapa-voxceleb"):
            check_names(config, "a/config.yaml", UNTRUSTED)


def test_check_names_with_an_unknown_clustering_lists_the_known_ones() -> None:
    """No trust would make pyannote have it, so the message does not ask for any."""
    for trust in (UNTRUSTED, Trust(published=True)):
        with pytest.raises(ModelError, match=r"the clustering 'Best', .*; it has AgglomerativeClustering, ") as caught:
            check_names(with_params(clustering="Best"), "a/config.yaml", trust)
        assert "--trust-model" not in str(caught.value)


def test_check_with_a_long_name_truncates_it() -> None:
    """The message stays a sentence, and the content of a file cannot control the terminal."""
    with pytest.raises(ModelError) as caught:
        UNTRUSTED.check("\x1b[2J" + "a" * 10_000, "a/config.yaml")
    assert len(str(caught.value)) < 400
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("repo", "revision", "expected"),
    [
        (COMMUNITY, None, True),
        (COMMUNITY, "main", True),
        (COMMUNITY, "c0" * 20, True),
        (COMMUNITY, "refs/pr/3", False),
        ("pyannotes/pipeline", None, False),
        ("stranger/pyannote", None, False),
    ],
)
def test_is_published_is_true_only_for_revisions_of_pyannote(repo: str, revision: str | None, expected: bool) -> None:
    """The organization's repositories count, but not what others propose to them."""
    assert is_published(repo, revision) is expected


@pytest.mark.parametrize(
    ("part", "within", "expected"),
    [
        (Part("segmentation", ""), True, True),
        (Part("segmentation", ""), False, False),
        (Part("segmentation", "pyannote/segmentation-3.0"), False, True),
        (Part("segmentation", "pyannote/segmentation-3.0", revision="c0" * 20), False, False),
        (Part("segmentation", "pyannote/segmentation-3.0", revision="c0" * 20), True, True),
        (Part("segmentation", "pyannote/segmentation-3.0", revision="refs/pr/1"), True, False),
        (Part("segmentation", "stranger/segmentation"), True, False),
        (Part("segmentation", "/pyannote/segmentation-3.0"), True, False),
        (Part("segmentation", "./pyannote/segmentation-3.0"), True, False),
    ],
)
def test_trust_of_a_part_depends_on_its_own_source(part: Part, within: bool, expected: bool) -> None:
    """The pipeline that names it only matters for its own parts and for revisions."""
    trust = Trust(published=within, classes=frozenset({"a.B"}))
    assert trust.of(part) == Trust(published=expected, classes=frozenset({"a.B"}))


def test_parts_of_a_pipeline_without_segmentation_are_pyannotes_defaults() -> None:
    """They are known before pyannote loads them."""
    (part,) = parts_of(named("pyannote.audio.pipelines.VoiceActivityDetection"))
    assert (part.kind, part.source) == ("segmentation", "pyannote/segmentation")


def test_choose_diarizer_passes_the_classes_of_all_plugins() -> None:
    """Configurations may name what any plugin registered; without plugins, nothing."""
    given: list[DiarizerSettings] = []

    class Plugin:
        @hookimpl
        def register_diarizers(self, register: Any) -> None:
            register(DiarizerRegistration("mine", given.append, classes=["mine.Pipeline", "mine.Network"]))
            register(DiarizerRegistration("other", given.append, classes="mine.Preprocessor"))

    plugins = plugins_with({"mine": Plugin()})
    choose_diarizer("mine", plugins, DiarizerSettings())
    assert given[0].classes == {"mine.Pipeline", "mine.Network", "mine.Preprocessor"}
    check_names(named("mine.Pipeline"), "a/config.yaml", Trust(classes=given[0].classes))
    assert not plugins_with().classes


@pytest.mark.parametrize("value", ["1", "true", 1, None])
def test_options_with_trust_that_is_no_bool_raise(value: Any) -> None:
    """A text from an environment or a file would always mean yes."""
    with pytest.raises(UsageError, match=r"trust_model is .*; it must be True or False"):
        Options(trust_model=value)


def test_options_trust_reaches_the_diarizer_and_has_no_environment_variable(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No variable turns it on."""
    for name in ("SPEAKERPLUG_TRUST_MODEL", "TRUST_MODEL", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"):
        monkeypatch.setenv(name, "1")
    with caplog.at_level(logging.DEBUG):
        assert Options().diarizer_settings.trust_model is False
        assert Options(trust_model=True).diarizer_settings.trust_model is True
