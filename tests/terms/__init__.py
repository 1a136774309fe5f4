"""The vocabulary: what people write, read the one way."""
