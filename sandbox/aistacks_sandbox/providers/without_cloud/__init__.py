"""Stand-ins for the vendors' small providers that need no cloud: what they make stands in the engine's state alone."""
