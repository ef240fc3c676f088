"""After an operation on AWS that never ended: says what it left, takes it into the state, or removes it."""
