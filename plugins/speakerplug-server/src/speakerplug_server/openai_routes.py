"""OpenAI's API: transcriptions, translations and the list of models."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from speakerplug.plugin import Transcript

from .endpoint import Endpoint, note, told
from .faults import Fault
from .labels import CHANGE, NEVER, joined, text_of
from .openai_formats import FORMATS, STREAMED, TYPES, answer, diarized, usage_of, verbose
from .requested import Wanted
from .service import Service, seconds_of, watched
from .settings import LABELS
from .sse import EventStream
from .uploads import Form

KINDS = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
"""Types of errors by status; of others below 500 it is invalid_request_error."""
WORDS_OF_DELTA = 12
GRANULARITIES = ("word", "segment")
TRUE = ("true", "1", "yes", "on")


@dataclass(frozen=True)
class Asked:
    """What a request asks for: an upload, in which `format`, with which `labels`."""

    upload: UploadFile
    wanted: Wanted
    format: str
    labels: str
    granularities: frozenset[str] = field(default_factory=frozenset)
    is_streamed: bool = False


def routes(service: Service) -> list[Route]:
    """Return the routes of this API."""
    return [
        Route(
            f"/v1/audio/{name}",
            Endpoint(service, f"/v1/audio/{name}", partial(_transcribe, task), explain),
            methods=["POST"],
        )
        for name, task in (("transcriptions", "transcribe"), ("translations", "translate"))
    ] + [
        Route("/v1/models", partial(_models, service)),
        Route("/v1/models/{name:path}", partial(_model, service)),
    ]


def explain(fault: Fault) -> Response:
    """Return a fault as OpenAI's clients expect it."""
    return JSONResponse(error_of(fault), fault.status, fault.headers)


def error_of(fault: Fault) -> dict[str, Any]:
    """Return the body of an error."""
    kind = KINDS.get(fault.status, "server_error" if fault.status >= 500 else "invalid_request_error")
    return {"error": {"message": fault.message, "type": kind, "param": fault.param, "code": fault.code}}


async def _models(service: Service, request: Request) -> Response:
    """List the names of models that mean something here; any other name is answered with the default."""
    return JSONResponse({"object": "list", "data": [_about(name) for name in service.transcribers.names]})


async def _model(service: Service, request: Request) -> Response:
    name = request.path_params["name"]
    if name not in service.transcribers.names:
        return explain(Fault(404, f"There is no model {name!r:.80}.", param="model", code="model_not_found"))
    return JSONResponse(_about(name))


def _about(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "speakerplug"}


async def _transcribe(task: str, service: Service, request: Request, form: Form) -> Response:
    asked = asked_for(service, request, form, task)
    note(request, format=asked.format, model=service.transcribers.model_of(asked.wanted.model), bytes=asked.upload.size)
    service.line.admit()
    if asked.is_streamed:
        return EventStream(_events(service, request, asked), lambda error: error_of(told(error)))
    async with watched(request.receive):
        transcript = await service.transcribe(asked.upload, asked.wanted)
    note(request, audio_s=seconds_of(transcript), speakers=len(transcript.speakers))
    found = answer(transcript, asked.format, asked.labels, asked.granularities, service.formats)
    return Response(found, media_type=TYPES[asked.format]) if asked.format in TYPES else JSONResponse(found)


def asked_for(service: Service, request: Request, form: Form, task: str) -> Asked:
    """Return what a form asks for. Raises Fault for what cannot be."""
    if name := form.has("known_speaker_references", "known_speaker_names"):
        raise Fault(
            400,
            "Speakers cannot be known by references here; leave them out, and they are called A, B, ...",
            param="known_speaker_references" if "references" in name else name,
            code="unsupported_parameter",
        )
    upload = form.upload("file")
    if upload is None:
        raise Fault(400, "There is no file; send the recording as the part named file.", param="file")
    model, format = form.one("model"), form.one("response_format") or "json"
    if format not in FORMATS:
        raise Fault(400, f"There is no format {format!r:.80}; choose {', '.join(FORMATS)}.", param="response_format")
    granularities = frozenset(form.all("timestamp_granularities"))
    if unknown := sorted(granularities - {*GRANULARITIES}):
        param = "timestamp_granularities"
        raise Fault(400, f"There is no granularity {unknown[0]!r:.80}; choose word or segment.", param=param)
    is_streamed = (form.one("stream") or "").lower() in TRUE
    if is_streamed and format not in STREAMED:
        raise Fault(400, f"{format} is no stream; choose {', '.join(STREAMED)}, or leave stream out.", param="stream")
    labels = labels_of(request, service.settings.labels, CHANGE if format == "srt" else NEVER)
    has_speakers = format not in ("json", "text") or labels != NEVER
    languages = form.all("languages")
    language = form.one("language") or (languages[0] if len(languages) == 1 else None)
    wanted = Wanted(_options(form, task, has_speakers), model, None if language == "auto" else language, has_speakers)
    return Asked(upload, wanted, format, labels, granularities, is_streamed)


def labels_of(request: Request, always: str | None, otherwise: str) -> str:
    """Return the labels that the address asks for, else those of the server, else those of the format."""
    labels: str = request.path_params.get("labels") or request.query_params.get("labels") or always or otherwise
    if labels not in LABELS:
        raise Fault(400, f"There are no labels {labels!r:.80}; choose {', '.join(LABELS)}.", param="labels")
    return labels


def _options(form: Form, task: str, has_speakers: bool) -> dict[str, Any]:
    """Return the options that differ from the server's; those about speakers only if there are any."""
    keywords = form.all("keywords") or form.all("hotwords")
    found: dict[str, Any] = {"task": task, "prompt": form.one("prompt"), "hotwords": ", ".join(keywords) or None}
    for name in ("num_speakers", "min_speakers", "max_speakers"):
        number = number_of(name, form.one(name))
        if has_speakers and number is not None:
            found[name] = number
    return {name: value for name, value in found.items() if value is not None}


def number_of(name: str, value: str | None) -> int | None:
    """Return a whole number of at least 1. Raises Fault for anything else."""
    if value is None or not value.strip():
        return None
    if not (value.strip().isdecimal() and len(value) < 6 and int(value)):
        raise Fault(400, f"{name} is {value!r:.80}; it must be a whole number of at least 1.", param=name)
    return int(value)


async def _events(service: Service, request: Request, asked: Asked) -> AsyncGenerator[dict[str, Any] | None]:
    """Yield the events of a transcription, after None when the request has its place in line.

    Raises what refuses the request before that: an answer without a stream. The text comes when recognition has ended,
    before it is known who speaks; unless labels are part of it.
    """
    loop, recognized = asyncio.get_running_loop(), asyncio.Event()
    early: list[Transcript] = []

    def on_words(words: Transcript) -> None:
        """Remember the words, and wake the stream up; called in another thread."""
        early.append(words)
        loop.call_soon_threadsafe(recognized.set)

    work = asyncio.ensure_future(
        service.transcribe(asked.upload, asked.wanted, on_words=on_words if asked.labels == NEVER else None)
    )
    work.add_done_callback(lambda _: recognized.set())
    try:
        await asyncio.sleep(0)  # it begins, and takes its place or is refused
        if work.done():
            await work
        yield None
        await recognized.wait()
        sent = bool(early)
        for delta in _deltas(early[0]) if sent else ():
            yield delta
        transcript = await work
        note(request, audio_s=seconds_of(transcript), speakers=len(transcript.speakers))
        if not sent:
            for delta in _deltas(transcript, asked.labels):
                yield delta
        segments = []
        if asked.format == "diarized_json":
            segments = diarized(transcript, service.formats)["segments"]
            for segment in segments:
                yield segment
        yield _done(transcript, asked, segments, service)
    finally:
        if not work.done():
            work.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await work


def _deltas(transcript: Transcript, labels: str = NEVER) -> Iterator[dict[str, Any]]:
    """Yield the text in parts."""
    if labels != NEVER:
        yield {"type": "transcript.text.delta", "delta": text_of(transcript, labels)}
        return
    for first in range(0, len(transcript.words), WORDS_OF_DELTA):
        text = joined(transcript.words[first : first + WORDS_OF_DELTA])
        yield {"type": "transcript.text.delta", "delta": text if first else text.lstrip()}


def _done(transcript: Transcript, asked: Asked, segments: list[Any], service: Service) -> dict[str, Any]:
    """Return the last event; Subtitle Edit takes times from `segments`, which OpenAI's own does not have."""
    shown = segments or verbose(transcript, asked.labels, frozenset(), service.formats)["segments"]
    kept = ("start", "end", "text", "speaker")
    return {
        "type": "transcript.text.done",
        "text": text_of(transcript, asked.labels),
        "segments": [
            {"id": number} | {name: segment[name] for name in kept if name in segment}
            for number, segment in enumerate(shown)
        ],
        "usage": usage_of(transcript),
    }
