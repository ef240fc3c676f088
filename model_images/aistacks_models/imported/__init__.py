"""Models of another framework: an ONNX file or a TensorFlow SavedModel, which enter at `compress`."""

from .file_model import FileModel

__all__ = ["FileModel"]
