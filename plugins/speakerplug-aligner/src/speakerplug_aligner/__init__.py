"""Better word times for SpeakerPlug: forced alignment of recognized words to the audio."""
