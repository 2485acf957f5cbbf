"""Tests mirror the rooms; this file keeps tests/rules from shadowing rules."""
