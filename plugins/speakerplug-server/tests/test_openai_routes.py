"""OpenAI's API, request by request."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from speakerplug.system.arguments import named_as_options
from speakerplug.testing import FakeDiarizer, FakeRecognizer
from speakerplug_server.app import app_of

from .conftest import TEXT, Serve, client_of, wav

URL = "/v1/audio/transcriptions"


def post(client: TestClient, url: str = URL, **fields: Any) -> Any:
    """Send a recording with these fields; a list is a field in brackets, sent several times."""
    data = {f"{name}[]" if isinstance(value, list) else name: value for name, value in fields.items()}
    return client.post(url, data=data, files={"file": ("talk.wav", wav(), "audio/wav")})


def test_json_has_the_text_without_labels_and_runs_no_diarizer(client: TestClient, diarizer: FakeDiarizer) -> None:
    """A json answer cannot show speakers, so they are not computed."""
    answer = post(client, model="whisper-1")
    assert (answer.status_code, answer.json()) == (200, {"text": TEXT, "usage": {"type": "duration", "seconds": 2}})
    assert diarizer.requests == []


def test_text_srt_and_vtt_have_their_content_types(client: TestClient) -> None:
    """SRT names the speaker where it changes, VTT has voice spans, text has neither."""
    found = {name: post(client, response_format=name) for name in ("text", "srt", "vtt")}
    assert [answer.headers["content-type"].partition(";")[0] for answer in found.values()] == [
        "text/plain",
        "text/plain",
        "text/vtt",
    ]
    assert found["text"].text == TEXT + "\n"
    assert "SPEAKER_00: Hello there." in found["srt"].text
    assert "<v SPEAKER_01>Hi Ann!" in found["vtt"].text


def test_diarized_json_calls_speakers_by_letters(client: TestClient) -> None:
    """In the order in which they speak; ids are texts, and the text has no labels."""
    found = post(client, response_format="diarized_json", model="gpt-4o-transcribe-diarize").json()
    assert found["text"] == TEXT
    assert (found["task"], found["duration"]) == ("transcribe", 2.0)
    assert [(each["speaker"], each["text"]) for each in found["segments"]] == [("A", "Hello there."), ("B", "Hi Ann!")]
    assert {each["type"] for each in found["segments"]} == {"transcript.text.segment"}
    assert all(isinstance(each["id"], str) for each in found["segments"])


@pytest.mark.parametrize(
    ("granularities", "keys"),
    [
        (["word"], {"words"}),
        (["segment"], {"segments"}),
        (["word", "segment"], {"words", "segments"}),
        ([], {"segments"}),
    ],
)
def test_verbose_json_has_what_the_granularities_ask_for(
    client: TestClient, granularities: list[str], keys: set[str]
) -> None:
    """Words alone come without segments, as from OpenAI: Buzz would read segments without words as an error."""
    found = post(client, response_format="verbose_json", timestamp_granularities=granularities).json()
    assert found.keys() & {"words", "segments"} == keys
    assert (found["language"], found["task"], found["duration"]) == ("english", "transcribe", 2.0)
    for each in (*found.get("segments", ()), *found.get("words", ())):
        assert each["speaker"].startswith("SPEAKER_0")
    assert [each["id"] for each in found.get("segments", ())] == [*range(len(found.get("segments", ())))]


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ("change", "SPEAKER_00: Hello there.\nSPEAKER_01: Hi Ann!"),
        ("dash", "Hello there.\n- Hi Ann!"),
        ("never", TEXT),
    ],
)
def test_labels_are_in_the_text_of_clients_that_read_nothing_else(client: TestClient, labels: str, text: str) -> None:
    """By the query, or by the path for clients that cannot set one."""
    assert post(client, f"{URL}?labels={labels}").json()["text"] == text
    assert post(client, f"/labels/{labels}{URL}").json()["text"] == text


def test_labels_of_the_server_are_the_default_of_requests(serve: Serve) -> None:
    """A request may still say otherwise."""
    client = client_of(serve(labels="always"))
    assert post(client, response_format="text").text == "SPEAKER_00: Hello there.\nSPEAKER_01: Hi Ann!\n"
    assert post(client, f"{URL}?labels=never", response_format="text").text == TEXT + "\n"
    segments = post(client, response_format="verbose_json").json()["segments"]
    assert [each["text"] for each in segments] == ["SPEAKER_00: Hello there.", "SPEAKER_01: Hi Ann!"]


def test_fields_become_options_of_the_request(
    client: TestClient, recognizer: FakeRecognizer, diarizer: FakeDiarizer
) -> None:
    """Names may have brackets; extra fields say how many speakers there are."""
    fields = {"language": "de", "prompt": "Hm.", "keywords": ["Ann", "Ben"], "num_speakers": "2", "temperature": "0.2"}
    assert post(client, response_format="vtt", **fields).status_code == 200
    (request,), (speakers,) = recognizer.requests, diarizer.requests
    assert (request.language, request.prompt, request.hotwords) == ("de", "Hm.", "Ann, Ben")
    assert speakers.num_speakers == 2


def test_translations_are_into_english(client: TestClient, recognizer: FakeRecognizer) -> None:
    """By the recognizer's task."""
    assert post(client, "/v1/audio/translations").status_code == 200
    assert recognizer.requests[0].task == "translate"


def test_models_list_names_that_clients_know_and_our_own(serve: Serve) -> None:
    """All contain whisper or transcribe, by which clients filter; each can be asked for by its name."""
    client = client_of(serve(models=("tiny", "small")))
    names = [model["id"] for model in client.get("/v1/models").json()["data"]]
    assert {"whisper-1", "whisper-tiny", "whisper-small"} <= {*names}
    assert all("whisper" in name or "transcribe" in name for name in names)
    assert client.get("/v1/models/whisper-small").json()["id"] == "whisper-small"
    assert client.get("/v1/models/other").status_code == 404


def events_of(text: str) -> list[tuple[str, Any]]:
    """Return the events of a stream, each with its type on the line before the data."""
    blocks = [block for block in text.split("\n\n") if block and not block.startswith(":")]
    assert blocks.pop() == "data: [DONE]"
    pairs = [block.split("\n") for block in blocks]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in pairs]


@pytest.mark.parametrize(("format", "speakers"), [("json", None), ("diarized_json", ["A", "B"])])
def test_stream_has_deltas_then_segments_then_the_whole_text(
    client: TestClient, format: str, speakers: list[str] | None
) -> None:
    """Segments only in diarized_json; `done` has times for Subtitle Edit, with ids that are numbers."""
    answer = post(client, response_format=format, stream="true")
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = events_of(answer.text)
    assert all(name == data["type"] for name, data in events)
    assert "".join(data["delta"] for name, data in events if name == "transcript.text.delta") == TEXT
    assert [data["speaker"] for name, data in events if name == "transcript.text.segment"] == (speakers or [])
    name, done = events[-1]
    assert (name, done["text"]) == ("transcript.text.done", TEXT)
    assert [each["id"] for each in done["segments"]] == [*range(len(done["segments"]))]
    assert done["segments"][0]["start"] == 0.1


def test_stream_that_fails_ends_with_an_error(serve: Serve) -> None:
    """Which the SDK raises; the connection ends as it should."""
    events = events_of(post(client_of(serve(FakeRecognizer(error=RuntimeError("secret")))), stream="true").text)
    assert events[-1][0] == "error"
    assert events[-1][1]["error"]["code"] == "server_error"
    assert "secret" not in str(events)


def test_stream_with_invalid_options_is_answered_400(client: TestClient) -> None:
    """Before it begins, as any other request."""
    fields = {"response_format": "diarized_json", "min_speakers": "3", "max_speakers": "2"}
    answer = post(client, stream="true", **fields)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


def test_log_of_a_stream_has_its_audio_and_speakers(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """As that of any other request."""
    caplog.set_level(logging.INFO, "speakerplug_server")
    logging.getLogger("speakerplug_server").propagate = True
    post(client, stream="true", response_format="diarized_json")
    logged = json.loads(caplog.messages[-1])
    assert (logged["status"], logged["audio_s"], logged["speakers"]) == (200, 2.0, 2)


BAD = [
    ({"response_format": "docx"}, 400, "response_format"),
    ({"model": ["a", "b"]}, 400, "model"),
    ({"known_speaker_references": ["data:audio/wav;base64,AAAA"]}, 400, "known_speaker_references"),
    ({"known_speaker_names": ["Ann"]}, 400, "known_speaker_names"),
    ({"timestamp_granularities": ["page"]}, 400, "timestamp_granularities"),
    ({"stream": "true", "response_format": "srt"}, 400, "stream"),
    ({"num_speakers": "many", "response_format": "srt"}, 400, "num_speakers"),
]


@pytest.mark.parametrize(("fields", "status", "param"), BAD)
def test_wrong_fields_are_named(client: TestClient, fields: dict[str, Any], status: int, param: str) -> None:
    """With the status and the body that OpenAI's clients expect; the server goes on."""
    answer = post(client, **fields)
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert post(client).status_code == 200


def test_fields_that_contradict_each_other_are_named_as_in_the_request(serve: Serve) -> None:
    """Although the server is a command, whose own messages name options."""
    fields = {"num_speakers": "1", "min_speakers": "2", "response_format": "srt"}

    async def ask() -> str:
        """Return the message of the answer, of an application that is called in this context."""
        transport = httpx2.ASGITransport(app_of(serve()))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            answer = await client.post(URL, data=fields, files={"file": ("talk.wav", wav())})
        return str(answer.json()["error"]["message"])

    with named_as_options():
        message = asyncio.run(ask())
    assert message == "num_speakers 1 contradicts the bounds; give either the number or the bounds."


@pytest.mark.parametrize(
    ("name", "content"),
    [("talk.wav", b""), ("talk.mp3", b"This is text.\n" * 99), ("talk.wav", bytes(200_000)), ("talk.wav", wav(0))],
)
def test_files_that_are_no_recording_are_answered_400(client: TestClient, name: str, content: bytes) -> None:
    """Empty, text, zeros; the message has neither its name nor a path, as it may be logged."""
    answer = client.post(URL, files={"file": (name, content)})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "file")
    assert "/tmp" not in answer.text
    assert "The" not in answer.json()["error"]["message"][1:]  # a name in the middle of a sentence
    assert name not in answer.text


@pytest.mark.parametrize("files", [{}, {"other": ("talk.wav", wav())}])
def test_missing_file_is_named(client: TestClient, files: dict[str, Any]) -> None:
    """Without a form at all, and with a part of another name."""
    answer = client.post(URL, files=files)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "file")


def test_large_field_is_read_before_it_is_refused(client: TestClient) -> None:
    """References of 2 MB are more than Starlette's own limit, which has a bare 400."""
    answer = post(client, known_speaker_references=["data:audio/wav;base64," + "A" * 2_000_000])
    assert answer.json()["error"]["param"] == "known_speaker_references"


def test_errors_that_come_again_tell_the_client_not_to_retry(serve: Serve) -> None:
    """What is wrong with the server is in its log; the client gets a sentence."""
    from speakerplug.plugin import ModelError

    answer = post(client_of(serve(FakeRecognizer(error=ModelError("The model in /home/me is damaged.")))))
    assert (answer.status_code, answer.headers["x-should-retry"]) == (500, "false")
    assert "/home/me" not in answer.text


def test_recording_longer_than_allowed_is_answered_413(serve: Serve) -> None:
    """By its duration, whatever its size."""
    client = client_of(serve(max_hours=1 / 3600))
    assert (post(client).status_code, post(client).json()["error"]["code"]) == (413, "file_too_long")


def test_upload_larger_than_allowed_is_answered_413(serve: Serve) -> None:
    """By its stated length before it is read."""
    answer = post(client_of(serve(max_hours=1e-6)))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")


def test_method_that_is_not_allowed_is_answered_with_those_that_are(client: TestClient) -> None:
    """As HTTP asks of a 405."""
    answer = client.put(URL)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/v1/audio/speech", "/v1/nothing"])
def test_unknown_routes_are_answered_in_the_form_of_the_api(client: TestClient, path: str) -> None:
    """404, as JSON."""
    answer = client.post(path)
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found_error")
