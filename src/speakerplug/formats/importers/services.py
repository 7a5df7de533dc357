"""The forms of JSON that services and libraries write and SpeakerPlug only reads, by what messages call them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import (
    assemblyai,
    aws,
    azure,
    deepgram,
    elevenlabs,
    gladia,
    google,
    kaldi,
    nemo,
    otranscribe,
    rev,
    seglst,
    speechmatics,
    transformers,
    vosk,
    watson,
    whisper_cpp,
    youtube,
    youtube_transcript,
)

SERVICES: Mapping[str, Any] = {
    "AWS Transcribe's": aws,
    "Deepgram's": deepgram,
    "AssemblyAI's": assemblyai,
    "Azure's": azure,
    "ElevenLabs'": elevenlabs,
    "Gladia's": gladia,
    "Google's": google,
    "Kaldi's": kaldi,
    "oTranscribe's": otranscribe,
    "Rev AI's": rev,
    "SegLST": seglst,
    "Speechmatics'": speechmatics,
    "Vosk's": vosk,
    "IBM Watson's": watson,
    "whisper.cpp's": whisper_cpp,
    "YouTube's": youtube,
    "a YouTube transcript's": youtube_transcript,
    "transformers'": transformers,
    "NeMo's": nemo,
}
"""Each has FORMAT, `matches(document)` and `read(document)`; a document is of one of them at most."""
