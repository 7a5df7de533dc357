"""pyannoteAI's cloud as a diarizer of SpeakerPlug: audio is uploaded only if the user chose it by name."""
