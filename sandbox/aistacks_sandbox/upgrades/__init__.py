"""An upgrade tried out: what one revision brought up, and another brought up over it."""
