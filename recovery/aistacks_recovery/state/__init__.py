"""The state where the engine's own backends (a folder, an S3 bucket) keep it: its versions, and putting one back."""
