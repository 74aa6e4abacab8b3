"""The domain: from what GitHub says to what the page says. Pure; imports nothing else of bot/."""
