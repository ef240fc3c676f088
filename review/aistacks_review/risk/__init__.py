"""Risks of a change: what it may lose, open, interrupt or make final."""

from __future__ import annotations

from .assess import RULES, assess

__all__ = ["RULES", "assess"]
