from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.errors import MediaError
from speakerplug.media.tracks import AudioTrack, TrackChoice, ranked

GERMAN = AudioTrack(1, 1, "ger", default=True)
ENGLISH = AudioTrack(2, 2, "eng")
COMMENTARY = AudioTrack(3, 3, "eng", "Commentary", main=False)
UNTAGGED = AudioTrack(4, 4)
FILM = (GERMAN, ENGLISH, COMMENTARY, UNTAGGED)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (TrackChoice(), (1, 2, 4, 3)),
        (TrackChoice(language="de"), (1, 4, 2, 3)),
        (TrackChoice(language="en"), (2, 3, 4, 1)),
        (TrackChoice(language="en-GB"), (2, 3, 4, 1)),
        (TrackChoice(language="fr"), (4, 1, 2, 3)),
        (TrackChoice(3), (3,)),
        (TrackChoice(3, "de"), (3,)),
        (TrackChoice("en"), (2, 3)),
        (TrackChoice("deu"), (1,)),
    ],
)
def test_ranked_tracks_of_a_film_go_by_language_default_kind_and_order(
    choice: TrackChoice, expected: tuple[int, ...]
) -> None:
    """A track without a language comes before one of another language; a wanted track leaves out all others."""
    assert tuple(track.number for track in ranked(FILM, choice, "film.mkv")) == expected


@given(st.permutations(FILM), st.sampled_from([None, "de", "en", "fr"]))
def test_ranked_without_a_wanted_track_keeps_all(tracks: list[AudioTrack], language: str | None) -> None:
    """Every track has its turn, for those before it may have no speech."""
    assert set(ranked(tracks, TrackChoice(language=language), "film.mkv")) == set(tracks)


@pytest.mark.parametrize("wanted", [5, "fr"])
def test_ranked_unknown_track_is_refused_with_those_that_there_are(wanted: int | str) -> None:
    """The message lists them."""
    with pytest.raises(MediaError, match=r"no audio track .*: choose one of its tracks, 1 \(ger\); 2 \(eng\)"):
        ranked(FILM, TrackChoice(wanted), "film.mkv")
