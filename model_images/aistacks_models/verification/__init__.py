"""What a variant is worth against the trained network: measured in a process of its own, judged by gates."""
