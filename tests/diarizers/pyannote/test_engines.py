"""The engine of a pyannote pipeline is chosen by a parameter; pyannote's own is the default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from speakerplug.diarizers.pyannote.diarizer import PyannoteDiarizer
from speakerplug.diarizers.pyannote.engines import diarizer_for
from speakerplug.diarizers.pyannote.pretrained import configured, pretrained
from speakerplug.diarizers.pyannote.single_pass import SinglePassPyannoteDiarizer
from speakerplug.errors import UsageError
from speakerplug.plugin.roles import DiarizerSettings


def chosen(parameters: dict[str, Any], exact: bool = False) -> PyannoteDiarizer:
    """Return the diarizer of a pipeline that is never loaded."""
    return diarizer_for("talk", dict, "key", DiarizerSettings(parameters=parameters, exact=exact))


@pytest.mark.parametrize(
    ("parameters", "kind"),
    [
        ({}, PyannoteDiarizer),
        ({"engine": "exact"}, PyannoteDiarizer),
        ({"engine": "single-pass"}, SinglePassPyannoteDiarizer),
    ],
)
def test_diarizer_for_a_known_engine_is_of_its_kind(parameters: dict[str, Any], kind: type) -> None:
    """The name stays, and exact is what --exact asks for."""
    assert type(chosen(parameters)) is kind
    assert chosen(parameters).name == "talk"
    if kind is PyannoteDiarizer:
        assert type(chosen(parameters, exact=True)) is kind


def test_both_engines_share_the_loaded_pipeline() -> None:
    """The engine is none of its parameters, which the other ones are."""
    keys = {chosen({"engine": engine, "clustering.Fa": 0.1})._handle.key for engine in ("exact", "single-pass")}
    assert len(keys) == 1
    assert keys != {chosen({"engine": "exact"})._handle.key}


@pytest.mark.parametrize("engine", ["stretches", "", 1, True, None, ["exact"]])
def test_diarizer_for_an_unknown_engine_lists_the_choices(engine: object) -> None:
    """In one sentence, before anything is loaded."""
    with pytest.raises(UsageError, match=r"^--diarizer-param engine is .*; give exact or single-pass\.$"):
        chosen({"engine": engine})


def test_exact_contradicts_the_single_pass() -> None:
    """Both say how to compute."""
    with pytest.raises(UsageError, match=r"engine=single-pass contradicts --exact; give one of the two\.$"):
        chosen({"engine": "single-pass"}, exact=True)


def test_engine_is_chosen_for_every_source_of_a_pipeline(tmp_path: Path) -> None:
    """A folder, a hub id and a configuration."""
    (tmp_path / "config.yaml").write_text("pipeline: {}")
    settings = DiarizerSettings(parameters={"engine": "single-pass"})
    found = [pretrained(str(tmp_path), settings), pretrained("someone/pipeline", settings), configured({}, settings)]
    assert {type(each) for each in found} == {SinglePassPyannoteDiarizer}
