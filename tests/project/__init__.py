"""Projects, studies and how they are kept."""
