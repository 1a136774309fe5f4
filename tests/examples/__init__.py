"""The example projects on their real data."""
