"""Where the `aistacks` command begins: before anything slow is loaded."""

import sys

from aistacks_core.errors import UserError
from aistacks_review.record import worker_pool

from . import extras


def main() -> None:
    """Start what a plan needs, then run the command."""
    try:
        extras.require(sys.argv[1:])
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(2)
    worker_pool.prepare(sys.argv[1:])
    try:
        from .app import main as run

        run()
    finally:
        worker_pool.discard()


if __name__ == "__main__":
    main()
