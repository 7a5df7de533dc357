"""speakrs as a diarizer of SpeakerPlug: community-1's networks in Rust, without torch."""
