"""Which names a configuration may have, and who is trusted to have others; nothing is imported here."""

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
from tests.diarizers.pyannote.strangers import CONFIG

NOBODY = Trust()


def with_params(**params: Any) -> dict[str, Any]:
    config = copy.deepcopy(CONFIG)
    config["pipeline"]["params"].update(params)
    return config


def named(name: Any) -> dict[str, Any]:
    return {"pipeline": {"name": name}}


def preprocessed(preprocessor: Any) -> dict[str, Any]:
    return {**CONFIG, "preprocessors": {"a": preprocessor}}


STRANGE: list[tuple[dict[str, Any], str]] = [
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


@pytest.mark.parametrize(("config", "name"), STRANGE)
def test_check_names_an_unknown_name_is_refused_unless_somebody_vouches_for_it(
    config: dict[str, Any], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The file, the name and --trust-model in one sentence; of pyannote's own files a warning; trust is silent."""
    with pytest.raises(ModelError) as caught:
        check_names(config, "a/config.yaml", NOBODY)
    assert str(caught.value) == (
        f"a/config.yaml names {name!r}, which could run anything on this machine, so it was not loaded; "
        "if you made the file or trust who did, add --trust-model, which lets it run with your rights."
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
def test_check_names_a_preprocessor_that_reads_files_is_refused_unless_somebody_vouches_for_it(
    preprocessor: Any, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """pyannote reads the YAML that it names without any bound, whatever file that is."""
    config = preprocessed(preprocessor)
    for trust in (NOBODY, Trust(classes=frozenset({"bomb.yml", FINDER}))):
        with pytest.raises(ModelError) as caught:
            check_names(config, "a/config.yaml", trust)
        assert str(caught.value) == (
            f"a/config.yaml names {name!r}, a preprocessor that reads other files on this machine, so it was not "
            "loaded; if you made the file or trust who did, add --trust-model, which lets it run with your rights."
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
def test_check_names_what_pyannotes_own_pipelines_name_is_admitted(config: dict[str, Any]) -> None:
    """Its pipelines, its clusterings, its embeddings, those of others that it names itself, its preprocessors."""
    check_names(config, "a/config.yaml", NOBODY)


def test_check_names_a_folder_by_the_name_of_an_embedding_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be taken instead of the hub's, also where only pyannote's own default names it."""
    (tmp_path / "speechbrain" / "spkrec-ecapa-voxceleb").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for config in (
        with_params(embedding="speechbrain/spkrec-ecapa-voxceleb"),
        named("pyannote.audio.pipelines.SpeechSeparation"),
    ):
        with pytest.raises(ModelError, match="names 'speechbrain/spkrec-ecapa-voxceleb"):
            check_names(config, "a/config.yaml", NOBODY)


def test_check_names_an_unknown_clustering_is_an_error_with_those_that_there_are() -> None:
    """No trust makes pyannote have it, so none is asked for."""
    for trust in (NOBODY, Trust(published=True)):
        with pytest.raises(ModelError, match=r"the clustering 'Best', .*; it has AgglomerativeClustering, ") as caught:
            check_names(with_params(clustering="Best"), "a/config.yaml", trust)
        assert "--trust-model" not in str(caught.value)


def test_meet_a_long_name_is_cut() -> None:
    """A message stays a sentence, and what a file holds cannot write on the terminal."""
    with pytest.raises(ModelError) as caught:
        NOBODY.meet("\x1b[2J" + "a" * 10_000, "a/config.yaml")
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
def test_is_published_only_what_pyannote_itself_can_have_put_there(
    repo: str, revision: str | None, expected: bool
) -> None:
    """The organization's repositories, but not what others propose to them."""
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
def test_trust_of_a_part_depends_on_where_the_part_comes_from(part: Part, within: bool, expected: bool) -> None:
    """Not on the pipeline that names it, but for its own parts and for revisions."""
    trust = Trust(published=within, classes=frozenset({"a.B"}))
    assert trust.of(part) == Trust(published=expected, classes=frozenset({"a.B"}))


def test_parts_of_a_pipeline_that_names_no_segmentation_are_those_that_pyannote_takes() -> None:
    """Known before it loads them."""
    (part,) = parts_of(named("pyannote.audio.pipelines.VoiceActivityDetection"))
    assert (part.kind, part.source) == ("segmentation", "pyannote/segmentation")


def test_a_plugins_classes_come_with_its_diarizer() -> None:
    """Whichever diarizer is chosen, configurations may name what any plugin registered; alone, nothing."""
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
def test_options_trust_that_is_no_truth_value_is_an_error(value: Any) -> None:
    """A text from an environment or a file would always mean yes."""
    with pytest.raises(UsageError, match=r"trust_model is .*; it must be True or False"):
        Options(trust_model=value)


def test_options_trust_reaches_the_diarizer_and_nothing_else_gives_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No variable is asked."""
    for name in ("SPEAKERPLUG_TRUST_MODEL", "TRUST_MODEL", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"):
        monkeypatch.setenv(name, "1")
    with caplog.at_level(logging.DEBUG):
        assert Options().diarizer_settings.trust_model is False
        assert Options(trust_model=True).diarizer_settings.trust_model is True
