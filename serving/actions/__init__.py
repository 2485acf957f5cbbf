"""What people and systems do with a decision afterwards: accept, reject, override, review, and events reported."""
