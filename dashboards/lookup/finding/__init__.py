"""From what a visitor types to the records that a page tells."""
