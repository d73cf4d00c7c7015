"""Models behind an OpenAI-compatible address: settings, requests, retries."""
