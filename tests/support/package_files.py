"""The files of the small package that the store's tests publish, without its sums."""

FILES = [
    "VERIFIED",
    "manifest.json",
    "report/report.md",
    "samples.json",
    "triton/digits/1/model.onnx",
    "triton/digits/1/model.py",
    "triton/digits/config.pbtxt",
]
