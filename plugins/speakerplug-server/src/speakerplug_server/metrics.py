"""What /metrics shows, in Prometheus' text format; each server has its own numbers."""

from __future__ import annotations

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from speakerplug.plugin import ProgressEvent

from .line import Line

BUCKETS_S = (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200)


class Metrics:
    """The numbers of a server."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, line: Line) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        name = "speakerplug"
        self._requests = Counter(f"{name}_requests", "Answered requests.", ("route", "status"), registry=registry)
        self._seconds = Histogram(
            f"{name}_request_seconds", "Time to answer.", ("route",), registry=registry, buckets=BUCKETS_S
        )
        self._stages = Counter(f"{name}_stage_seconds", "Time of each stage.", ("stage",), registry=registry)
        self._audio = Counter(f"{name}_audio_seconds", "Audio that was transcribed.", registry=registry)
        Gauge(f"{name}_waiting", "Requests in line.", registry=registry).set_function(lambda: line.waiting)
        Gauge(f"{name}_running", "Requests that are worked on.", registry=registry).set_function(lambda: line.running)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count(self, event: ProgressEvent) -> None:
        """Count the time of a stage that has ended."""
        if event.finished:
            self._stages.labels(event.stage).inc(event.seconds)

    def transcribed(self, seconds: float) -> None:
        """Count audio that was transcribed."""
        self._audio.inc(seconds)

    def page(self) -> bytes:
        """Return all numbers as text."""
        return generate_latest(self._registry)
