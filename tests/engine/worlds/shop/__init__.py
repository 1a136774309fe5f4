"""Tests of the made shop."""
