"""What the service and its model are called: by us, by the hub, and in the environment."""

MODEL = "precision-2"
HUB_ID = f"pyannote/speaker-diarization-{MODEL}"
VARIABLE = "PYANNOTEAI_API_KEY"
DASHBOARD = "https://dashboard.pyannote.ai"
