"""What the operating system and the Python installation have: files, streams, packages."""
