"""A real server with real clients, on this machine."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from speakerplug.plugin import Diarization, UsageError
from speakerplug.testing import FakeDiarizer
from speakerplug_server import sse
from speakerplug_server.http import listen, uploads_in

from .conftest import TEXT, TURNS, Serve, SlowRecognizer, serving, wav

FILE = ("talk.wav", wav())


def eventually(holds: Callable[[], Any], seconds: float = 10.0) -> bool:
    """Return whether it holds within some seconds."""
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
    return bool(holds())


def test_openai_sdk_reads_every_format(serve: Serve) -> None:
    """The real package, as users call it: typed objects, words, speakers, streams, errors."""
    with serving(serve()) as (url, _), openai.OpenAI(base_url=f"{url}/v1", api_key="none") as client:
        create: Any = client.audio.transcriptions.create
        assert create(model="whisper-1", file=FILE).text == TEXT
        assert create(model="whisper-1", file=FILE, response_format="text") == TEXT + "\n"
        assert "SPEAKER_01: Hi" in create(model="whisper-1", file=FILE, response_format="srt")
        verbose = create(
            model="whisper-1", file=FILE, response_format="verbose_json", timestamp_granularities=["word", "segment"]
        )
        assert [word.word for word in verbose.words] == ["Hello", "there.", "Hi", "Ann!"]
        assert [segment.speaker for segment in verbose.segments] == ["SPEAKER_00", "SPEAKER_01"]
        diarized = create(
            model="gpt-4o-transcribe-diarize",
            file=FILE,
            response_format="diarized_json",
            chunking_strategy="auto",
            extra_body={"num_speakers": 2},
        )
        assert [(type(each).__name__, each.speaker) for each in diarized.segments] == [
            ("TranscriptionDiarizedSegment", "A"),
            ("TranscriptionDiarizedSegment", "B"),
        ]
        events = [*create(model="gpt-4o-transcribe", file=FILE, stream=True)]
        assert events[-1].type == "transcript.text.done"
        assert events[-1].text == "".join(event.delta for event in events[:-1]) == TEXT
        with pytest.deprecated_call():  # in the SDK, of which clients have old versions
            assert client.audio.translations.create(model="whisper-1", file=FILE).text == TEXT
        assert "whisper-1" in [model.id for model in client.models.list()]
        with pytest.raises(openai.BadRequestError, match="no format"):
            create(model="whisper-1", file=FILE, response_format="docx")


def test_openai_sdk_streams_to_asynchronous_clients(serve: Serve) -> None:
    """Segments with speakers come after the text."""

    async def called(url: str) -> list[Any]:
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none") as client:
            create: Any = client.audio.transcriptions.create
            stream = await create(model="x", file=FILE, response_format="diarized_json", stream=True)
            return [event async for event in stream]

    with serving(serve()) as (url, _):
        events = asyncio.run(called(url))
    assert [event.speaker for event in events if event.type == "transcript.text.segment"] == ["A", "B"]


def test_openai_sdk_retries_when_the_line_is_full(serve: Serve, slow: SlowRecognizer) -> None:
    """429 with Retry-After, which it obeys; then there is a place."""
    service = serve(slow, queue=0)
    with serving(service) as (url, _), ThreadPoolExecutor() as pool:
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="none")
        first = pool.submit(client.audio.transcriptions.create, model="x", file=FILE)
        assert slow.begun.wait(10)
        with pytest.raises(openai.RateLimitError) as full:
            client.with_options(max_retries=0).audio.transcriptions.create(model="x", file=FILE)
        assert full.value.response.headers["retry-after"] == "1"
        second = pool.submit(client.audio.transcriptions.create, model="x", file=FILE)
        slow.go.set()
        assert [first.result(20).text, second.result(20).text] == [TEXT, TEXT]


@pytest.mark.slow
def test_ten_at_once_with_a_line_of_four_each_get_one_answer(serve: Serve, slow: SlowRecognizer) -> None:
    """/v1 refuses five of them; /asr lets all ten wait."""
    with serving(serve(slow, queue=4)) as (url, _), ThreadPoolExecutor(20) as pool:

        def post(path: str, name: str) -> int:
            """Return the status of one request."""
            return httpx2.post(url + path, files={name: FILE}, timeout=30).status_code

        first = [pool.submit(post, "/v1/audio/transcriptions", "file") for _ in range(10)]
        assert eventually(lambda: sum(each.done() for each in first) == 5)
        others = [pool.submit(post, "/asr", "audio_file") for _ in range(10)]
        slow.go.set()
        assert sorted(each.result(30) for each in first) == [200] * 5 + [429] * 5
        assert [each.result(30) for each in others] == [200] * 10


@pytest.mark.slow
def test_streams_at_once_beyond_the_line_are_answered_429(serve: Serve, slow: SlowRecognizer) -> None:
    """Also if they come together: a stream that has begun with 200 is not sent again by the SDK."""
    with serving(serve(slow, queue=2)) as (url, _), ThreadPoolExecutor(10) as pool:

        def post() -> httpx2.Response:
            """Return the answer to one request."""
            fields = {"stream": "true", "response_format": "diarized_json"}
            return httpx2.post(f"{url}/v1/audio/transcriptions", data=fields, files={"file": FILE}, timeout=30)

        sent = [pool.submit(post) for _ in range(10)]
        assert eventually(lambda: sum(each.done() for each in sent) == 7)
        slow.go.set()
        answers = [each.result(30) for each in sent]
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [429] * 7
    assert not [answer for answer in answers if "event: error" in answer.text]


@pytest.mark.slow
@pytest.mark.parametrize("fields", [{}, {"stream": "true"}])
def test_client_that_has_gone_is_canceled(serve: Serve, slow: SlowRecognizer, fields: dict[str, str]) -> None:
    """Its work ends, and the next request gets its turn."""
    service = serve(slow)
    with serving(service) as (url, _):
        with (
            pytest.raises(httpx2.TimeoutException),
            httpx2.stream(
                "POST", f"{url}/v1/audio/transcriptions", data=fields, files={"file": FILE}, timeout=0.4
            ) as answer,
        ):
            [*answer.iter_bytes()]
        assert slow.ended.wait(5)
        assert not slow.go.is_set()
        slow.go.set()
        assert httpx2.post(f"{url}/v1/audio/transcriptions", files={"file": FILE}).json()["text"] == TEXT
        assert (service.line.running, service.line.waiting) == (0, 0)


def test_stream_is_kept_alive_by_comments(serve: Serve, slow: SlowRecognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it waits and while it is worked on."""
    monkeypatch.setattr(sse, "KEEP_S", 0.05)
    with (
        serving(serve(slow)) as (url, _),
        httpx2.stream(
            "POST", f"{url}/v1/audio/transcriptions", data={"stream": "true"}, files={"file": FILE}
        ) as answer,
    ):
        lines = answer.iter_lines()
        assert [next(lines) for _ in range(8)].count(": keep") == 4
        slow.go.set()
        assert [line for line in lines if line][-1] == "data: [DONE]"


def test_stream_has_the_text_before_it_is_known_who_speaks(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """As soon as recognition has ended."""
    go = threading.Event()

    def diarize(self: FakeDiarizer, waveform: Any, request: Any, devices: Any, progress: Any) -> Diarization:
        """Report progress until the client has the text."""
        while not go.wait(0.01):
            progress("segmentation", 0.5, 1.0)
        return Diarization(TURNS, TURNS)

    monkeypatch.setattr(FakeDiarizer, "diarize", diarize)
    fields = {"stream": "true", "response_format": "diarized_json"}
    with (
        serving(serve()) as (url, _),
        httpx2.stream("POST", f"{url}/v1/audio/transcriptions", data=fields, files={"file": FILE}) as answer,
    ):
        lines = (line for line in answer.iter_lines() if line.startswith("data: {"))
        assert json.loads(next(lines).removeprefix("data: ")) == {"type": "transcript.text.delta", "delta": TEXT}
        go.set()
        assert [json.loads(line.removeprefix("data: "))["type"] for line in lines] == [
            "transcript.text.segment",
            "transcript.text.segment",
            "transcript.text.done",
        ]


def test_request_that_is_cut_off_leaves_nothing(serve: Serve, tmp_path: Path) -> None:
    """In the middle of its file; the server lives on, and there is no file left, open or not."""
    with serving(serve()) as (url, _), uploads_in(tmp_path):
        client = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
        head = (
            "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n"
            'Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: form-data; name="file"; '
            'filename="a.wav"\r\n\r\n'
        )
        client.sendall(head.encode() + bytes(3_000_000))
        client.close()
        assert httpx2.post(f"{url}/v1/audio/transcriptions", files={"file": FILE}).status_code == 200
        assert [*tmp_path.iterdir()] == []

        def open_files() -> list[str]:
            """Return the open files in the folder."""
            found = []
            for each in Path("/proc/self/fd").iterdir():
                with suppress(OSError):  # closed meanwhile
                    found.append(os.readlink(each))
            return [name for name in found if str(tmp_path) in name]

        if Path("/proc/self/fd").exists():
            assert eventually(lambda: not open_files())


def test_stop_finishes_what_runs_and_answers_the_rest_503(serve: Serve, slow: SlowRecognizer) -> None:
    """Within the time of grace."""
    with ThreadPoolExecutor() as pool, serving(service := serve(slow)) as (url, server):

        def post() -> httpx2.Response:
            return httpx2.post(f"{url}/v1/audio/transcriptions", files={"file": FILE}, timeout=30)

        first = pool.submit(post)
        assert slow.begun.wait(10)
        second = pool.submit(post)
        assert eventually(lambda: service.line.waiting)
        server.should_exit = True
        refused = second.result(10)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "server_stopping")
        assert not first.done()
        slow.go.set()
        assert first.result(10).status_code == 200


def test_stop_cancels_what_runs_after_the_time_of_grace(serve: Serve, slow: SlowRecognizer) -> None:
    """It is answered 503, too."""
    with ThreadPoolExecutor() as pool, serving(serve(slow, grace_s=0.1)) as (url, server):
        first = pool.submit(httpx2.post, f"{url}/asr", files={"audio_file": FILE}, timeout=30)
        assert slow.begun.wait(10)
        server.should_exit = True
        assert first.result(10).status_code == 503
        assert slow.ended.wait(5)


BAZARR = (
    "POST /asr?task=transcribe&language=en&output=srt&encode=false&video_file=%2Ffilms%2FTalk+%282024%29.mkv "
    "HTTP/1.1\r\n"
    "Host: {host}\r\nUser-Agent: Subliminal/2.2\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\n"
    "Connection: keep-alive\r\nContent-Length: {length}\r\n"
    "Content-Type: multipart/form-data; boundary=0b1f2c6b8b9d4a46a2f6a1f0d6a0b9de\r\n\r\n"
)
PART = (
    "--0b1f2c6b8b9d4a46a2f6a1f0d6a0b9de\r\n"
    'Content-Disposition: form-data; name="audio_file"; filename="audio_file"\r\n\r\n'
)
END = "\r\n--0b1f2c6b8b9d4a46a2f6a1f0d6a0b9de--\r\n"


def test_recorded_request_of_bazarr_is_answered_with_subtitles(
    serve: Serve, slow: SlowRecognizer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One part without a content type, raw samples, and a path of the film, of which the log has the name alone.

    Its upload is read at once, while another recording is worked on: it would give up after five seconds.
    """
    samples = bytes(32_000 * 600)
    body = PART.encode() + samples + END.encode()
    caplog.set_level(logging.INFO, "speakerplug_server")
    monkeypatch.setattr(logging.getLogger("speakerplug_server"), "propagate", True)  # a command may have set it
    with serving(service := serve(slow, queue=0)) as (url, _), ThreadPoolExecutor() as pool:
        pool.submit(httpx2.post, f"{url}/asr", files={"audio_file": FILE}, timeout=30)
        assert slow.begun.wait(10)
        host = url.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=30)
        connection.connect()
        connection.sock.settimeout(5)  # each write, as its connect timeout
        connection.sock.sendall(BAZARR.format(host=host, length=len(body)).encode() + body)
        assert eventually(lambda: service.line.waiting)
        slow.go.set()
        connection.sock.settimeout(30)
        answer = http.client.HTTPResponse(connection.sock, method="POST")
        answer.begin()
        assert (answer.status, answer.read().decode().splitlines()[2]) == (200, "SPEAKER_00: Hello there.")
        connection.close()
    lines = [json.loads(each.getMessage()) for each in caplog.records if each.name.endswith("endpoint")]
    assert lines[-1]["video"] == "Talk (2024).mkv"
    assert (lines[-1]["bytes"], lines[-1]["audio_s"], "films" in caplog.text) == (len(samples), 600.0, False)


def test_metrics_and_health_are_answered_while_a_request_runs(serve: Serve, slow: SlowRecognizer) -> None:
    """The event loop is never blocked."""
    with serving(serve(slow)) as (url, _), ThreadPoolExecutor() as pool:
        first = pool.submit(httpx2.post, f"{url}/asr", files={"audio_file": FILE}, timeout=30)
        assert slow.begun.wait(10)
        assert httpx2.get(f"{url}/health").json() == {"status": "ok", "waiting": 0, "running": 1}
        assert "speakerplug_running 1.0" in httpx2.get(f"{url}/metrics").text
        slow.go.set()
        first.result(10)
        numbers = httpx2.get(f"{url}/metrics").text
        assert 'speakerplug_requests_total{route="/asr",status="200"} 1.0' in numbers
        assert "speakerplug_audio_seconds_total 2.0" in numbers


def test_listen_on_a_port_that_is_taken_is_one_sentence() -> None:
    """And so is an address that is not this machine's."""
    with listen("127.0.0.1", 0) as taken, pytest.raises(UsageError, match="choose another --port"):
        listen("127.0.0.1", taken.getsockname()[1]).__enter__()
    with pytest.raises(UsageError, match=r"203\.0\.113\.1"):
        listen("203.0.113.1", 0).__enter__()


def test_uploads_are_made_in_the_folder_that_the_next_start_sweeps(tmp_path: Path) -> None:
    """Only until the server ends."""
    with uploads_in(tmp_path), tempfile.NamedTemporaryFile() as file:
        assert Path(file.name).parent == tmp_path
    assert tempfile.gettempdir() != str(tmp_path)


def test_program_of_the_page_prints_who_says_what(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it stands in the documentation, except for the port."""
    page = (Path(__file__).parents[3] / "docs/how-to/serve.md").read_text(encoding="utf-8")
    program = page.partition("```python\n")[2].partition("```")[0]
    (tmp_path / "talk.mp4").write_bytes(wav())
    monkeypatch.chdir(tmp_path)
    with serving(serve()) as (url, _):
        exec(program.replace("http://127.0.0.1:9000", url), {})
    assert capsys.readouterr().out.splitlines()[:2] == ["A Hello there.", "B Hi Ann!"]
