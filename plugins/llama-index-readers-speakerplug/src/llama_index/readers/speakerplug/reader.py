"""A reader for recordings, alone or as a file extractor of SimpleDirectoryReader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from os import fspath
from typing import Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

from speakerplug import Recording, Source
from speakerplug.hosts.passages import By, Passage, PassageReader

NOT_EMBEDDED = ["source", "start", "end", "language"]
"""Metadata that do not become part of the text whose embedding is stored; the speaker does."""


class SpeakerPlugReader(BaseReader):
    """Read recordings as documents that say who speaks, and when.

    By "turn" a document is all that a speaker says until another one does; by "paragraph" a longer one is divided at
    ends of sentences, at `max_chars` characters; by "recording" it is all of it, as paragraphs `Name: text`. Metadata:
    `source`, `start` and `end` in seconds, `speaker`, `language`. Options by keyword as for `speakerplug.transcribe`:
    model="small", diarizer="auto", num_speakers=2, progress=..., cancel=... The models are loaded with the first
    recording, and kept until `close`. Raises UsageError for an invalid option.
    """

    def __init__(self, by: By = "turn", *, max_chars: int = 1000, **options: Any) -> None:
        self._reader = PassageReader(by, max_chars=max_chars, **options)

    def lazy_load_data(
        self, file: Source, extra_info: Mapping[str, Any] | None = None, fs: Any = None
    ) -> Iterator[Document]:
        """Yield the documents of a recording, with `extra_info` in their metadata; `fs` opens it, if it is not here.

        Raises what `speakerplug.transcribe` raises.
        """
        with ExitStack() as stack:
            passages = self._reader.read(_opened(file, fs, stack))
        yield from _documents(passages, extra_info)

    async def aload_data(
        self, file: Source, extra_info: Mapping[str, Any] | None = None, fs: Any = None
    ) -> list[Document]:
        """Return what `load_data` does, while the event loop goes on; a task that is canceled stops the work."""
        with ExitStack() as stack:
            passages = await self._reader.aread(_opened(file, fs, stack))
        return [*_documents(passages, extra_info)]

    def close(self) -> None:
        """Unload the models; the next recording loads them again."""
        self._reader.close()


def _opened(file: Any, fs: Any, stack: ExitStack) -> Source:
    """Return a recording that is opened on another file system (fsspec), until the stack ends; `file` without one."""
    if fs is None:
        return file  # type: ignore[no-any-return]
    name = fspath(file)
    return Recording.of(stack.enter_context(fs.open(name, "rb")), name=name)


def _documents(passages: list[Passage], extra_info: Mapping[str, Any] | None) -> Iterator[Document]:
    for passage in passages:
        yield Document(
            text=passage.text,
            metadata={**(extra_info or {}), **passage.metadata},
            excluded_embed_metadata_keys=list(NOT_EMBEDDED),
        )
