"""Journeys of millions of interactions: ours, the floor, and PM4Py where it is installed in an environment of its own."""
