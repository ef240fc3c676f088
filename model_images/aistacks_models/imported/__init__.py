"""Imported models: an ONNX file or a TensorFlow SavedModel, which enter the pipeline at `compress`."""

from .file_model import FileModel

__all__ = ["FileModel"]
