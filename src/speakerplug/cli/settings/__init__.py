"""Options that are not typed: from `speakerplug.toml`, from the user's own file, and from environment variables."""
