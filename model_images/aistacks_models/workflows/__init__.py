"""Workflows behind `aistacks models`: build, publish, promote, roll back, garbage-collect."""
