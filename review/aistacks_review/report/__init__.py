"""A review for people: one pull-request comment, one HTML page, one terminal output."""
