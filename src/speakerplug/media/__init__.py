"""Audio and video: look inside a recording, and read its audio."""
