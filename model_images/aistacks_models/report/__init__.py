"""The verification report: Markdown, one HTML page with plots, and JSON with its schema."""
