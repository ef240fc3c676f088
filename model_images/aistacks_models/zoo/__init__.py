"""Bundled models, each trained in minutes on 2 cores and scaled to real size by its `Size`."""
