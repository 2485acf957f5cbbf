"""What is added to a copy of the product, and what must then be so: one module for each kind of thing.

`CHANGES`: by file of the product its text, or what is put after which words of it. `check` runs with the copy in place.
"""
