"""SpeakerPlug as an HTTP server: the APIs of OpenAI's transcription service and of whisper-asr-webservice."""
