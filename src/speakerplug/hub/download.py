"""Downloads from the model hub into its cache: each file is resumed after an interruption, and verified at the end.

The hub's client maintains the cache's layout here, but does not download: its snapshots wait for the list of files
without a timeout, its newer versions restart an interrupted download in the next run, and none verifies checksums.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import ModelError
from ..system.progress import Progress
from .cache import blobs, cached, discard, is_intact, place


@dataclass(frozen=True, slots=True)
class Download:
    """A download from one repository: `key` is a hub token, or False for none.

    `timeout_s` is for each request about its files; with `verify`, cached files are compared with the hub's
    checksums, and downloaded again if they differ.
    """

    repo: str
    key: str | bool | None
    timeout_s: float
    revision: str | None = None
    cache_dir: str | None = None
    verify: bool = False

    def about(self) -> Any:
        """Return the hub's description of the repository: its commit, and the names, sizes and hashes of its files."""
        from huggingface_hub import HfApi

        api = HfApi(token=self.key)
        return api.model_info(self.repo, revision=self.revision, files_metadata=True, timeout=self.timeout_s)

    def check(self, name: str) -> None:
        """Raise the client's error if a file cannot be downloaded."""
        self._metadata(name)

    def run(self, files: Sequence[str], progress: Progress | None) -> Path:
        """Download the files that match the patterns `files`, of which the first must, and return their folder."""
        info = self.about()
        siblings = {file.rfilename: file for file in info.siblings or []}
        if not any(fnmatch(name, files[0]) for name in siblings):
            raise ModelError(f"{self.repo} has no {files[0]}, so it is for another program; check the name.")
        sizes = {name: file.size or 0 for name, file in siblings.items()}
        # The largest comes last: if it is cached, so are all others.
        wanted = sorted(
            (name for name in siblings if any(fnmatch(name, file) for file in files)), key=lambda name: sizes[name]
        )
        missing = [name for name in wanted if not self._is_here(siblings[name], info.sha)]
        if missing:
            self._try(missing[-1])
        count = _Count(f"download {self.repo}", sum(sizes[name] for name in missing), progress)
        folders = set()
        for name in wanted:
            folders.add(self._fetched(name, count if name in missing else None))
            count.finish(sizes[name] if name in missing else 0)
        if len(folders) > 1:
            raise ModelError(f"{self.repo} changed during the download; try again.")
        return folders.pop()

    def _is_here(self, sibling: Any, commit: str) -> bool:
        name = sibling.rfilename
        folder = cached(self.repo, [name], commit, self.cache_dir)
        if folder is None:
            return False
        digest = sibling.lfs["sha256"] if sibling.lfs else sibling.blob_id
        if self.verify and not is_intact(folder / name, digest):
            discard(folder, name)
            return False
        return True

    def _fetched(self, name: str, count: _Count | None) -> Path:
        """Download the file unless `count` is None, and return its folder."""
        from huggingface_hub import hf_hub_download

        if count is not None:
            self._load(name, count)
        # It finds the content, and updates the cache's index.
        path = hf_hub_download(
            self.repo,
            name,
            revision=self.revision,
            token=self.key,
            cache_dir=place(self.cache_dir),
            etag_timeout=self.timeout_s,
        )
        return Path(str(path)[: -len(name)])

    def _load(self, name: str, count: _Count) -> None:
        """Put the file's content into the cache, resuming an interrupted download."""
        from filelock import FileLock
        from huggingface_hub.file_download import http_get
        from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

        url = self._url(name)
        found = self._metadata(name)
        if not found.etag:
            return  # a mirror without hashes: leave it to the client
        content = blobs(self.repo, self.cache_dir) / found.etag
        partial = content.with_name(f"{found.etag}.speakerplug.incomplete")
        content.parent.mkdir(parents=True, exist_ok=True)
        headers = build_hf_headers(token=self.key)
        headers["Accept-Encoding"] = "identity"
        if urlsplit(found.location).netloc != urlsplit(url).netloc:
            headers.pop("authorization", None)  # a storage host has a key of its own in its signed URL
        for own in (partial, partial.with_suffix(".lock")):
            if own.is_symlink():  # not ours: writing would follow it
                own.unlink()
        with FileLock(partial.with_suffix(".lock")):
            if content.exists() and is_intact(content, found.etag):  # cached under another revision
                return
            with partial.open("ab") as file:
                if found.size is not None and file.tell() > found.size:
                    file.truncate(0)
                http_get(
                    found.location,
                    file,
                    resume_size=file.tell(),
                    headers=headers,
                    expected_size=found.size,
                    **_reporting(http_get, count),
                )
            if not is_intact(partial, found.etag):
                partial.unlink()
                raise ModelError(f"{name} of {self.repo} was damaged in transit and is discarded; fetch it again.")
            partial.replace(content)
        partial.with_suffix(".lock").unlink(missing_ok=True)

    def _try(self, name: str) -> None:
        """Raise the client's error if a file cannot be downloaded, or its storage host (often blocked) does not answer.

        A download finds that out too, but only after minutes.
        """
        from huggingface_hub import get_session

        found = self._metadata(name)
        if found.location != self._url(name):
            get_session().head(found.location, timeout=self.timeout_s)

    def _metadata(self, name: str) -> Any:
        from huggingface_hub import get_hf_file_metadata

        return get_hf_file_metadata(self._url(name), token=self.key, timeout=self.timeout_s)

    def _url(self, name: str) -> str:
        from huggingface_hub import hf_hub_url

        return hf_hub_url(self.repo, name, revision=self.revision)


class _Count:
    """Count the bytes of a download, over all of its files."""

    def __init__(self, step: str, total: int, progress: Progress | None) -> None:
        self._step, self._total, self._progress = step, total, progress
        self._finished = self._current = 0

    def add(self, count: float) -> None:
        """Add bytes of the current file; a negative number if it restarts."""
        self._current += int(count)
        if self._progress is not None and self._total:
            done = min(self._total, self._finished + self._current)
            self._progress(self._step, float(done), float(self._total))

    def finish(self, size: int) -> None:
        """Finish the current file, of which `size` bytes were not cached."""
        self._finished += size
        self._current = 0
        self.add(0)


def _reporting(http_get: Callable[..., None], count: _Count) -> dict[str, Any]:
    """Return the options that make the client report bytes to `count` instead of a progress bar; {} for old clients."""
    from tqdm.auto import tqdm  # type: ignore[import-untyped]

    class Reporting(tqdm):  # type: ignore[misc]
        def __init__(self, *arguments: Any, initial: float = 0, **options: Any) -> None:
            super().__init__(disable=True)
            count.add(initial)

        def update(self, n: float | None = 1) -> None:
            count.add(n or 0)

        # With these two methods, the client reports bytes transferred and bytes written separately.
        def update_transfer(self, n: float | None = 1) -> None: ...

        def set_transfer_postfix_str(self, s: str = "", refresh: bool = True) -> None: ...

    return {"tqdm_class": Reporting} if "tqdm_class" in inspect.signature(http_get).parameters else {}
