"""The studies of the project: which is current, what may be asked of it, answers remembered; and those in the making."""
