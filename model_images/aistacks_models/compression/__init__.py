"""Smaller and faster variants of a trained network."""
