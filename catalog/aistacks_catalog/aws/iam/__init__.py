"""What IAM documents allow: sets of requests, and what one set holds beyond another."""
