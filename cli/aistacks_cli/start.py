"""Where the `aistacks` command begins: before anything slow is loaded."""

import sys

from aistacks_review.record import worker_pool as spawn


def main() -> None:
    """Start what a plan needs, then run the command."""
    spawn.prepare(sys.argv[1:])
    try:
        from .app import main as run

        run()
    finally:
        spawn.discard()


if __name__ == "__main__":
    main()
