"""The stages of a model, each a folder that is made once for its inputs."""
