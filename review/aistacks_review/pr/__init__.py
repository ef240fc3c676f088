"""A pull request's comment: trusted code that shows what untrusted code planned."""
