"""The algebra of regions: sets of items as boxes, and what a stage leaves."""
