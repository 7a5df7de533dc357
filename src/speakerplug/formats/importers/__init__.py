"""Forms that services and libraries write and SpeakerPlug only reads: a module each, with FORMAT, `matches` and `read`.

`matches(document)` tells its JSON by what it holds; `read(document)` raises ValueError for what is not as that program
writes it. docs/how-to/attribute.md lists them.
"""
