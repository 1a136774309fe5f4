"""Who may come in, the posts they hold, what a post may decide, and the one guard of every page."""
