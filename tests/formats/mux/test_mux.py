from __future__ import annotations

import resource
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import pytest
from av.stream import Disposition
from hypothesis import given, settings

from speakerplug.errors import MediaError, OutputError, UsageError
from speakerplug.formats.mux import embed, with_pyav
from speakerplug.formats.mux.with_pyav import CopyError
from speakerplug.subtitles import PROFILES, CueRules, cues_from
from speakerplug.transcript import Media, Speaker, Transcript, Word
from tests.ffmpeg import packaged_program
from tests.media_files import Recording, Track, babble
from tests.strategies import transcripts

Shown = list[tuple[int, int, str]]

TALK = Transcript(
    (
        Word("Hello", 0.1, 0.4, "A"),
        Word("there,", 0.5, 0.9, "A"),
        Word("שלום", 1.0, 1.4, "B"),
        Word("<b>", 1.6, 1.8, "A"),
    ),
    speakers=(Speaker("A", "Ben & Jerry"), Speaker("B", "مريم")),
    language="en",
    media=Media("talk.mp4", 2.0),
)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two seconds of video and audio, or audio alone, in many containers."""
    folder = tmp_path_factory.mktemp("media")
    low, high = babble(2.0, 8_000), babble(2.0, 48_000)
    kinds = {
        "talk.mp4": Recording((Track(low, 8_000),), picture_s=2.0),
        "talk.mov": Recording((Track(high, 48_000),), picture_s=2.0),
        "talk.mkv": Recording((Track(high, 48_000, "flac"),), picture_s=2.0),
        "talk.avi": Recording((Track(high, 48_000, "mp2"),), picture_s=2.0),
        "two.mp4": Recording((Track(high, 48_000), Track(babble(2.0, 48_000, seed=1), 48_000)), picture_s=2.0),
        "late.mkv": Recording((Track(high, 48_000, start=0.5),), picture_s=2.0),
        "alone.m4a": Recording((Track(high, 48_000),)),
        "alone.wav": Recording((Track(high, 48_000, "pcm_s16le"),)),
        "call.wav": Recording((Track(low, 8_000, "pcm_mulaw"),)),
        "alone.mp3": Recording((Track(high, 48_000, "mp3"),)),
        "slow.mp4": Recording((Track(low, 8_000),)),
    }
    return {name: recording.write(folder / name) for name, recording in kinds.items()}


def shown(path: Path, source: Path) -> Shown:
    """Return text and times (ms, on the clock of `source`'s audio) of the last subtitle track."""
    origin = first_audio(path) - first_audio(source)
    with av.open(str(source)) as file:
        origin += (file.start_time or 0) / 1000
    with av.open(str(path)) as file:
        stream = file.streams.subtitles[-1]
        prefix = 2 if stream.codec_context.name == "mov_text" else 0
        return [
            (
                round(packet.pts * packet.time_base * 1000 - origin),
                round((packet.pts + packet.duration) * packet.time_base * 1000 - origin),
                bytes(packet)[prefix:].decode(),
            )
            for packet in file.demux(stream)
            if packet.size > prefix
        ]


def first_audio(path: Path) -> float:
    """Return the start of the audio in milliseconds of the file; some containers shift all times to be positive."""
    with av.open(str(path)) as file:
        packet = next(file.demux(file.streams.audio[0]))
        return float(packet.pts * packet.time_base * 1000)


def expected(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> Shown:
    cues = cues_from(transcript, rules.for_srt)
    return [(round(cue.start * 1000), round(cue.end * 1000), cue.label + "\n".join(cue.lines)) for cue in cues]


def copied(path: Path) -> list[tuple[str, list[bytes]]]:
    """Return every packet of each audio or video stream; PCM joined, as each FFmpeg splits it differently."""
    with av.open(str(path)) as file:
        streams = [*file.streams.video, *file.streams.audio]
        found: dict[int, list[bytes]] = {stream.index: [] for stream in streams}
        for packet in file.demux(streams):
            if packet.size:
                found[packet.stream.index].append(bytes(packet))
        for stream in streams:
            if stream.name.startswith("pcm_"):
                found[stream.index] = [b"".join(found[stream.index])]
        return [(stream.name, found[stream.index]) for stream in streams]


def times(path: Path) -> list[float]:
    """Return the time of each audio or video packet, in seconds after the first audio."""
    with av.open(str(path)) as file:
        streams = [*file.streams.video, *file.streams.audio]
        origin = first_audio(path) / 1000
        return sorted(float(packet.pts * packet.time_base) - origin for packet in file.demux(streams) if packet.size)


@pytest.mark.parametrize("name", ["talk.mp4", "talk.mkv", "slow.mp4"])
@settings(max_examples=10)
@given(transcript=transcripts())
def test_embed_track_has_the_cues_of_srt(name: str, media: dict[str, Path], transcript: Transcript) -> None:
    """Whatever is said, each cue is there once, with its text and name, its start and its end to the millisecond."""
    path = embed(transcript, media[name])
    cues = expected(transcript)
    if cues:
        assert shown(path, media[name]) == cues


@pytest.mark.parametrize(
    ("name", "copy"),
    [
        ("talk.mp4", "talk.subtitled.mp4"),
        ("talk.mov", "talk.subtitled.mp4"),
        ("talk.mkv", "talk.subtitled.mkv"),
        ("talk.avi", "talk.subtitled.mkv"),
        ("two.mp4", "two.subtitled.mp4"),
        ("late.mkv", "late.subtitled.mkv"),
        ("alone.m4a", "alone.subtitled.m4a"),
        ("alone.wav", "alone.subtitled.mka"),
        ("alone.mp3", "alone.subtitled.mka"),
    ],
)
def test_embed_copies_all_packets(name: str, copy: str, media: dict[str, Path]) -> None:
    """The copy is next to the recording, with every packet of it, and the new track is the default one."""
    before = media[name].read_bytes()
    path = embed(TALK, media[name])
    assert path == media[name].with_name(copy)
    assert copied(path) == copied(media[name])
    assert times(path) == pytest.approx(times(media[name]), abs=0.002)
    assert shown(path, media[name]) == expected(TALK)
    assert media[name].read_bytes() == before
    with av.open(str(path)) as file:
        (track,) = file.streams.subtitles
        assert track.disposition & Disposition.default
        assert track.language == "eng"
        assert "Subtitles with speakers" in track.metadata.values()


def test_embed_has_the_cues_of_the_rules(media: dict[str, Path], tmp_path: Path) -> None:
    """Profile and labels are those that are asked for."""
    rules = CueRules(columns=8, labels="always")
    path = embed(TALK, media["talk.mp4"], tmp_path / "copy.mkv", rules)
    assert shown(path, media["talk.mp4"]) == expected(TALK, rules) != expected(TALK)
    for rules in PROFILES.values():
        path = embed(TALK, media["talk.mp4"], tmp_path / "copy.mp4", rules)
        assert shown(path, media["talk.mp4"]) == expected(TALK, rules)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_embed_keeps_other_subtitles_and_chapters(suffix: str, media: dict[str, Path], tmp_path: Path) -> None:
    """Other subtitles, chapters and the title stay; only the new track is shown by default."""
    source = embed(Transcript((Word("Hallo.", 0.2, 0.5),), language="de-AT"), media["two.mp4"], tmp_path / f"a{suffix}")
    titled = tmp_path / f"b{suffix}"
    with av.open(str(source)) as given, av.open(str(titled), "w") as file:
        file.metadata["title"] = "A talk"
        base = Fraction(1, 1000)
        file.set_chapters([{"id": 1, "start": 0, "end": 1000, "time_base": base, "metadata": {"title": "One & <b>"}}])
        pairs = {stream.index: file.add_stream_from_template(stream, opaque=True) for stream in given.streams}
        for index, stream in pairs.items():
            stream.metadata.update(given.streams[index].metadata)
            stream.disposition = given.streams[index].disposition
        for packet in given.demux():
            if packet.size:
                packet.stream = pairs[packet.stream.index]
                file.mux(packet)
    path = embed(TALK, titled)
    assert shown(path, titled) == expected(TALK)
    with av.open(str(path)) as file:
        assert file.metadata["title"] == "A talk"
        assert [chapter["metadata"]["title"] for chapter in file.chapters()] == ["One & <b>"]
        assert [track.language for track in file.streams.subtitles] == ["deu", "eng"]
        shows = [bool(track.disposition & Disposition.default) for track in file.streams.subtitles]
        assert shows == [False, True]


def test_embed_never_replaces_the_recording(media: dict[str, Path], tmp_path: Path) -> None:
    """The copy never replaces the recording, whatever it is called."""
    source = Path(shutil.copy(media["talk.mp4"], tmp_path))
    before = source.read_bytes()
    (tmp_path / "link.mp4").symlink_to(source)
    for path in (source, tmp_path / "link.mp4"):
        with pytest.raises(OutputError, match="the recording itself"):
            embed(TALK, source, path)
    assert source.read_bytes() == before


@pytest.fixture
def limited_file_size() -> Iterator[None]:
    """Limit the size of files to ten kilobytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("name", ["talk.mp4", "talk.mkv", "alone.wav"])
def test_embed_without_disk_space_leaves_the_old_copy(
    name: str, media: dict[str, Path], tmp_path: Path, limited_file_size: None
) -> None:
    """Without disk space an older copy is unchanged, and nothing is left of the new one."""
    path = tmp_path / "copy.mkv"
    path.write_bytes(b"older")
    with pytest.raises(OutputError, match="free disk space or choose another folder"):
        embed(TALK, media[name], path)
    assert [(left.name, left.read_bytes()) for left in tmp_path.iterdir()] == [("copy.mkv", b"older")]


def test_embed_unsupported_container_is_refused(
    media: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container without subtitles or not for this recording, and a file that is no recording, are refused."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"end its name in \.mp4"):
        embed(TALK, media["talk.mp4"], tmp_path / "talk.wav")
    with pytest.raises(MediaError, match=r"end the name of the copy in \.mkv, or install ffmpeg"):
        embed(TALK, media["call.wav"], tmp_path / "talk.mp4")
    with pytest.raises(MediaError, match="convert it to MP4, or install ffmpeg"):
        embed(TALK, media["call.wav"])
    with pytest.raises(MediaError, match="not a readable recording"):
        embed(TALK, tmp_path / "none.mp4")
    with pytest.raises(OutputError, match="create it first"):
        embed(TALK, media["talk.mp4"], tmp_path / "none" / "talk.mp4")
    assert not list(tmp_path.iterdir())


def test_embed_pyav_failure_without_ffmpeg_is_refused(
    media: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where PyAV cannot copy and ffmpeg is missing, the message has the reason and a hint."""

    def refuse(*args: object) -> None:
        """Fail as PyAV before version 17, which cannot encode subtitles."""
        raise CopyError("no subtitles")

    monkeypatch.setattr(with_pyav, "write", refuse)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MediaError, match=r"\(no subtitles\); install the program ffmpeg, update PyAV"):
        embed(TALK, media["talk.mp4"], tmp_path / "copy.mp4")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("program", ["packaged", *(["system's"] if shutil.which("ffmpeg") else [])])
@pytest.mark.parametrize("name", ["two.mp4", "talk.mkv", "alone.m4a", "call.wav"])
def test_embed_pyav_failure_falls_back_to_ffmpeg(
    name: str, program: str, media: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy by ffmpeg, where PyAV cannot, holds the same, with a current ffmpeg and with the system's."""
    if program == "packaged":
        monkeypatch.setenv("PATH", str(packaged_program(tmp_path).parent))

    def refuse(*args: object) -> None:
        """Fail as PyAV before version 17, which cannot encode subtitles."""
        raise CopyError("no subtitles")

    monkeypatch.setattr(with_pyav, "write", refuse)
    path = embed(TALK, media[name])
    assert shown(path, media[name]) == expected(TALK)
    assert copied(path) == copied(media[name])
    with av.open(str(path)) as file:
        assert file.streams.subtitles[-1].disposition & Disposition.default
        assert file.streams.subtitles[-1].language == "eng"


def test_embed_without_words_logs_a_warning(media: dict[str, Path], caplog: pytest.LogCaptureFixture) -> None:
    """Without words the copy has no subtitles, and a warning says so."""
    path = embed(Transcript(language="en"), media["talk.mkv"])
    assert copied(path) == copied(media["talk.mkv"])
    assert "has no words" in caplog.text


def spans(path: Path) -> dict[str, tuple[float, float]]:
    """Return the first and last packet time of each kind of stream, in seconds of the file."""
    found: dict[str, list[float]] = {}
    with av.open(str(path)) as file:
        for packet in file.demux():
            if packet.size > 2:  # in MP4 the end of a cue is a sample of two bytes
                found.setdefault(packet.stream.type, []).append(float(packet.pts * packet.time_base))
    return {kind: (min(times), max(times)) for kind, times in found.items()}


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
@pytest.mark.parametrize("offset", ["0", "50000"])
def test_embed_copy_of_a_broadcast_starts_at_zero(offset: str, suffix: str, tmp_path: Path) -> None:
    """As ffmpeg's copy does, whatever the first time of the broadcast; the cues are where the words are."""
    high = Track(babble(2.0, 48_000), 48_000, "mp2")
    source = Recording((high,), picture_s=2.0, options={"output_ts_offset": offset}).write(tmp_path / "talk.ts")
    found = spans(embed(TALK, source, tmp_path / f"copy{suffix}"))
    assert found["audio"][0] == pytest.approx(0.0, abs=0.1)
    assert found["audio"][1] == pytest.approx(2.0, abs=0.1)
    assert found["video"][1] == pytest.approx(2.0, abs=0.1)
    assert found["subtitle"][0] == pytest.approx(0.1, abs=0.002)


def test_embed_copy_of_a_broadcast_whose_clock_jumps_goes_on(tmp_path: Path) -> None:
    """The clock of the copy is that of the words, which follows the audio."""
    parts = []
    for offset in ("0", "52"):
        high = Track(babble(2.0, 48_000), 48_000, "mp2")
        part = Recording((high,), picture_s=2.0, options={"output_ts_offset": offset}).write(tmp_path / f"{offset}.ts")
        parts.append(part.read_bytes())
    (tmp_path / "both.ts").write_bytes(b"".join(parts))
    late = Transcript((Word("Late.", 3.0, 3.5),), media=Media("both.ts", 4.0))
    found = spans(embed(late, tmp_path / "both.ts", tmp_path / "copy.mkv"))
    assert found["audio"][1] == pytest.approx(4.0, abs=0.15)
    assert found["video"][1] == pytest.approx(4.0, abs=0.15)
    assert found["subtitle"][0] == pytest.approx(3.0, abs=0.002)


def test_embed_reports_its_progress_in_seconds_of_the_recording(
    media: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long copy is no silence."""
    monkeypatch.setattr(with_pyav, "REPORT_INTERVAL_S", 0.5)
    seen: list[tuple[str, float, float]] = []
    embed(TALK, media["talk.mp4"], tmp_path / "copy.mp4", progress=lambda *step: seen.append(step))
    assert [done for _, done, _ in seen] == pytest.approx([0.5, 1.0, 1.5], abs=0.1)
    assert {step for step, *_ in seen} == {"copy"}
    assert [total for *_, total in seen] == pytest.approx([2.0] * 3, abs=0.1)
