"""SpeakerPlug inside other programs, by the names and classes that they already call; each module is one of them.

No other room imports a host's library: importing `speakerplug.hosts.faster_whisper` imports faster-whisper.
"""
