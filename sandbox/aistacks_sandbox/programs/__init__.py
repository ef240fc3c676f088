"""External programs: found on PATH, else downloaded and checked, else built; kept in the user's cache."""
