"""What people decide about an issue: its state, whose it is, and how it is split among areas."""
