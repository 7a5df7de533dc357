"""Turn a recording into a transcript: the only package that knows both recognition and diarization."""
