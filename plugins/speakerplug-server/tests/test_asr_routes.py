"""The API of whisper-asr-webservice, request by request."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from speakerplug.testing import FakeDiarizer, FakeRecognizer

from .conftest import TEXT, Serve, client_of, wav


def post(client: TestClient, path: str = "/asr", file: bytes | None = None, **query: Any) -> Any:
    """Send a recording with this query."""
    return client.post(path, params=query, files={"audio_file": ("talk.wav", wav() if file is None else file)})


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("txt", f"{TEXT}\n"),
        ("docx", f"{TEXT}\n"),
        ("tsv", "start\tend\ttext\n100\t900\tHello there.\n1200\t1600\tHi Ann!\n"),
    ],
)
def test_asr_answers_in_the_output_that_is_asked_for(client: TestClient, output: str, text: str) -> None:
    """Always text/plain, as an attachment; an unknown output is txt."""
    answer = post(client, output=output)
    assert (answer.status_code, answer.text) == (200, text)
    assert answer.headers["content-type"].startswith("text/plain")
    suffix = output if output == "tsv" else "txt"
    assert answer.headers["content-disposition"] == f'attachment; filename="talk.wav.{suffix}"'
    assert answer.headers["asr-engine"] == "speakerplug"


def test_asr_srt_names_speakers_where_they_change(client: TestClient) -> None:
    """Bazarr cannot ask for it; the path or the query changes it."""
    assert "SPEAKER_01: Hi Ann!" in post(client, output="srt").text
    assert "\n- Hi Ann!" in post(client, "/labels/dash/asr", output="srt").text
    assert "\nHi Ann!" in post(client, output="srt", labels="never").text
    assert "<v SPEAKER_01>Hi Ann!" in post(client, output="vtt").text


def test_asr_json_has_speakers_on_segments_and_words(client: TestClient) -> None:
    """The union of what the two engines of the original answer; `text` is a string."""
    answer = post(client, output="json", diarize="true")
    found = json.loads(answer.text)
    assert (found["text"], found["language"]) == (TEXT, "en")
    assert [each["speaker"] for each in found["segments"]] == ["SPEAKER_00", "SPEAKER_01"]
    assert {word["speaker"] for each in found["segments"] for word in each["words"]} == {"SPEAKER_00", "SPEAKER_01"}
    assert len(found["word_segments"]) == 4


@pytest.mark.parametrize("name", ["diarize", "enable_diarization"])
def test_asr_without_diarization_has_no_speakers(client: TestClient, diarizer: FakeDiarizer, name: str) -> None:
    """Where the client says so; numbers of speakers are then of no use."""
    found = json.loads(post(client, output="json", min_speakers=2, **{name: "false"}).text)
    assert diarizer.requests == []
    assert "speaker" not in str(found)


def test_asr_query_becomes_options_of_the_request(
    client: TestClient, recognizer: FakeRecognizer, diarizer: FakeDiarizer
) -> None:
    """Those of the forks, too; unknown parameters are ignored, as by the original."""
    query = {"task": "translate", "language": "fr", "initial_prompt": "Hm.", "hotwords": "Ann", "vad_filter": "true"}
    assert post(client, output="srt", min_speakers=1, max_speakers="3", use_async="x", **query).status_code == 200
    (request,), (speakers,) = recognizer.requests, diarizer.requests
    assert (request.task, request.language, request.prompt, request.hotwords) == ("translate", "fr", "Hm.", "Ann")
    assert (speakers.min_speakers, speakers.max_speakers) == (1, 3)


def test_asr_takes_samples_without_a_header(client: TestClient) -> None:
    """s16le at 16 kHz, as Bazarr sends whole films; two seconds of zeros are two seconds of silence."""
    answer = post(client, file=bytes(64_000), encode="false", output="json")
    assert (answer.status_code, json.loads(answer.text)["text"]) == (200, TEXT)
    assert post(client, file=bytes(64_000)).status_code == 400


def test_missing_file_is_answered_as_fastapi_does(client: TestClient) -> None:
    """422 with a detail for each field."""
    for path in ("/asr", "/detect-language"):
        answer = client.post(path)
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"] == ["body", "audio_file"]


@pytest.mark.parametrize(("name", "value"), [("encode", "maybe"), ("diarize", "2"), ("min_speakers", "few")])
def test_malformed_query_is_answered_as_fastapi_does(client: TestClient, name: str, value: str) -> None:
    """422, and which parameter it is."""
    answer = post(client, output="json", **{name: value})
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["query", name])


@pytest.mark.parametrize("file", [b"", b"This is text.\n" * 99])
def test_errors_are_text_that_is_no_subtitle(client: TestClient, file: bytes) -> None:
    """Bazarr saves whatever it gets, so a parser must find no cue in it."""
    answer = post(client, file=file, output="srt")
    assert (answer.status_code, answer.text[:7]) == (400, "Error: ")
    assert "-->" not in answer.text


def test_detect_language_says_name_and_code(client: TestClient, recognizer: FakeRecognizer) -> None:
    """From the first half a minute; `und` is what clients take for unknown."""
    assert post(client, "/detect-language").json() == {
        "detected_language": "english",
        "language_code": "en",
        "confidence": 1.0,
    }
    recognizer.words = ()
    assert post(client, "/detect-language", encode="false").json()["language_code"] == "und"


def test_detect_language_decodes_no_more_than_it_needs(serve: Serve) -> None:
    """A film of an hour is read, and half a minute of it decoded."""
    answer = client_of(serve(max_hours=0.01)).post(
        "/detect-language", params={"encode": "false"}, files={"audio_file": bytes(32_000 * 60)}
    )
    assert answer.status_code == 200


def test_status_below_unknown_labels_is_refused(client: TestClient) -> None:
    """Bazarr's Test button finds a wrong address, not its first film."""
    assert client.get("/labels/dash/status").status_code == 200
    answer = client.get("/labels/dashes/status")
    assert (answer.status_code, answer.text[:7]) == (400, "Error: ")


def test_status_and_hints_are_what_test_buttons_ask_for(client: TestClient) -> None:
    """Bazarr wants a version at the root of the host."""
    assert client.get("/status").json()["version"].startswith("SpeakerPlug ")
    assert "POST /asr" in client.get("/asr").text
    assert client.get("/").status_code == 200


def test_video_file_of_the_client_is_not_opened(client: TestClient) -> None:
    """A path that the client names is logged without its folders, and nothing else."""
    answer = post(client, output="srt", video_file="/etc/passwd")
    assert (answer.status_code, "root" in answer.text) == (200, False)
