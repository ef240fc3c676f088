"""``python -m aistacks``: Pulumi starts the provider like this when the package was added by a Git URL."""

from .host import main

if __name__ == "__main__":
    main()
