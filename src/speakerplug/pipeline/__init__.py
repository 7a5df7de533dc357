"""From a recording to a transcript: the only room that knows both stages."""
