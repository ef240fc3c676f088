"""Where the `aistacks` command begins: before anything slow is loaded."""

import sys

from aistacks_review.record import worker_pool


def main() -> None:
    """Start what a plan needs, then run the command."""
    worker_pool.prepare(sys.argv[1:])
    try:
        from .app import main as run

        run()
    finally:
        worker_pool.discard()


if __name__ == "__main__":
    main()
