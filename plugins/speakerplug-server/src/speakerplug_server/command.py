"""`speakerplug serve`: an HTTP server with the APIs of OpenAI and of whisper-asr-webservice."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from speakerplug.cli import console
from speakerplug.cli.help import Command
from speakerplug.cli.options import DEVICES, FETCHING, TRUST, VERBOSITY, language, pipeline_options, with_options
from speakerplug.cli.progress import shown
from speakerplug.cli.progress_displays import Subject
from speakerplug.plugin import UsageError, first_line, keep_secret

from .settings import LABELS, LOOPBACK, Settings

if TYPE_CHECKING:
    from .service import Service

log = logging.getLogger(__name__)

SHORTEST_KEY = 16
"""Characters of an API key, at least: a shorter one is soon guessed."""


@click.command(cls=Command, short_help="Serve the APIs of OpenAI and whisper-asr-webservice over HTTP.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Address to listen on; 0.0.0.0 for all."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=9000,
    show_default=True,
    metavar="N",
    help="Port to listen on; 0 for any free one.",
)
@click.option(
    "--allowed-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    show_default="localhost and addresses",
    help="A further name under which clients call, as in compose or behind a proxy; * for any; repeatable.",
)
@click.option(
    "--api-key-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    show_default="no key",
    help="File with the key that clients must send.",
)
@click.option(
    "--recognizer", default="faster-whisper", show_default=True, metavar="NAME", help="Name of the speech recognizer."
)
@click.option(
    "--model",
    "models",
    multiple=True,
    default=("auto",),
    show_default="auto",
    metavar="NAME",
    help="Model of the recognizer; repeatable: a request may name any of them, and else gets the first.",
)
@click.option(
    "--diarizer", default="auto", show_default=True, metavar="NAME|HUB-ID|FOLDER", help="Speaker diarization backend."
)
@language("detected", "Language of recordings whose request names none.")
@click.option(
    "--labels",
    type=click.Choice(LABELS),
    show_default="change in SRT, else never",
    help="When a text shows who speaks, unless a request says so.",
)
@click.option(
    "--max-hours",
    type=click.FloatRange(0, 1000, min_open=True),
    default=12.0,
    show_default=True,
    help="Longest recording to take, in hours.",
)
@click.option(
    "--queue", type=click.IntRange(0, 10_000), default=16, show_default=True, help="Requests that may wait for one."
)
@click.option(
    "--grace",
    type=click.FloatRange(0, 3600),
    default=30.0,
    show_default=True,
    help="Seconds that a running request has when the server is stopped.",
)
@with_options((TRUST,), DEVICES, FETCHING, VERBOSITY)
def serve(quiet: bool, verbose: bool, **given: Any) -> int:
    """Serve the APIs of OpenAI (/v1/audio/transcriptions) and of whisper-asr-webservice (/asr) over HTTP.

    Recordings stay on this machine. Ctrl-C finishes the request that runs, and answers the others 503.
    """
    console.set_level(quiet, verbose)
    settings = _settings(given)
    from speakerplug import Transcriber
    from speakerplug.plugin import load_plugins, temporary_folder

    from .app import app_of, service_of
    from .http import listen, run, uploads_in

    plugins, models = load_plugins(), given["models"]
    options = pipeline_options({**given, "diarizer_params": (), "model": models[0]})
    with (
        listen(given["host"], given["port"]) as socket,
        temporary_folder() as folder,
        uploads_in(folder),
        Transcriber(options, plugins=plugins) as transcriber,
    ):
        service = service_of(transcriber, plugins, models, settings)
        _prepare(service, models, quiet)
        run(app_of(service), service, socket)
    return 0


def _prepare(service: Service, models: tuple[str, ...], quiet: bool) -> None:
    """Fetch what requests may need, so that a wrong option ends the command, and not each request."""
    from .requested import Wanted

    with shown(quiet) as tracker:
        for number, model in enumerate(models, 1):
            if tracker is not None:
                tracker.begin(Subject(model, number, len(models)))
            transcriber = service.transcribers.for_request(Wanted(model=model))
            transcriber.prepare(progress=None if tracker is None else tracker.report)
            if tracker is not None:
                tracker.finish()


def _settings(given: dict[str, Any]) -> Settings:
    """Return the settings; warn of a server that anyone in the network may use."""
    path, host = given["api_key_file"], given["host"]
    if path is None and host not in LOOPBACK:
        log.warning("Anyone who reaches %s may use this server; give it an --api-key-file.", host)
    return Settings(
        labels=given["labels"],
        queue=given["queue"],
        max_hours=given["max_hours"],
        api_key=None if path is None else _key(path),
        hosts=tuple(name.lower() for name in (*LOOPBACK, host, *given["allowed_hosts"])),
        grace_s=given["grace"],
    )


def _key(path: Path) -> str:
    """Return the key in a file, which is masked in every message; raises UsageError for a short or unreadable one."""
    try:
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise UsageError(
            f"The API key in {path} cannot be read ({first_line(error)}); check --api-key-file."
        ) from error
    if len(key) < SHORTEST_KEY or len(key.split()) > 1:
        raise UsageError(
            f"The API key in {path} must be one word of {SHORTEST_KEY} characters or more; make it longer."
        )
    return keep_secret(key)
