"""A verified variant as what servers load: a Triton repository, a TorchServe archive, images, ensembles."""
