"""The driver: what it does, what it leaves, and what a run after it finds."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from speakerplug.batch.decide import Wish
from speakerplug.batch.driver import Driver
from speakerplug.batch.journal import read_journals
from speakerplug.batch.status import status_of
from speakerplug.errors import OutputError, UsageError
from speakerplug.plugin import Event, Failed, Task, hookimpl
from speakerplug.plugin.registrations import ExecutorRegistration
from speakerplug.testing import plugins_with
from tests.batch.scripted import ScriptedExecutor, outcomes, request_for, run, written


def test_driver_writes_results_in_the_tree_of_the_recordings(tmp_path: Path) -> None:
    """Atomically named, and the journal has their sizes and hashes."""
    folder, out = written(tmp_path / "in", "a.wav", "b/c.mp3"), tmp_path / "out"
    assert run(request_for(folder, out)) == {"a.wav": "done", "b/c.mp3": "done"}
    assert (out / "b" / "c.vtt").read_text() == "audio of b/c.mp3 {}"
    record = read_journals(out).latest["b/c.mp3"]
    assert [(each.path, each.size) for each in record.outputs] == [("b/c.vtt", 19)]
    assert (record.attempt, record.work_s, record.host != "") == (1, 0.5, True)


def test_driver_does_nothing_twice(tmp_path: Path) -> None:
    """Changed content, changed settings and lost results mean again, touching a file does not."""
    folder, out = written(tmp_path / "in", "a.wav", "b.wav", "c.wav"), tmp_path / "out"
    run(request_for(folder, out))
    written(folder, "b.wav")
    os.utime(folder / "b.wav", (1, 1))
    (folder / "c.wav").write_text("another one")
    assert run(request_for(folder, out)) == {"a.wav": "(done)", "b.wav": "(done)", "c.wav": "done"}
    (out / "a.vtt").unlink()
    assert run(request_for(folder, out)) == {"a.wav": "done", "b.wav": "(done)", "c.wav": "(done)"}
    assert set(run(request_for(folder, out, options={"language": "de"})).values()) == {"done"}
    assert set(run(request_for(folder, out, Wish(redo=True))).values()) == {"done"}


def test_driver_takes_an_edited_result_for_done_unless_it_verifies(tmp_path: Path) -> None:
    """Someone's corrections are not redone; --verify finds each byte that differs, in recordings too."""
    folder, out = written(tmp_path / "in", "a.wav", "b.wav"), tmp_path / "out"
    run(request_for(folder, out, verify=True))
    (out / "a.vtt").write_text("corrected")
    status = (folder / "b.wav").stat()
    (folder / "b.wav").write_text("audio of B.wav")
    os.utime(folder / "b.wav", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert run(request_for(folder, out)) == {"a.wav": "(done)", "b.wav": "(done)"}
    assert run(request_for(folder, out, verify=True)) == {"a.wav": "done", "b.wav": "done"}


def test_driver_goes_on_after_failures_and_does_not_repeat_them(tmp_path: Path) -> None:
    """Unless it is asked to."""
    folder, out = written(tmp_path / "in", "a.wav", "bad.wav"), tmp_path / "out"
    assert run(request_for(folder, out)) == {"a.wav": "done", "bad.wav": "failed"}
    assert run(request_for(folder, out)) == {"a.wav": "(done)", "bad.wav": "(failed)"}
    assert run(request_for(folder, out, Wish(retry_failed=True))) == {"a.wav": "(done)", "bad.wav": "failed"}


def test_driver_writes_no_token_into_the_journal(tmp_path: Path) -> None:
    """Whatever a worker says."""
    token = "open-sesame-12345"

    class Talkative(ScriptedExecutor):
        def _event(self, task: Task) -> Event:
            return Failed(task, "ModelError", f"The hub refused {token}: log in.", warnings=(f"used {token}",))

    run(request_for(written(tmp_path / "in", "a.wav"), tmp_path / "out", options={"token": token}), Talkative())
    assert all(token not in path.read_text() for path in (tmp_path / "out" / ".speakerplug").iterdir())


def test_driver_sets_aside_what_ends_its_worker_twice(tmp_path: Path) -> None:
    """It is tried again after all others; the next run leaves it."""
    folder, out, executor = written(tmp_path / "in", "dies.wav", "a.wav"), tmp_path / "out", ScriptedExecutor()
    assert run(request_for(folder, out), executor) == {"dies.wav": "killed", "a.wav": "done"}
    tried = [(task.key, task.attempt, task.is_suspect) for task in executor.done]
    assert sorted(tried) == [("a.wav", 1, False), ("dies.wav", 1, False), ("dies.wav", 2, True)]
    assert tried[-1][0] == "dies.wav"
    assert "SIGSEGV" in read_journals(out).latest["dies.wav"].message
    assert run(request_for(folder, out)) == {"dies.wav": "(killed)", "a.wav": "(done)"}
    assert executor.is_closed


def test_driver_does_not_blame_a_recording_for_a_lost_machine(tmp_path: Path) -> None:
    """However often one is lost."""
    folder, executor = written(tmp_path / "in", "lost.wav"), ScriptedExecutor()
    assert run(request_for(folder, tmp_path / "out"), executor) == {"lost.wav": "done"}
    assert [task.attempt for task in executor.done] == [1, 1, 1]


class Killed(BaseException):
    """The end of a driver."""


def test_driver_that_dies_leaves_what_it_began_for_the_next_run_at_the_end(tmp_path: Path) -> None:
    """That is no attempt: the driver died too."""
    folder, out, executor = written(tmp_path / "in", "a.wav", "b.wav", "c.wav"), tmp_path / "out", ScriptedExecutor()

    def kill(task: Task) -> None:
        """End the driver while it does the second one."""
        if len(executor.done) == 1:
            raise Killed

    executor.before = kill
    with pytest.raises(Killed):
        run(request_for(folder, out), executor)
    begun, again = executor.done[0].key, ScriptedExecutor()
    assert sorted(run(request_for(folder, out), again).values()) == ["(done)", "done", "done"]
    assert begun not in [task.key for task in again.done]
    assert [task.attempt for task in again.done] == [1, 1]
    assert read_journals(out).latest[again.done[-1].key].state == "done"
    assert len(read_journals(out).runs) == 2


def test_driver_that_redoes_everything_goes_on_after_an_interruption(tmp_path: Path) -> None:
    """Only what it had not redone is left to the same call; the next one redoes all."""
    folder, out, executor = written(tmp_path / "in", "a.wav", "b.wav", "c.wav"), tmp_path / "out", ScriptedExecutor()
    run(request_for(folder, out))

    def kill(task: Task) -> None:
        """End the driver while it does the second one."""
        if len(executor.done) == 1:
            raise Killed

    executor.before = kill
    redo = request_for(folder, out, Wish(redo=True))
    with pytest.raises(Killed):
        run(redo, executor)
    assert sorted(run(redo).values()) == ["(done)", "done", "done"]
    assert sorted(run(redo).values()) == ["done", "done", "done"]
    assert sorted(run(request_for(folder, out)).values()) == ["(done)", "(done)", "(done)"]


def test_driver_makes_nothing_where_there_is_nothing_to_do(tmp_path: Path) -> None:
    """A mistyped folder leaves no trace."""
    (tmp_path / "in").mkdir()
    with pytest.raises(UsageError, match="no recordings"):
        run(request_for(tmp_path / "in", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_driver_adopts_results_that_are_there_if_it_may(tmp_path: Path) -> None:
    """From then on they are done."""
    folder, out = written(tmp_path / "in", "a.wav", "b.wav"), written(tmp_path / "out", "a.vtt")
    assert run(request_for(folder, out, Wish(skip_existing=True))) == {"a.wav": "(done)", "b.wav": "done"}
    assert run(request_for(folder, out)) == {"a.wav": "(done)", "b.wav": "(done)"}
    assert (out / "a.vtt").read_text() == "audio of a.vtt"


def test_driver_stops_where_all_would_fail_alike(tmp_path: Path) -> None:
    """A full disk is no reason to try a thousand; the next run tries again by itself."""
    folder, out = written(tmp_path / "in", *(f"disk{n}.wav" for n in range(5)), "a.wav"), tmp_path / "out"
    with pytest.raises(OutputError, match=r"free disk space\. 3 files failed alike, so the others were not tried"):
        run(request_for(folder, out))
    states = [record.state for record in read_journals(out).latest.values()]
    assert states.count("failed") == 3
    for name in os.listdir(folder):
        os.rename(folder / name, folder / name.replace("disk", "free"))
    assert set(run(request_for(folder, out)).values()) <= {"done", "(done)"}


def test_driver_stops_where_a_common_option_is_wrong(tmp_path: Path) -> None:
    """A misspelled model is an error of usage, said once, not a failure of a thousand recordings."""
    folder, out = written(tmp_path / "in", *(f"model{n}.wav" for n in range(5))), tmp_path / "out"
    with pytest.raises(UsageError, match=r"no model 'tinny'.* 3 files failed alike"):
        run(request_for(folder, out))
    assert len(read_journals(out).latest) == 3


def test_driver_goes_on_where_options_of_lines_are_wrong(tmp_path: Path) -> None:
    """They say nothing of the other recordings."""
    written(tmp_path, *(f"model{n}.wav" for n in range(5)), "zz.wav")
    lines = [{"audio_filepath": f"model{n}.wav", "language": "de"} for n in range(5)] + [{"audio_filepath": "zz.wav"}]
    (tmp_path / "list.jsonl").write_text("\n".join(map(json.dumps, lines)))
    request = replace(request_for(tmp_path, tmp_path / "out", listed=str(tmp_path / "list.jsonl")), inputs=())
    assert sorted(run(request).values()) == ["done", *["failed"] * 5]


def test_driver_says_what_is_wrong_with_a_list_and_does_the_rest(tmp_path: Path) -> None:
    """With the options of each line."""
    written(tmp_path, "in/a.wav")
    line = {"audio_filepath": "in/a.wav", "language": "de"}
    (tmp_path / "list.jsonl").write_text(f"{json.dumps(line)}\nnonsense\n")
    request = request_for(tmp_path, tmp_path / "out", listed=str(tmp_path / "list.jsonl"))
    states = {each.record.key: each.record.state for each in outcomes(replace(request, inputs=()))}
    assert states == {"in/a.wav": "done", f"{tmp_path / 'list.jsonl'}:2": "failed"}
    assert (tmp_path / "out/in/a.vtt").read_text() == "audio of in/a.wav {'language': 'de'}"
    status = status_of(read_journals(tmp_path / "out"))
    assert (status.files, status.done, len(status.failures), status.left) == (2, 1, 1, 0)


def test_driver_shards_do_everything_once(tmp_path: Path) -> None:
    """In one folder of results, with names as if one did it all."""
    folder, out = (
        written(tmp_path / "in", *(f"{n}.{end}" for n in range(6) for end in ("wav", "mp3"))),
        tmp_path / "out",
    )
    done = [run(request_for(folder, out, shard=(number, 3))) for number in (1, 2, 3)]
    assert sorted(key for shard in done for key in shard) == sorted(os.listdir(folder))
    assert sorted(path.name for path in out.glob("*.vtt")) == sorted(f"{name}.vtt" for name in os.listdir(folder))
    assert set(run(request_for(folder, out)).values()) == {"(done)"}


def test_driver_refuses_to_write_over_a_recording(tmp_path: Path) -> None:
    """Someone may have named a file that is none."""
    folder = written(tmp_path, "a.vtt")
    request = replace(request_for(folder, folder), inputs=(str(folder / "a.vtt"),))
    with pytest.raises(UsageError, match="would be written over a recording"):
        run(request)
    assert (folder / "a.vtt").read_text() == "audio of a.vtt"


def test_driver_writes_beside_the_recordings_where_that_is_the_folder(tmp_path: Path) -> None:
    """Its journal is hidden there, and results are no recordings."""
    folder = written(tmp_path, "a.wav", "b/c.wav")
    assert run(request_for(folder, folder)) == {"a.wav": "done", "b/c.wav": "done"}
    assert run(request_for(folder, folder)) == {"a.wav": "(done)", "b/c.wav": "(done)"}
    assert (folder / "b" / "c.vtt").exists()


def test_driver_with_names_that_have_newlines_does_them(tmp_path: Path) -> None:
    """They are one line in the journal."""
    folder, out = written(tmp_path / "in", "two\nlines.wav"), tmp_path / "out"
    assert run(request_for(folder, out)) == {"two\nlines.wav": "done"}
    assert run(request_for(folder, out)) == {"two\nlines.wav": "(done)"}


def test_driver_gives_each_recording_a_folder_of_its_own_for_artifacts(tmp_path: Path) -> None:
    """Files of one name would overwrite each other's."""
    folder, executor = written(tmp_path / "in", "a.wav", "b/a.wav"), ScriptedExecutor()
    run(request_for(folder, tmp_path / "out", options={"artifacts": "kept"}), executor)
    assert {task.options["artifacts"] for task in executor.done} == {"kept/a.wav", "kept/b/a.wav"}


def test_executor_of_a_plugin_is_registered_by_its_name() -> None:
    """`speakerplug batch` has an option of that name."""

    class Plugin:
        @hookimpl
        def register_executors(self, register: Any) -> None:
            register(ExecutorRegistration("scripted", lambda request: ScriptedExecutor(), metavar="HOW"))

    plugins = plugins_with({"theirs": Plugin()})
    assert {"local", "scripted"} <= {*plugins.executors}
    assert plugins.executors["scripted"].plugin == "theirs"


def test_driver_totals_count_what_is_skipped_and_done(tmp_path: Path) -> None:
    """The display asks for them at any time."""
    folder, out = written(tmp_path / "in", "a.wav", "bad.wav"), tmp_path / "out"
    run(request_for(folder, out))
    written(folder, "c.wav")
    driver = Driver(request_for(folder, out), ScriptedExecutor(), plugins_with())
    list(driver.run())
    totals = driver.totals
    assert (totals.files, totals.done, totals.skipped, totals.set_aside, totals.left) == (3, 1, 1, 1, 0)
