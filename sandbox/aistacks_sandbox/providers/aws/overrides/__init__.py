"""The types that a row alone can't describe: one class each, derived from ``Handler``."""
