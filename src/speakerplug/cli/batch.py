"""`speakerplug batch`: a folder or a list of recordings, with a journal from which the same command goes on."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from . import console, options, signals
from .batch_options import BATCH, LIST, OUTPUT, WORKERS, shard_of
from .earlier import FORCE
from .format_options import formats, output_options
from .help import Command, section
from .output import STDOUT, check_formats
from .part import PART
from .progress import PROGRESS
from .stdout import show
from .transcription_options import RECOGNITION, REST, SPEAKERS, asked_options

if TYPE_CHECKING:
    from ..batch.driver import BatchRequest, Driver
    from ..batch.journal import History
    from ..batch.record import Record
    from ..batch.status import Status
    from ..batch.tally import Totals
    from ..plugin.executor import Executor
    from ..plugin.manager import Plugins

log = logging.getLogger(__name__)

MOST_LISTED = 20
"""Failures that the summary lists, at most."""
LOCAL = "local"


class BatchCommand(Command):
    """The command, with an option for each executor that a plugin registers."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the parameters, those of executors after the number of workers."""
        params = super().get_params(ctx)
        at = next((index for index, each in enumerate(params) if each.name == "workers"), len(params))
        return [*params[:at], *_executor_options(), *params[at:]]


def _executor_options() -> list[click.Parameter]:
    from ..plugin.manager import load_plugins

    command = click.Command("")
    for offer in load_plugins().executors.values():
        if offer.name != LOCAL:
            option = section("Devices")(f"--{offer.name}", _parameter(offer.name), metavar=offer.metavar,
                                        help=offer.description)  # fmt: skip
            option(command)
    return [*reversed(command.params)]


def _parameter(name: str) -> str:
    """Return the name under which click passes the option of an executor."""
    return f"executor_{name.replace('-', '_')}"


@click.command(cls=BatchCommand, short_help="Transcribe many recordings, and go on where a run was interrupted.")
@click.argument("inputs", nargs=-1, metavar="INPUT...")
@options.with_options((LIST, *formats(output=OUTPUT), FORCE, *PART, options.AUDIO_TRACK, options.CHECKPOINT))
@options.with_options(BATCH, WORKERS, RECOGNITION, SPEAKERS, REST, PROGRESS, options.VERBOSITY)
@click.pass_context
def batch(context: click.Context, /, inputs: tuple[str, ...], quiet: bool, verbose: bool, **given: Any) -> int:
    """Transcribe many recordings into a folder; the same command goes on where a run was interrupted.

    INPUT is a folder, whose tree the results mirror, or a file. A journal in the folder of the results says what is
    done. A recording that has changed is done again, all are with other options, and one that fails stops no other.
    """
    console.set_level(quiet, verbose)
    if given["status"] is not None:
        return _show_status(context, given["status"], "json" in given["formats"], given["report"])
    from ..batch.driver import Driver
    from ..plugin.manager import load_plugins

    plugins = load_plugins()
    request = _request(context, inputs, given, plugins)
    _check_report(given["report"], request.output)
    driver = Driver(request, _executor(given, plugins, verbose), plugins)
    with signals.rescuing(lambda: _interrupted(driver)):
        failed = _run(driver, request, quiet)
    if given["report"] is not None:
        _write_report(_history(_shown(request)), _shown(request), Path(given["report"]))
    return int(failed)


def _request(context: click.Context, inputs: tuple[str, ...], given: options.Given, plugins: Plugins) -> BatchRequest:
    """Return what is asked for; raises UsageError for what cannot be, before anything is made."""
    from ..batch.decide import Wish
    from ..batch.driver import BatchRequest
    from ..batch.found import STATE
    from ..batch.settings import Settings
    from ..batch.storage import is_remote
    from ..batch.stored import folder_of
    from ..formats.save import known_as, writable

    if not inputs and given["listed"] is None:
        raise UsageError("Nothing is named; name a folder, files or a --list. See speakerplug batch --help.")
    stored = given["output"] if given["output"] is not None and is_remote(given["output"]) else None
    output = output_of(inputs, given["output"]) if stored is None else folder_of(stored)
    written = output_options({**given, "output": str(output)})
    written = replace(written, formats=written.formats or (() if written.wanted else ("vtt",)))
    known = writable(plugins)
    for name in written.formats:
        known_as(name, known)
    check_formats(known, written, written.wanted)
    asked = asked_options(context, given, plugins)
    checkpoints = None if given["no_checkpoint"] else str(output / STATE / "checkpoints")
    names = options.names_of(given["names"], "--name ")
    wish = Wish(given["retry_failed"], given["redo"], given["skip_existing"])
    return BatchRequest(
        inputs,
        output,
        Settings(asked, written, names, given["force"], checkpoints),
        listed=given["listed"],
        wish=wish,
        verify=given["verify"],
        shard=shard_of(given["shard"]),
        time_limit=given["time_limit"],
        watch=given["watch"],
        stored=stored,
    )


def output_of(inputs: tuple[str, ...], output: str | None) -> Path:
    """Return the folder of the results: the given one, or the one folder that is the input."""
    if output is None:
        if len(inputs) != 1 or not Path(inputs[0]).is_dir():
            raise UsageError("Where the results should go is not known; name a folder with --output.")
        return Path(inputs[0])
    if output == STDOUT:
        raise UsageError("Results of many recordings cannot be printed; name a folder with --output.")
    if Path(output).exists() and not Path(output).is_dir():
        raise UsageError(f"{output} is a file; name a folder with --output.")
    return Path(output)


def _executor(given: options.Given, plugins: Plugins, verbose: bool) -> Executor:
    """Return what runs the workers: the executor whose option was given, else processes of this machine."""
    from ..devices.device import parse_bytes
    from ..plugin.executor import ExecutorRequest

    named = {name: given[_parameter(name)] for name in plugins.executors if given.get(_parameter(name)) is not None}
    if len(named) > 1:
        raise UsageError(f"{' and '.join(f'--{name}' for name in sorted(named))} contradict each other; give one.")
    name, address = next(iter(named.items()), (LOCAL, None))
    memory = given["worker_memory"]
    executor: Executor = plugins.executors[name].factory(
        ExecutorRequest(
            address,
            given["workers"],
            given["gpus_per_worker"],
            given["recycle"],
            None if memory is None else parse_bytes(memory),
            is_cpu_only=given["device"] == "cpu",
            is_verbose=verbose,
        )
    )
    return executor


def _run(driver: Driver, request: BatchRequest, quiet: bool) -> bool:
    """Do all, show the progress and a summary; return whether anything failed."""
    from ..batch.record import DIED, DONE, STARTED
    from .batch_displays import shown

    failures: list[Record] = []
    with shown(quiet, _shown(request), lambda: driver.totals) as display:
        for outcome in driver.run():
            record = outcome.record
            if not outcome.is_earlier:
                display.tell(record)
            if record.state not in (STARTED, DIED, DONE):
                failures.append(record)
        display.show(driver.totals)
    _summarize(driver.totals, failures, _shown(request))
    return bool(failures)


def _shown(request: BatchRequest) -> str:
    """Return the folder of the results as the user named it."""
    return request.stored or str(request.output)


def _summarize(totals: Totals, failures: list[Record], output: str) -> None:
    from ..formats.fields import clock_time
    from .batch_displays import amount

    parts = [f"{totals.done} done"]
    parts += [f"{totals.skipped} done before"] if totals.skipped else []
    parts += [f"{len(failures)} failed"] if failures else []
    speed = f", {totals.done_audio_s / totals.seconds:.1f}x real time" if totals.done and totals.seconds else ""
    about = f"{amount(totals.done_audio_s)} of audio in {clock_time(totals.seconds)}{speed}"
    log.info("%s", f"{', '.join(parts)}: {about}" if totals.done else ", ".join(parts))
    if failures and (totals.done or totals.set_aside):  # or they are all that was just printed
        rows = [(each.path, each.error, each.message) for each in failures[:MOST_LISTED]]
        if logging.getLogger(__package__).isEnabledFor(logging.INFO):
            for path, error, message in rows:
                console.say(f"  {path} ({error}): {message}")
        if len(failures) > MOST_LISTED:
            log.info("and %d more: speakerplug batch --status %s", len(failures) - MOST_LISTED, output)
        if totals.set_aside:
            log.info("%d of them failed in an earlier run; --retry-failed tries them again", totals.set_aside)


def _interrupted(driver: Driver) -> str:
    totals = driver.totals
    return f"{totals.done + totals.skipped} of {totals.files} recordings are done; the same command goes on from there."


def _show_status(context: click.Context, output: str, as_json: bool, page: str | None) -> int:
    """Print what the journals of a folder say."""
    from ..batch.lock import holders
    from ..batch.status import status_of
    from ..batch.storage import is_remote
    from ..batch.stored_lock import stored_holders

    if not is_remote(output) and not Path(output).is_dir():
        raise UsageError(f"There is no folder {output}; name one with results of speakerplug batch.")
    history = _history(output)
    if not history.runs:
        raise UsageError(f"{output} has no journal of speakerplug batch; name the folder of its results.")
    status = status_of(history, stored_holders(output) if is_remote(output) else holders(Path(output)))
    if page is not None:
        _write_report(history, output, Path(page))
    if as_json:
        show(json.dumps(status.as_dict(), indent=2))
    else:
        _print_status(status, output)
    return 0


def _history(output: str) -> History:
    from ..batch.journal import read_journals
    from ..batch.storage import is_remote
    from ..batch.stored import read_stored

    return read_stored(output) if is_remote(output) else read_journals(Path(output))


def _print_status(status: Status, output: str) -> None:
    from .batch_displays import amount

    for holder in status.holders:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(float(holder.get("since", 0.0))))
        shard = f", shard {holder['shard']}" if "shard" in holder else ""
        show(f"At work: process {holder.get('pid', '?')} on {holder.get('host', '?')} since {since}{shard}")
    if not status.holders:
        show("No run is at work.")
    speed = f", {status.speed:.1f}x real time a worker" if status.speed is not None else ""
    show(f"{status.done} done ({amount(status.audio_s)} of audio{speed}), {len(status.failures)} failed")
    show(f"{len(status.running)} at work, {len(status.waiting)} to try again, {status.left} left")
    for each in status.running:
        show(f"  now: {each.path}")
    for each in status.failures[:MOST_LISTED]:
        show(f"  {each.path} ({each.error}): {each.message}")
    if len(status.failures) > MOST_LISTED:
        show(f"  and {len(status.failures) - MOST_LISTED} more: --status {output} --json has all")


def _check_report(report: str | None, output: Path) -> None:
    """Raise UsageError for a report that could not be written after all the work; the run makes the `output`."""
    if report is None:
        return
    folder = Path(report).parent
    if Path(report).is_dir():
        raise UsageError(f"--report {report} is a folder; name a file, such as {Path(report) / 'report.html'}.")
    if not folder.is_dir() and folder.absolute() != output.absolute():
        raise UsageError(f"The folder {folder} of --report does not exist; create it first.")


def _write_report(history: History, output: str, path: Path) -> None:
    from ..batch.report import report
    from ..system.files import write_whole

    write_whole(path, report(history, output))
    console.wrote(path)
