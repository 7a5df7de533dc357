"""pyannoteAI's cloud as a diarizer of SpeakerPlug: sound is uploaded, and only because somebody named it."""
