"""SpeakerPlug as a plugin of Buzz: the file that Buzz loads, and the command that installs it."""
