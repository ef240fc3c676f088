"""Commands that are killed at random moments: what `interrupted_models.py` does with one of them."""
