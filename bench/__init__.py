"""Speed and durability, measured side by side in one run on this machine; start at bench/side_by_side.py."""
