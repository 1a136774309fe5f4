"""The studies of the project, read: which is current, what may be asked of it, answers remembered."""
