"""What each service means by its punctuation, units, channels and repetitions, beyond the files of one talk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from speakerplug.errors import MediaError, UsageError
from speakerplug.formats.load import load
from speakerplug.transcript import Transcript


def loaded(tmp_path: Path, document: Any, name: str = "words.json") -> Transcript:
    """Return the transcript of a document: JSON, text or bytes."""
    path = tmp_path / name
    text = document if isinstance(document, (str, bytes)) else json.dumps(document)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load(path)


def words_in(transcript: Transcript) -> list[tuple[str, float | None, float | None, str | None]]:
    """Return the text, the times and the speaker of each word."""
    return [(word.text, word.start, word.end, word.speaker) for word in transcript.words]


def offsets(start: int, end: int) -> dict[str, Any]:
    """Return the offsets of whisper.cpp in milliseconds."""
    return {"offsets": {"from": start, "to": end}}


def test_whisper_cpp_tokens_make_words_and_whole_characters(tmp_path: Path) -> None:
    """Tokens share the bytes of a character, so the file is not UTF-8; Chinese is divided where characters end."""
    tokens = [
        (b"[_BEG_]", 0, 0),
        (b"\xe4\xbd", 0, 500),
        (b"\xa0", 500, 800),
        ("好".encode(), 800, 1200),
        (b" U", 1300, 1400),
    ]
    tokens += [(b"p", 1400, 1500), (b".", 1500, 1600), (b"[_TT_75]", 1600, 1600)]
    rows = b",".join(b'{"text": "%s", "offsets": {"from": %d, "to": %d}, "p": 0.5}' % token for token in tokens)
    text = "你好 Up.".encode()
    segment = b'{"offsets": {"from": 0, "to": 1600}, "text": "%s", "tokens": [%s]}' % (text, rows)
    found = loaded(tmp_path, b'{"result": {"language": "zh"}, "transcription": [%s]}' % segment)
    assert words_in(found) == [("你", 0.0, 0.8, None), ("好", 0.8, 1.2, None), ("Up.", 1.3, 1.6, None)]
    assert (found.text, found.language, found.words[0].confidence) == ("你好 Up.", "zh", 0.5)


def test_whisper_cpp_segments_of_a_word_are_words(tmp_path: Path) -> None:
    """As with --max-len 1, where a word may be in two segments; the speakers are those of --diarize."""
    parts = [(" Stand", 0, 500, "0"), ("by", 500, 900, "0"), (" is", 900, 1000, "1"), (" it", 1000, 1100, "?")]
    items = [{"text": text, **offsets(start, end), "speaker": who} for text, start, end, who in parts]
    found = loaded(tmp_path, {"transcription": items})
    assert found.text == "Standby is it"
    assert [word.speaker for word in found.words] == ["SPEAKER_00", "SPEAKER_00", "SPEAKER_01", None]


def test_whisper_cpp_stamps_are_read_without_offsets(tmp_path: Path) -> None:
    """The clock of a segment is exact to the millisecond, too."""
    segment = {"text": " Hi", "timestamps": {"from": "01:00:02,400", "to": "01:00:03,000"}}
    assert words_in(loaded(tmp_path, {"transcription": [segment]})) == [("Hi", 3602.4, 3603.0, None)]
    segment["timestamps"] = {"from": "soon", "to": None}
    with pytest.raises(MediaError, match=r"whisper\.cpp's JSON .*soon"):
        loaded(tmp_path, {"transcription": [segment]})


def test_youtube_caption_of_automatic_captions_ends_when_the_next_begins(tmp_path: Path) -> None:
    """It stays on the screen, but is not spoken any more; blank lines between captions are no words."""
    events = [
        {"tStartMs": 1000, "dDurationMs": 9000, "segs": [{"utf8": "one"}, {"utf8": " two", "tOffsetMs": 500}]},
        {"tStartMs": 1600, "dDurationMs": 100, "aAppend": 1, "segs": [{"utf8": "\n"}]},
        {"tStartMs": 1600, "dDurationMs": 400, "segs": [{"utf8": "three"}]},
    ]
    found = words_in(loaded(tmp_path, {"events": events}))
    assert found == [("one", 1.0, 1.2, None), ("two", 1.5, 1.6, None), ("three", 1.6, 2.0, None)]


def test_youtube_xml_with_entities_is_refused(tmp_path: Path) -> None:
    """A short file could expand without bound; damaged XML is a sentence, too."""
    for text, said in (("<!DOCTYPE x>", "declares entities"), ("<p t='0' d='1'>", "XML is damaged")):
        with pytest.raises(MediaError, match=rf"YouTube's XML .*{said}"):
            loaded(tmp_path, f"<timedtext format='3'>{text}", "talk.srv3")


def test_youtube_xml_in_seconds_is_unescaped(tmp_path: Path) -> None:
    """srv1 counts in seconds and escapes its text twice."""
    found = loaded(tmp_path, '<transcript><text start="1.5" dur="2">it&amp;#39;s</text></transcript>', "talk.xml")
    assert words_in(found) == [("it's", 1.5, 3.5, None)]


def test_google_times_are_strings_and_zero_is_left_out(tmp_path: Path) -> None:
    """A batch of one file, an operation and older clients hold the same."""
    words = [{"word": "Hi", "endOffset": "0.300s"}, {"word": "you", "startOffset": "1.200s", "endOffset": "1.500s"}]
    results = [{"alternatives": [{"transcript": "Hi you", "words": words}], "languageCode": "en-us"}]
    expected = [("Hi", 0.0, 0.3, None), ("you", 1.2, 1.5, None)]
    assert words_in(loaded(tmp_path, {"results": results})) == expected
    assert words_in(loaded(tmp_path, {"results": {"gs://x": {"transcript": {"results": results}}}})) == expected
    older = [{"word": "Hi", "start_time": {}, "end_time": {"nanos": 300_000_000}, "speaker_tag": 1}]
    operation = {"name": "1", "done": True, "response": {"results": [{"alternatives": [{"words": older}]}]}}
    assert words_in(loaded(tmp_path, operation)) == [("Hi", 0.0, 0.3, "SPEAKER_01")]


def test_google_channels_are_merged_by_time(tmp_path: Path) -> None:
    """Each channel is a speaker."""

    def result(channel: int, word: str, start: int) -> dict[str, Any]:
        words = [{"word": word, "startTime": f"{start}s", "endTime": f"{start + 1}s"}]
        return {"alternatives": [{"transcript": word, "words": words}], "channelTag": channel}

    found = loaded(tmp_path, {"results": [result(1, "a", 0), result(1, "c", 4), result(2, "b", 2)]})
    assert [(word.text, word.speaker) for word in found.words] == [
        ("a", "channel_1"),
        ("b", "channel_2"),
        ("c", "channel_1"),
    ]


def test_google_results_without_words_are_timed_by_their_ends(tmp_path: Path) -> None:
    """The start is estimated: the end of the result before, or as long before the end as the text takes."""
    results = [
        {"alternatives": [{"transcript": text}], "resultEndTime": end} for text, end in (("Hi", "9s"), ("so", "9.1s"))
    ]
    assert words_in(loaded(tmp_path, {"results": results})) == [("Hi", 8.867, 9.0, None), ("so", 9.0, 9.1, None)]


def phrase(words: list[dict[str, Any]], display: str, **fields: Any) -> dict[str, Any]:
    """Return a phrase of Azure's batch transcription."""
    best = {"display": display, "lexical": "", "words": words}
    return {
        "recognitionStatus": "Success",
        "offsetInTicks": 0,
        "durationInTicks": 40_000_000,
        "nBest": [best],
        **fields,
    }


def test_azure_writes_spoken_words_as_displayed(tmp_path: Path) -> None:
    """Capitals, punctuation and numbers are those of the text; its words have the times of the spoken ones."""
    spoken = [("it", 0), ("costs", 1), ("twenty", 2), ("five", 3)]
    words = [{"word": word, "offsetInTicks": at * 10_000_000, "durationInTicks": 5_000_000} for word, at in spoken]
    found = loaded(tmp_path, {"recognizedPhrases": [phrase(words, "It costs 25.", speaker=2)]})
    assert words_in(found) == [
        ("It", 0.0, 0.5, "SPEAKER_02"),
        ("costs", 1.0, 1.5, "SPEAKER_02"),
        ("25.", 2.0, 3.5, "SPEAKER_02"),
    ]


def test_azure_durations_may_be_iso(tmp_path: Path) -> None:
    """A channel is a speaker where there are several."""
    items = [
        {"offset": "PT1H2M3.5S", "duration": "PT0.5S", "channel": 1, "nBest": [{"display": "Yes."}]},
        {"offset": "PT1S", "duration": "PT0.5S", "channel": 0, "nBest": [{"display": "Hi."}]},
    ]
    found = loaded(tmp_path, {"recognizedPhrases": items})
    assert words_in(found) == [("Hi.", 1.0, 1.5, "channel_0"), ("Yes.", 3723.5, 3724.0, "channel_1")]
    with pytest.raises(MediaError, match=r"Azure's transcription JSON .*'P1D' is not a duration"):
        loaded(tmp_path, {"recognizedPhrases": [{**items[0], "offset": "P1D"}]})


def test_elevenlabs_channels_and_events_are_words(tmp_path: Path) -> None:
    """An audio event stays in the text; several channels are merged by time."""

    def word(text: str, start: float, kind: str = "word") -> dict[str, Any]:
        return {"text": text, "start": start, "end": start + 1, "type": kind}

    channels = [[word("Hi", 0.0), word(" ", 1.0, "spacing"), word("(laughs)", 4.0, "audio_event")], [word("Yes", 2.0)]]
    document = {
        "transcripts": [{"language_code": "en", "channel_index": n, "words": c} for n, c in enumerate(channels)]
    }
    found = loaded(tmp_path, document)
    assert [(word.text, word.speaker) for word in found.words] == [
        ("Hi", "channel_0"),
        ("Yes", "channel_1"),
        ("(laughs)", "channel_0"),
    ]


def test_speechmatics_punctuation_attaches_as_it_says(tmp_path: Path) -> None:
    """To the word before, after or both; an entity is read as it is written, an unknown speaker is none."""

    def item(content: str, start: float, kind: str = "word", **fields: Any) -> dict[str, Any]:
        best = {"content": content, "confidence": 1.0, "language": "es", "speaker": fields.pop("who", "S1")}
        return {"type": kind, "start_time": start, "end_time": start + 1, "alternatives": [best], **fields}

    results = [
        item("¿", 0, "punctuation", attaches_to="next"),
        item("Bien", 0),
        item("?", 1, "punctuation", attaches_to="previous"),
        item("5 %", 2, "entity", written_form=[item(t, n, who="UU") for t, n in (("5", 2), ("%", 3))]),
        {"type": "speaker_change", "start_time": 4, "end_time": 4},
    ]
    found = loaded(tmp_path, {"format": "2.9", "metadata": {}, "results": results})
    assert words_in(found) == [("¿Bien?", 0.0, 1.0, "S1"), ("5", 2.0, 3.0, None), ("%", 3.0, 4.0, None)]
    assert found.language == "es"


def test_speechmatics_without_word_delimiter_joins_words(tmp_path: Path) -> None:
    """As in Japanese."""
    results = [
        {"type": "word", "start_time": at, "end_time": at + 1, "alternatives": [{"content": text}]}
        for at, text in enumerate(("はい", "OK"))
    ]
    metadata = {"language_pack_info": {"word_delimiter": ""}}
    assert loaded(tmp_path, {"format": "2.9", "metadata": metadata, "results": results}).text == "はいOK"


def test_vosk_partial_results_and_alternatives_are_told_apart(tmp_path: Path) -> None:
    """Objects one after the other, as a program prints them; partial results are repeated, and are no words."""
    word = {"word": "hi", "start": 1.0, "end": 1.5}
    best = {"alternatives": [{"confidence": 200.0, "text": "hi", "result": [word]}, {"confidence": 1.0, "text": "no"}]}
    text = "\n".join(json.dumps(each, indent=2) for each in ({"partial": "h"}, best, {"text": ""}))
    assert words_in(loaded(tmp_path, text)) == [("hi", 1.0, 1.5, None)]


def test_seglst_and_stm_of_several_sessions_take_the_named_one(tmp_path: Path) -> None:
    """As of CTM, the session with the name of the file is read."""
    rows = [{"session_id": each, "start_time": "1.5", "end_time": 2, "words": each, "speaker": "A"} for each in "ab"]
    lines = "a 1 A 1.5 2 <o,f0,male> a\nb 1 A 1.5 2 b\n"
    for document, name in ((rows, "b.json"), (lines, "b.stm")):
        assert words_in(loaded(tmp_path, document, name)) == [("b", 1.5, 2.0, "A")]
        with pytest.raises(MediaError, match="2 recordings"):
            loaded(tmp_path, document, f"c{Path(name).suffix}")


def test_otranscribe_names_before_colons_are_speakers(tmp_path: Path) -> None:
    """If two lines have one; each holds until the next one, also within the time of a stamp."""
    stamp = '<span class="timestamp" data-timestamp="{}">0:00</span>'
    page = f"<p>{stamp.format(1)}Ana: Hi &amp; bye</p><p>Ben: Yes</p><p>{stamp.format(3)}and no</p>"
    found = loaded(tmp_path, {"text": page, "media": "", "media-time": 4.0}, "talk.otr")
    assert [(word.text, word.speaker) for word in found.words] == [
        ("Hi", "Ana"),
        ("&", "Ana"),
        ("bye", "Ana"),
        ("Yes", "Ben"),
        ("and", "Ben"),
        ("no", "Ben"),
    ]
    assert (found.words[0].start, found.words[3].end, found.words[4].start) == (1.0, 3.0, 3.0)
    one = loaded(tmp_path, {"text": f"<p>{stamp.format(1)}One thing: no</p>", "media-time": 4.0}, "talk.otr")
    assert one.text == "One thing: no"


def test_insanely_fast_whisper_keeps_chunks_without_a_speaker(tmp_path: Path) -> None:
    """Its list of speakers may end before its chunks."""
    chunks = [{"text": " Hi", "timestamp": [0, 1]}, {"text": " you", "timestamp": [1, None]}]
    found = loaded(tmp_path, {"speakers": [{"speaker": "A", **chunks[0]}], "chunks": chunks, "text": " Hi you"})
    assert [(word.text, word.speaker) for word in found.words] == [("Hi", "A"), ("you", None)]


def test_kaldi_words_count_from_their_segment(tmp_path: Path) -> None:
    """Results that are not final are repeated, and are left out."""
    best = {"transcript": "hi", "word-alignment": [{"word": "hi", "start": 0.5, "length": 0.25}]}
    rows = [
        {"status": 0, "segment-start": 10, "result": {"final": final, "hypotheses": [best]}} for final in (False, True)
    ]
    assert words_in(loaded(tmp_path, "\n".join(map(json.dumps, rows)))) == [("hi", 10.5, 10.75, None)]


@pytest.mark.parametrize("text", ["5", "12\n13\n", "null", '"Hello"', "1.5\n{}\n"])
def test_load_of_a_scalar_is_not_called_json(tmp_path: Path, text: str) -> None:
    """A number or a line of text is no JSON document that anybody meant."""
    with pytest.raises(UsageError, match="is not in a readable format") as caught:
        loaded(tmp_path, text, "talk.dat")
    assert "JSON" not in str(caught.value)


@pytest.mark.parametrize(
    ("document", "error", "said"),
    [
        ({"status": "FAILED", "results": {"transcripts": [], "items": []}}, MediaError, "status is 'FAILED'"),
        ({"id": "x", "status": "processing", "result": None}, UsageError, "not a SpeakerPlug transcript"),
        ({"text": "Hello there."}, UsageError, "not a SpeakerPlug transcript"),
    ],
)
def test_load_of_an_unfinished_job_is_refused(tmp_path: Path, document: Any, error: type[Exception], said: str) -> None:
    """It is not taken for a recording without speech."""
    with pytest.raises(error, match=said):
        loaded(tmp_path, document)


WORD_LISTS: dict[str, Any] = {
    "segments": lambda words: {
        "segments": [{"start": 0, "end": 9, "text": " ".join(w["word"] for w in words)} | {"words": words}]
    },
    "deepgram": lambda words: {"results": {"channels": [{"alternatives": [{"transcript": "", "words": words}]}]}},
    "nemo": lambda words: {"timestamp": {"word": words}},
    "nemo diarized": lambda words: {
        "words": [{"word": w["word"], "start_time": w["start"], "end_time": w["end"], "speaker": "a"} for w in words]
    },
    "aws": lambda words: {
        "results": {
            "items": [
                {"type": "pronunciation", "start_time": str(w["start"]), "end_time": str(w["end"])}
                | {"alternatives": [{"content": w["word"]}]}
                for w in words
            ]
        }
    },
}


@pytest.mark.parametrize("form", WORD_LISTS)
def test_load_of_words_out_of_order_sorts_them(tmp_path: Path, form: str) -> None:
    """Words far from their place, as of two parts of a recording in the wrong order, are told in order of time."""
    words = [{"word": f"w{at}", "start": float(at), "end": at + 0.5} for at in (4, 6, 0, 2)]
    assert loaded(tmp_path, WORD_LISTS[form](words)).text == "w0 w2 w4 w6"


def test_whisper_cpp_tokens_without_a_text_are_none(tmp_path: Path) -> None:
    """A null text adds nothing to the word that it is within."""
    tokens = [{"text": text, **offsets(at, at + 100)} for at, text in ((0, " U"), (100, None), (200, "p"))]
    segment = {**offsets(0, 300), "text": " Up", "tokens": tokens}
    assert words_in(loaded(tmp_path, {"transcription": [segment]})) == [("Up", 0.0, 0.3, None)]


@pytest.mark.parametrize("tags", [(1, 2), (1, 0), (0, 0)], ids=["all", "some", "none"])
def test_google_words_that_the_last_result_repeats_are_read_once(tmp_path: Path, tags: tuple[int, int]) -> None:
    """Also where the diarization did not name the speaker of each."""
    words = [{"word": word, "startTime": f"{at}s", "endTime": f"{at + 1}s"} for at, word in enumerate(("a", "b"))]
    tagged = [word | {"speakerTag": tag} for word, tag in zip(words, tags, strict=True)]
    results = [{"alternatives": [{"transcript": word["word"], "words": [word]}]} for word in words]
    found = loaded(tmp_path, {"results": [*results, {"alternatives": [{"words": tagged}]}]})
    assert [word.text for word in found.words] == ["a", "b"]
    assert [word.speaker for word in found.words] == [f"SPEAKER_{tag:02d}" if tag else None for tag in tags]
