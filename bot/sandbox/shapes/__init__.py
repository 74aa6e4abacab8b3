"""The JSON that GitHub's REST API and webhooks show of each kind of thing."""
