"""What all pages share: templates, wording, security."""
