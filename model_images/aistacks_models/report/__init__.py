"""What was verified, for people (Markdown and one HTML page with plots) and for programs (JSON and its schema)."""
