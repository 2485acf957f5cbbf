"""HTTP: one file per noun, strict input, problem responses."""
