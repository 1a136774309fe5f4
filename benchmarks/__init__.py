"""What the whole study costs, beside the least it could cost (the floor) and what pandas would cost (the peer), in one run."""
