"""The names of the service and its model: here, on the hub, and in the environment."""

MODEL = "precision-2"
HUB_ID = f"pyannote/speaker-diarization-{MODEL}"
VARIABLE = "PYANNOTEAI_API_KEY"
DASHBOARD = "https://dashboard.pyannote.ai"
