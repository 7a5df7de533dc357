"""The operating system and the Python installation: files, streams, host resources, packages."""
