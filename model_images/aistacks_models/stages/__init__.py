"""The stages of the pipeline, each cached by its inputs."""
