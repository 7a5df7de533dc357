"""Pipelines of pyannote.audio: found, judged, loaded and run."""
