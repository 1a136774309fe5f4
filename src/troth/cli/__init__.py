"""The command line: ``troth``. Reads the clock, opens projects, prints tables for people and documents for programs."""

from troth.cli.app import main

__all__ = ["main"]
