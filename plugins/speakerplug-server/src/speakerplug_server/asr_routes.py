"""The API of whisper-asr-webservice: /asr, /detect-language and /status."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from speakerplug.plugin import Transcript

from .asr_formats import OUTPUTS, answer
from .endpoint import Endpoint, note
from .faults import Fault
from .labels import CHANGE, NEVER
from .openai_formats import language_name
from .openai_routes import labels_of
from .requested import Wanted
from .service import Service, file_name, seconds_of, watched
from .uploads import Form

log = logging.getLogger(__name__)

YES, NO = ("true", "1", "on", "yes", "t", "y"), ("false", "0", "off", "no", "f", "n")
UNKNOWN = "und"
"""What clients take for a language that was not found."""
DETECTED_S = 30
DETAILS = {"missing": "Field required", "bool_parsing": "Input should be a valid boolean"}


def routes(service: Service) -> list[Route]:
    """Return the routes of this API; a GET on those that take a file is answered with a hint, as a Test button asks."""
    return [
        Route("/asr", Endpoint(service, "/asr", _asr, explain), methods=["POST"]),
        Route("/detect-language", Endpoint(service, "/detect-language", _detect, explain), methods=["POST"]),
        *(Route(path, partial(_hint, path), methods=["GET"]) for path in ("/asr", "/detect-language")),
    ]


def explain(fault: Fault) -> Response:
    """Return a fault as this API has it: as FastAPI for what is missing or malformed, else as plain text.

    Clients save whatever they get, so the text is none that could be subtitles.
    """
    if fault.status == 422:
        place = ["body" if fault.code == "missing" else "query", fault.param]
        detail = {"type": fault.code, "loc": place, "msg": fault.message, "input": None}
        return JSONResponse({"detail": [detail]}, 422, fault.headers)
    return PlainTextResponse(f"Error: {fault.message}\n", fault.status, fault.headers)


async def _hint(path: str, request: Request) -> Response:
    return PlainTextResponse(f"Send a recording: POST {path} with a multipart part named audio_file.\n")


async def _asr(service: Service, request: Request, form: Form) -> Response:
    """Answer /asr: it waits for its turn, as its clients do not read a refusal."""
    query = request.query_params
    upload = _upload(form)
    output = (query.get("output") or query.get("output_format") or "txt").lower()
    output = output if output in OUTPUTS else "txt"
    asked = _flag(request, "diarize", "enable_diarization")
    shows_names = output == "srt" or (output == "txt" and asked is True)
    labels = labels_of(request, service.settings.labels, CHANGE if shows_names else NEVER)
    has_speakers = asked if asked is not None else output != "txt" or labels != NEVER
    options: dict[str, Any] = {"task": query.get("task") or "transcribe"}
    for name, option in (("initial_prompt", "prompt"), ("hotwords", "hotwords")):
        options |= {option: query[name]} if query.get(name, "").strip() else {}
    for name in ("num_speakers", "min_speakers", "max_speakers"):
        number = _number(request, name)
        options |= {name: number} if has_speakers and number else {}
    wanted = Wanted(options, query.get("model") or query.get("model_name"), query.get("language") or None, has_speakers)
    transcript = await _transcribed(service, request, upload, wanted)
    note(request, output=output, speakers=len(transcript.speakers))
    name = quote(f"{file_name(upload)}.{output}")
    headers = {"asr-engine": "speakerplug", "content-disposition": f'attachment; filename="{name}"'}
    return PlainTextResponse(answer(transcript, output, labels, service.formats), headers=headers)


async def _detect(service: Service, request: Request, form: Form) -> Response:
    """Answer /detect-language by the first half a minute, or by the part that the query names."""
    upload = _upload(form)
    start = _number(request, "detect_lang_offset") or 0
    length = _number(request, "detect_lang_length") or DETECTED_S
    wanted = Wanted({"start": float(start), "end": float(start + length)}, speakers=False)
    transcript = await _transcribed(service, request, upload, wanted)
    found = transcript.language if transcript.words else None
    probability = transcript.language_probability
    answer = {
        "detected_language": language_name(found) or "unknown",
        "language_code": found or UNKNOWN,
        "confidence": 0.0 if found is None else 1.0 if probability is None else round(probability, 4),
    }
    return JSONResponse(answer)


async def _transcribed(service: Service, request: Request, upload: UploadFile, wanted: Wanted) -> Transcript:
    """Return the transcript, once it is this request's turn."""
    is_raw = _flag(request, "encode") is False
    video = PurePath(request.query_params.get("video_file", "").replace("\\", "/")).name
    note(request, bytes=upload.size, raw=is_raw or None, video=video or None)
    async with watched(request.receive):
        transcript = await service.transcribe(upload, wanted, is_raw=is_raw, is_patient=True)
    note(request, audio_s=seconds_of(transcript))
    return transcript


def _upload(form: Form) -> UploadFile:
    upload = form.upload("audio_file")
    if upload is None:
        raise Fault(422, DETAILS["missing"], param="audio_file", code="missing")
    return upload


def _flag(request: Request, *names: str) -> bool | None:
    """Return a boolean of the query; None without one. Raises Fault for anything else."""
    for name in names:
        value = request.query_params.get(name, "").strip().lower()
        if value in YES:
            return True
        if value in NO:
            return False
        if value:
            raise Fault(422, DETAILS["bool_parsing"], param=name, code="bool_parsing")
    return None


def _number(request: Request, name: str) -> int | None:
    """Return a number of the query; None without one, and for 0. Raises Fault for anything else."""
    value = request.query_params.get(name, "").strip()
    if not value:
        return None
    if not (value.isdecimal() and len(value) < 7):
        raise Fault(422, "Input should be a valid integer", param=name, code="int_parsing")
    return int(value) or None
