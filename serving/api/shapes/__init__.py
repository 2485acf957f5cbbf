"""The wire shapes: what requests may hold and what answers look like, by noun, as OpenAPI shows them."""
