"""Better word times for SpeakerPlug: forced alignment of words that are known to sound in which they are heard."""
