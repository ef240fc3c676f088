"""Packages a verified variant for serving: a Triton repository, a TorchServe archive, images, ensembles."""
