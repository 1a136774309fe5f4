"""What holds the house up: rooms, words, locks, pins."""
