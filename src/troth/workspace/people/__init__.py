"""Who may come in: people, one-time links, sessions."""
