"""SpeakerPlug as a plugin of Subtitle Edit 5: a program that reads a request and writes a response."""
