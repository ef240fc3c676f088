"""A review for people: one comment for a forge, one page for a browser, one answer for a terminal."""
