"""Checking a list of names against numbers, and the answers as files."""
