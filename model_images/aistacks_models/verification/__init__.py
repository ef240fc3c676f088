"""Verification of variants against the trained network: measured in a separate process, judged by gates."""
