"""Audio and video files: probe a recording and decode its audio."""
