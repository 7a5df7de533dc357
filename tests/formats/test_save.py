from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from speakerplug.errors import OutputError, PluginError, UsageError
from speakerplug.formats.save import save, writable
from speakerplug.plugin.formats import FormatRegistration
from speakerplug.plugin.hooks import hookimpl
from speakerplug.plugin.manager import Plugins
from speakerplug.subtitles import CueRules
from speakerplug.system.files import whole_folder, write_whole
from speakerplug.testing import plugins_with
from speakerplug.transcript import Transcript, Word

HELLO = Transcript((Word("Hello", 0.0, 1.0, "A"),))


def offering(*offers: FormatRegistration) -> Plugins:
    """Return plugins with these formats, besides those that come with SpeakerPlug."""

    class Offering:
        """A plugin that registers the formats."""

        @hookimpl
        def register_formats(self, register: Callable[[FormatRegistration], None]) -> None:
            """Register each."""
            for offer in offers:
                register(offer)

    return plugins_with({"strange-plugin": Offering()})


def raising(transcript: Transcript) -> str:
    raise RuntimeError("no")


@pytest.mark.parametrize(
    ("name", "beginning"), [("a.vtt", "WEBVTT"), ("b.SRT", "1\n"), ("c.json", "{"), ("d.txt", "A:")]
)
def test_save_suffix_chooses_the_format(tmp_path: Path, name: str, beginning: str) -> None:
    """A transcript is written in the format of the file name's suffix, in any case, and the path is returned."""
    assert HELLO.save(str(tmp_path / name)) == tmp_path / name
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(beginning)


def test_save_named_format_overrides_the_suffix(tmp_path: Path) -> None:
    """A named format is written whatever the file is called."""
    assert save(HELLO, tmp_path / "out.data", format="srt").read_text().startswith("1\n")


def test_save_unknown_format_is_refused(tmp_path: Path) -> None:
    """An unknown suffix or name is a UsageError that lists the known ones, and leaves no file."""
    with pytest.raises(UsageError, match=r"\.srt, .*\.txt, .*\.vtt"):
        save(HELLO, tmp_path / "out.odt")
    with pytest.raises(UsageError, match="odt"):
        save(HELLO, tmp_path / "out.srt", format="odt")
    assert list(tmp_path.iterdir()) == []


def test_save_longest_suffix_wins(tmp_path: Path) -> None:
    """Of several suffixes that fit the longest is chosen; of two equal ones, the format of that name."""
    plugins = offering(
        *(
            FormatRegistration(name, suffix=suffix, write=lambda _, name=name: name)
            for name, suffix in [("other", ".x"), ("x", ".x"), ("words", ".words.x")]
        )
    )
    assert save(HELLO, tmp_path / "a.x", plugins=plugins).read_text() == "x"
    assert save(HELLO, tmp_path / "a.words.x", plugins=plugins).read_text() == "words"


def test_save_read_only_format_is_refused(tmp_path: Path) -> None:
    """A format without a writer cannot be chosen, by its name or by its suffix."""
    plugins = offering(FormatRegistration("seen", suffix=".seen", read=lambda file: HELLO))
    with pytest.raises(UsageError, match="no format named 'seen'"):
        save(HELLO, tmp_path / "a", "seen", plugins=plugins)
    with pytest.raises(UsageError, match="No format is known"):
        save(HELLO, tmp_path / "a.seen", plugins=plugins)


def test_save_failing_writer_leaves_the_file_unchanged(tmp_path: Path) -> None:
    """When a writer raises, the existing file is unchanged, and no other file is left next to it."""
    path = tmp_path / "talk.x"
    path.write_text("before")
    with pytest.raises(RuntimeError, match="no"):
        save(HELLO, path, plugins=offering(FormatRegistration("x", suffix=".x", write=raising)))
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_save_writer_without_text_is_named(tmp_path: Path) -> None:
    """A writer that gives neither text nor bytes is a PluginError that names its plugin, and leaves no file."""
    plugins = offering(FormatRegistration("x", suffix=".x", write=lambda _: None))  # type: ignore[arg-type,return-value]
    with pytest.raises(PluginError, match="strange-plugin"):
        save(HELLO, tmp_path / "talk.x", plugins=plugins)
    assert list(tmp_path.iterdir()) == []


def test_save_writes_utf8_and_lf(tmp_path: Path) -> None:
    """Text is written as UTF-8 without a byte order mark, line ends as they are, half characters as `?`."""
    write_whole(tmp_path / "a", "é\n\udcff\n")
    assert (tmp_path / "a").read_bytes() == b"\xc3\xa9\n?\n"


def test_save_new_file_follows_the_umask(tmp_path: Path) -> None:
    """A new file has the permissions that any program would give it."""
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "a", "")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_save_existing_file_keeps_its_permissions(tmp_path: Path) -> None:
    """A private file stays private, and a read-only one is replaced in a folder that allows it."""
    for mode in (0o600, 0o444):
        path = tmp_path / str(mode)
        path.write_text("before")
        path.chmod(mode)
        write_whole(path, "after")
        assert path.read_text() == "after"
        assert stat.S_IMODE(path.stat().st_mode) == mode


def test_save_link_replaces_its_target(tmp_path: Path) -> None:
    """The target of a link is replaced, existing or not; the link stays."""
    (tmp_path / "real").mkdir()
    for name in ("there", "new"):
        link = tmp_path / f"{name}.vtt"
        link.symlink_to(tmp_path / "real" / name)
        if name == "there":
            link.write_text("before")
        write_whole(link, "after")
        assert link.is_symlink()
        assert (tmp_path / "real" / name).read_text() == "after"
    assert sorted(path.name for path in (tmp_path / "real").iterdir()) == ["new", "there"]


def test_save_device_is_written_into() -> None:
    """The null device takes the text and stays a device."""
    write_whole(Path(os.devnull), "text")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_save_folder_is_refused(tmp_path: Path) -> None:
    """A folder given as the file is an OutputError that says so."""
    with pytest.raises(OutputError, match="is a folder; add a file name"):
        write_whole(tmp_path, "text")


def test_save_missing_folder_is_refused(tmp_path: Path) -> None:
    """A folder that does not exist is an OutputError with a hint."""
    with pytest.raises(OutputError, match="does not exist; create it"):
        write_whole(tmp_path / "neither" / "a.vtt", "text")


def test_save_path_through_a_file_is_refused(tmp_path: Path) -> None:
    """A path through a file is an OutputError that says so."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="part of its path is a file"):
        write_whole(tmp_path / "file" / "a.vtt", "text")


@pytest.mark.parametrize(
    ("number", "hint"), [(errno.ENOSPC, "free disk space"), (errno.EACCES, "folder that you may write to")]
)
def test_save_failing_disk_leaves_the_file_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, hint: str
) -> None:
    """When the disk is full or fails, the old file is unchanged, no other is left, and the message has a hint."""
    path = tmp_path / "talk.vtt"
    path.write_text("before")

    def fail(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError, match=hint):
        write_whole(path, "after")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_save_interrupted_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle of writing leaves no file behind."""

    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "talk.vtt", "text")
    assert list(tmp_path.iterdir()) == []


def test_whole_folder_appears_atomically(tmp_path: Path) -> None:
    """A folder only replaces an empty one; an error inside leaves nothing of it."""
    target = tmp_path / "a" / "folder"
    with pytest.raises(OutputError), whole_folder(target) as unfinished:
        (unfinished / "file").rename(unfinished / "absent" / "file")
    assert not list((tmp_path / "a").iterdir())
    target.mkdir()
    with whole_folder(target) as unfinished:
        (unfinished / "file").touch()
        assert not list(target.iterdir())
    assert [path.name for path in target.iterdir()] == ["file"]
    with pytest.raises(OutputError, match="already exists; choose a folder that does not"), whole_folder(target):
        pass
    with pytest.raises(OutputError, match="cannot be written"), whole_folder(target / "file" / "folder"):
        pass


def test_save_crlf_and_bom_on_request(tmp_path: Path) -> None:
    """Each line ends in one CRLF, and the mark comes first; files of a format for programs have neither."""
    plugins = offering(
        FormatRegistration("x", suffix=".x", write=lambda _: "a\nb\r\n"),
        FormatRegistration("y", suffix=".y", write=lambda _: "a\nb\r\n", for_programs=True),
    )
    assert save(HELLO, tmp_path / "a.x", plugins=plugins).read_bytes() == b"a\nb\r\n"
    assert save(HELLO, tmp_path / "a.x", crlf=True, plugins=plugins).read_bytes() == b"a\r\nb\r\n"
    assert save(HELLO, tmp_path / "a.x", bom=True, plugins=plugins).read_bytes() == b"\xef\xbb\xbfa\nb\r\n"
    assert save(HELLO, tmp_path / "a.y", crlf=True, bom=True, plugins=plugins).read_bytes() == b"a\nb\r\n"


def test_save_passes_a_writer_only_what_it_takes(tmp_path: Path) -> None:
    """A writer gets the rules and the recording's URL if it takes them and they are given; else nothing."""

    def write(transcript: Transcript, **given: object) -> str:
        return repr(given)

    plugins = offering(
        FormatRegistration("all", suffix=".all", write=write, takes=("rules", "media")),
        FormatRegistration("neither", suffix=".none", write=write),
    )
    rules = CueRules(columns=7)
    given = {"recording": tmp_path / "talk.mp4", "plugins": plugins}
    assert save(HELLO, tmp_path / "a.all", None, rules, **given).read_text() == repr(
        {"rules": rules, "media": "talk.mp4"}
    )
    assert save(HELLO, tmp_path / "a.all", plugins=plugins).read_text() == "{}"
    assert save(HELLO, tmp_path / "a.none", None, rules, **given).read_text() == "{}"


def test_built_in_formats_for_programs_are_registered_as_such() -> None:
    """Line ends and mark depend on the registration, not on the suffix."""
    suffixes = (".json", ".rttm", ".stm", ".ctm", ".ttml", ".eaf", ".TextGrid", ".svg")
    for name, format in writable().items():
        assert format.for_programs == format.suffix.endswith(suffixes), name
