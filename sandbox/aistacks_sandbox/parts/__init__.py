"""What lets the sandbox's cluster live: the real scheduler, played nodes, and the real Karpenter."""
