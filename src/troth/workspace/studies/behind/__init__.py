"""The rows behind what a study says of words, occasions and journeys: one query each, for pages and API alike."""
