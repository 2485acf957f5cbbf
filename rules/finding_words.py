"""A finding in words: its place and its sentence, as the terminal, pages and the reference print them."""
from rules.book.findings import Finding


def place_of(finding: Finding) -> str:
    """`file:line:column`, as far as known."""
    return ":".join(str(part) for part in (finding.file, finding.line, finding.column) if part is not None)


def sentence_of(finding: Finding) -> str:
    """What is wrong, what was given and expected, what is near, one example."""
    words = [finding.message]
    if finding.given is not None and f"`{finding.given}`" not in finding.message:
        words.append(f"given `{finding.given}`")
    if finding.expected:
        words.append(f"expected {finding.expected}")
    if finding.nearest:
        words.append(f"did you mean `{finding.nearest}`?")
    if finding.example:
        words.append("for example " + ", ".join(f"{name}: {value}" for name, value in finding.example.items()))
    return "; ".join(words)
