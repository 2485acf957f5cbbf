"""What terminal and pages tell alike, in words and rows."""
