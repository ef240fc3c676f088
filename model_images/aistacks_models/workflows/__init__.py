"""Models on their way from a file to a deployment: built, published, promoted, rolled back, collected."""
