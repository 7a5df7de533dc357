"""A document loader for recordings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any

from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import Document

from speakerplug import Source
from speakerplug.hosts.passages import By, Passage, PassageReader


class SpeakerPlugLoader(BaseLoader):
    """Load one recording, or a list of them, as documents that say who speaks, and when.

    By "turn" a document is all that a speaker says until another one does; by "paragraph" a longer one is divided at
    ends of sentences, at `max_chars` characters; by "recording" it is all of it, as paragraphs `Name: text`. Metadata:
    `source`, `start` and `end` in seconds, `speaker`, `language`. Options by keyword as for `speakerplug.transcribe`:
    model="small", diarizer="auto", num_speakers=2, progress=..., cancel=... Nothing is loaded before the first document
    is asked for, and the models are kept until the last. Raises UsageError for an invalid option, and while loading
    what `speakerplug.transcribe` raises.
    """

    def __init__(
        self, source: Source | Sequence[Source], *, by: By = "turn", max_chars: int = 1000, **options: Any
    ) -> None:
        self._sources: Sequence[Any] = source if isinstance(source, (list, tuple)) else [source]
        self._reader = partial(PassageReader, by, max_chars=max_chars, **options)
        self._reader()  # refuses invalid options now

    def lazy_load(self) -> Iterator[Document]:
        """Yield the documents, recording by recording."""
        with closing(self._reader()) as reader:
            for source in self._sources:
                yield from map(_document, reader.read(source))

    async def alazy_load(self) -> AsyncIterator[Document]:
        """Yield the documents while the event loop goes on; a task that is canceled stops the work."""
        with closing(self._reader()) as reader:
            for source in self._sources:
                for passage in await reader.aread(source):
                    yield _document(passage)


def _document(passage: Passage) -> Document:
    return Document(page_content=passage.text, metadata=passage.metadata)
