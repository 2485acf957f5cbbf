"""The review console: server-rendered pages for people who ask what was decided and why, and who disagree."""
