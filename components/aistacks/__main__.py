"""``python -m aistacks``: how Pulumi starts the provider of a package that was added by its Git address."""

from .host import main

if __name__ == "__main__":
    main()
